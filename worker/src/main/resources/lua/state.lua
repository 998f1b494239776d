-- state -> {now, pending, leased, delayed, dead, results, earliest lease's expiry or -1}
local first = redis.call('ZRANGE', LEASES, 0, 0, 'WITHSCORES')
return {now(), redis.call('LLEN', Q), redis.call('ZCARD', LEASES), redis.call('ZCARD', DELAYED), redis.call('LLEN', DEAD),
  redis.call('HLEN', RESULTS), first[2] and tonumber(first[2]) or -1}
