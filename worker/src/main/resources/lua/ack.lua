-- ack ID TOKEN RESULT -> 1 written, 2 there is a result already, 0 the lease is somebody else's
local id = ARGV[1]
if not owns(id, ARGV[2]) then return redis.call('HEXISTS', RESULTS, id) == 1 and 2 or 0 end
redis.call('HSETNX', RESULTS, id, ARGV[3])
forget(id)
return 1
