-- checkpoint ID TOKEN PARTIAL PROMPT -> 1 stored, 0 the lease is somebody else's
if not owns(ARGV[1], ARGV[2]) then return 0 end
keep(ARGV[1], ARGV[3], ARGV[4])
return 1
