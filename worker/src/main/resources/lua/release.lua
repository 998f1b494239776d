-- release ID TOKEN PARTIAL PROMPT -> 1 given back to the head of the queue, 0 the lease is somebody else's
local id = ARGV[1]
if not owns(id, ARGV[2]) then return 0 end
keep(id, ARGV[3], ARGV[4])
to_head(id)
forget_lease(id)
return 1
