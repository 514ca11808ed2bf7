"""What Redis does in one step. Each tag has a generation: a random word that is replaced at every change.

A copy carries the generations that its tags had before it was read from the database, and counts only while they are
still the same. So a copy that is stored late is worth nothing, and a lost generation (flushed, evicted, overwritten)
only costs a read: the next one is another word.
"""

from __future__ import annotations

CHANGING = "changing"
"""What a tag's generation begins with while processes are changing what carries it; their number follows."""

_TEXT = """
local function text(key)
  local found = redis.pcall('GET', key)
  return type(found) == 'string' and found or false
end
"""

READ = (
    _TEXT
    + """
-- KEYS: copy, generations...; ARGV: a new word, its milliseconds. Returns the time, the copy, the generations.
local time = redis.call('TIME')
local answer = {string.format('%s%06d', time[1], time[2]), text(KEYS[1])}
for i = 2, #KEYS do
  local generation = text(KEYS[i])
  if not generation then
    generation = ARGV[1]
    redis.call('SET', KEYS[i], generation, 'PX', ARGV[2])
  end
  answer[i + 1] = generation
end
return answer
"""
)

STORE = (
    _TEXT
    + """
-- KEYS: copy, generations..., sets of keys...; ARGV: milliseconds, copy, their milliseconds, generations...
local tags = (#KEYS - 1) / 2
for i = 1, tags do
  if text(KEYS[1 + i]) ~= ARGV[3 + i] then return 0 end
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[1])
for i = 1, tags do
  local set = KEYS[1 + tags + i]
  if type(redis.pcall('SADD', set, KEYS[1])) == 'table' then
    redis.call('DEL', set)
    redis.call('SADD', set, KEYS[1])
  end
  redis.call('PEXPIRE', set, ARGV[3])
end
return 1
"""
)

_CHANGES = (
    _TEXT
    + f"""
local function changes(key)
  return tonumber(string.match(text(key) or '', '^{CHANGING}(%d+)$')) or 0
end
"""
)

DROP = (
    _CHANGES
    + f"""
-- KEYS: generations..., sets of keys...; ARGV: channel, message, whether the caller had marked the tags.
-- The copies are removed and all processes told; what others are changing stays marked.
local tags = #KEYS / 2
for i = 1, tags do
  local others = changes(KEYS[i]) - tonumber(ARGV[3])
  if others > 0 then
    redis.call('SET', KEYS[i], '{CHANGING}' .. others, 'KEEPTTL')
  else
    redis.call('DEL', KEYS[i])
  end
  local copies = redis.pcall('SMEMBERS', KEYS[tags + i])
  redis.call('DEL', KEYS[tags + i])
  if not copies.err then
    for first = 1, #copies, 500 do
      redis.call('UNLINK', unpack(copies, first, math.min(first + 499, #copies)))
    end
  end
end
return redis.call('PUBLISH', ARGV[1], ARGV[2])
"""
)

MARK = (
    _CHANGES
    + f"""
-- KEYS: generations...; ARGV: milliseconds. Each is marked as being changed by one more.
for i = 1, #KEYS do
  redis.call('SET', KEYS[i], '{CHANGING}' .. changes(KEYS[i]) + 1, 'PX', ARGV[1])
end
return #KEYS
"""
)
