-- What every script starts with. One queue, ten keys; in a cluster all carry the same hash tag.
local Q, LEASES, JOBS, OWNERS, ATTEMPTS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local PARTIAL, PROMPTS, DELAYED, RESULTS, DEAD = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]

-- Redis' own clock in ms: no worker's clock decides about a lease.
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- Only whoever holds the lease may change a job: everybody else's token is another one.
local function owns(id, token)
  return redis.call('HGET', OWNERS, id) == token
end

local function forget_lease(id)
  redis.call('ZREM', LEASES, id)
  redis.call('HDEL', OWNERS, id)
end

-- An ended job leaves its result or its dead letter and nothing else.
local function forget(id)
  forget_lease(id)
  redis.call('HDEL', JOBS, id)
  redis.call('HDEL', ATTEMPTS, id)
  redis.call('HDEL', PARTIAL, id)
  redis.call('HDEL', PROMPTS, id)
end

-- A full Redis refuses what adds (LPUSH) and allows what removes, so that which adds comes first: the script then ends before
-- it has taken anything away.
local function to_head(id)
  local raw = redis.call('HGET', JOBS, id)
  if raw then
    redis.call('LPUSH', Q, raw)
    redis.call('HDEL', JOBS, id)
  end
end

-- '' leaves what is stored, '-' removes it.
local function keep(id, partial, prompt)
  if partial == '-' then
    redis.call('HDEL', PARTIAL, id)
    redis.call('HDEL', PROMPTS, id)
  elseif partial ~= '' then
    redis.call('HSET', PARTIAL, id, partial)
    if prompt ~= '' then redis.call('HSET', PROMPTS, id, prompt) end
  end
end

-- Whether Java reads these bytes as the same string.
local function is_utf8(s)
  if not s:find('[\128-\255]') then return true end
  s = s:gsub('\240[\144-\191][\128-\191][\128-\191]', '.'):gsub('[\241-\243][\128-\191][\128-\191][\128-\191]', '.')
  s = s:gsub('\244[\128-\143][\128-\191][\128-\191]', '.'):gsub('\224[\160-\191][\128-\191]', '.')
  s = s:gsub('[\225-\236\238\239][\128-\191][\128-\191]', '.'):gsub('\237[\128-\159][\128-\191]', '.')
  s = s:gsub('[\194-\223][\128-\191]', '.')
  return not s:find('[\128-\255]')
end

-- The job's own name, else the digest of its text. What is no job gets a name too, so that it can be claimed and buried.
local function identify(raw)
  local read, job = pcall(cjson.decode, raw)
  if read and type(job) == 'table' then
    local id = job.id
    if id == nil or id == cjson.null then id = job.custom_id end
    if type(id) == 'string' and #id > 0 and #id <= 512 and is_utf8(id) then return id end
  end
  return redis.sha1hex(raw)
end
