-- bury ID TOKEN DEAD_LETTER -> 1 written, 0 the lease is somebody else's
local id = ARGV[1]
if not owns(id, ARGV[2]) then return 0 end
redis.call('RPUSH', DEAD, ARGV[3])
forget(id)
return 1
