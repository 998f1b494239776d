-- claim COUNT LEASE_MS TOKEN -> {now, dropped, {id, token, job, attempts, partial, prompt} ...}
local count, lease, token = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local at = now()

-- What a killed worker held, the longest waiting first: from the back, since each goes to the head.
local lapsed = redis.call('ZRANGEBYSCORE', LEASES, '-inf', at, 'LIMIT', 0, 100)
for i = #lapsed, 1, -1 do
  to_head(lapsed[i])
  forget_lease(lapsed[i])
end
local due = redis.call('ZRANGEBYSCORE', DELAYED, '-inf', at, 'LIMIT', 0, 100)
for i = #due, 1, -1 do
  to_head(due[i])
  redis.call('ZREM', DELAYED, due[i])
end

local answer, dropped, taken = {at, 0}, 0, 0
for _ = 1, count + 100 do
  if taken == count then break end
  local raw = redis.call('LINDEX', Q, 0)
  if not raw then break end
  local id = identify(raw)
  if redis.call('HEXISTS', RESULTS, id) == 1 or redis.call('HEXISTS', JOBS, id) == 1 then
    -- The same job again: its result is there, or will be.
    redis.call('LPOP', Q)
    dropped = dropped + 1
  else
    taken = taken + 1
    local owner = token .. '.' .. taken
    redis.call('HSET', JOBS, id, raw)
    redis.call('HSET', OWNERS, id, owner)
    redis.call('ZADD', LEASES, at + lease, id)
    redis.call('LPOP', Q)
    answer[#answer + 1] = {id, owner, raw, redis.call('HGET', ATTEMPTS, id) or '0',
      redis.call('HGET', PARTIAL, id) or '', redis.call('HGET', PROMPTS, id) or ''}
  end
end
answer[2] = dropped
return answer
