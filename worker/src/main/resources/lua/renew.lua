-- renew LEASE_MS (ID TOKEN)... -> tokens whose lease is somebody else's now
local expiry, lost = now() + tonumber(ARGV[1]), {}
for i = 2, #ARGV, 2 do
  if owns(ARGV[i], ARGV[i + 1]) then
    redis.call('ZADD', LEASES, expiry, ARGV[i])
  else
    lost[#lost + 1] = ARGV[i + 1]
  end
end
return lost
