-- submit JOB... -> {added, known}: all of them or, when Redis is full, none
local added, known = 0, 0
for i = 1, #ARGV do
  local id = identify(ARGV[i])
  if redis.call('HEXISTS', RESULTS, id) == 1 or redis.call('HEXISTS', JOBS, id) == 1 then
    known = known + 1
  else
    redis.call('RPUSH', Q, ARGV[i])
    added = added + 1
  end
end
return {added, known}
