-- postpone ID TOKEN PARTIAL PROMPT DELAY_MS COUNTED -> 1 again after the delay, 0 the lease is somebody else's
local id = ARGV[1]
if not owns(id, ARGV[2]) then return 0 end
keep(id, ARGV[3], ARGV[4])
redis.call('ZADD', DELAYED, now() + tonumber(ARGV[5]), id)
if ARGV[6] == '1' then redis.call('HINCRBY', ATTEMPTS, id, 1) end
forget_lease(id)
return 1
