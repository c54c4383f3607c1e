/** Names of the keys, in the order in which the script takes them. All of them are declared and none depends on a row. */
export const keyNames = ['meta', 'rows', 'marks', 'order', 'open', 'alike', 'held', 'sums', 'notes'] as const

/**
 * Every operation of the store. `ARGV[1]` is its name, `ARGV[2]` JSON of what it needs, `ARGV[3]` the row to write.
 *
 * Redis keeps what a script wrote before it failed, so everything that can fail comes before the first write.
 */
export const script = `
local meta, rows, marks, order, open, alike, held, sums, notes = unpack(KEYS)
local step, asked = ARGV[1], cjson.decode(ARGV[2])
local call = redis.call

-- Numbers are doubles, exact below 2^53: amounts stay decimal text and are reckoned 15 digits at a time.
local function part(text, nth)
  local last = #text - 15 * nth
  return last < 1 and 0 or tonumber(string.sub(text, math.max(1, last - 14), last))
end

local function combine(a, b, sign)
  local parts, carry = {}, 0
  for nth = 0, math.ceil(math.max(#a, #b) / 15) - 1 do
    local sum = part(a, nth) + sign * part(b, nth) + carry
    carry = sum >= 1e15 and 1 or sum < 0 and -1 or 0
    table.insert(parts, 1, string.format('%015.0f', sum - carry * 1e15))
  end
  if carry < 0 then error('a budget counts less than is given back') end
  local text = string.gsub((carry > 0 and '1' or '') .. table.concat(parts), '^0+', '')
  return text == '' and '0' or text
end

-- Not Lua's < on texts, which asks the server's locale.
local function isAbove(a, b)
  if #a ~= #b then return #a > #b end
  for nth = math.ceil(#a / 15) - 1, 0, -1 do
    local x, y = part(a, nth), part(b, nth)
    if x ~= y then return x > y end
  end
  return false
end

-- tostring writes 2^53 as 9.007e+15.
local function whole(number) return string.format('%.0f', number) end

local function decoded(text) return text and cjson.decode(text) or {} end

local loaded = {}
local function sumsOf(key)
  if not loaded[key] then loaded[key] = decoded(call('HGET', sums, key)) end
  return loaded[key]
end

local function countIn(mine, hold)
  local at, used = hold.bucket, '0'
  for bucket in pairs(mine) do at = math.max(at, tonumber(bucket)) end
  for bucket, amount in pairs(mine) do
    if tonumber(bucket) > at - hold.keep then used = combine(used, amount, 1) end
  end
  return at, used
end

local function placeHolds(placed)
  for _, hold in ipairs(asked.holds) do
    local mine = sumsOf(hold.key)
    local at, used = countIn(mine, hold)
    if isAbove(combine(used, hold.amount, 1), hold.limit) then return { 'exceeds', hold.key, used } end
    mine[whole(at)] = combine(mine[whole(at)] or '0', hold.amount, 1)
    for bucket in pairs(mine) do
      if tonumber(bucket) <= at - asked.mostBuckets then mine[bucket] = nil end
    end
    table.insert(placed, { key = hold.key, bucket = whole(at), amount = hold.amount, ends = hold['until'] })
  end
end

-- What a row still holds when it enters its state. A bucket that left the span is gone, and what it held with it.
local function giveBack(placed)
  local kept = {}
  for _, hold in ipairs(placed) do
    local mine = sumsOf(hold.key)
    if not asked.row.givesBack[hold.ends] then
      table.insert(kept, hold)
    elseif mine[hold.bucket] then
      mine[hold.bucket] = combine(mine[hold.bucket], hold.amount, -1)
    end
  end
  return kept
end

-- Length first, so that no request is the beginning of another one.
local function alikeOf(request) return #request .. ':' .. request .. ':' end

local function write(before, placed)
  local row, kept = asked.row, giveBack(placed)
  local place = call('ZSCORE', order, row.id)
  if not place then
    place = whole(call('HINCRBY', meta, 'place', 1))
    call('ZADD', order, place, row.id)
  end
  local member = string.format('%016.0f', tonumber(place)) .. row.id
  if before.request then call('ZREM', alike, alikeOf(before.request) .. member) end
  if row.isOpen then
    call('ZADD', open, place, row.id)
    if row.request then call('ZADD', alike, 0, alikeOf(row.request) .. member) end
  else
    call('ZREM', open, row.id)
  end
  call('HSET', rows, row.id, ARGV[3])
  local mark = { state = row.state, step = row.step, request = row.request, token = asked.token }
  call('HSET', marks, row.id, cjson.encode(mark))
  if #kept > 0 then call('HSET', held, row.id, cjson.encode(kept)) else call('HDEL', held, row.id) end
  for key, mine in pairs(loaded) do
    if next(mine) then call('HSET', sums, key, cjson.encode(mine)) end
  end
end

-- A note begins with the token of the call that set it.
local function noted(key)
  local text = call('HGET', notes, key)
  if not text then return nil end
  return string.sub(text, 37), string.sub(text, 1, 36)
end

local function setNote(note)
  if note.value then call('HSET', notes, note.key, asked.token .. note.value) end
end

local function rowsOf(ids)
  local found = {}
  for _, id in ipairs(ids) do found[#found + 1] = call('HGET', rows, id) or nil end
  return found
end

local function alikeRows(request)
  local first, found = alikeOf(request), {}
  local last = string.sub(first, 1, -2) .. ';'
  for _, member in ipairs(call('ZREVRANGEBYLEX', alike, '(' .. last, '[' .. first, 'LIMIT', 0, 64)) do
    found[#found + 1] = string.sub(member, #first + 17)
  end
  return rowsOf(found)
end

-- Whether the row may be written over what a mark tells: as the next step of one in state "from", or as a new one.
local function follows(before)
  if before.state ~= asked.from then return false end
  return not asked.from or before.step == asked.row.step - 1
end

local steps = {}

function steps.open() return { 'open', call('HGET', meta, 'birth') } end

-- A client may send a call again after the connection broke. Its token tells what it did the first time.
function steps.reserve()
  local before = decoded(call('HGET', marks, asked.row.id))
  if before.token == asked.token then return { 'held' } end
  if not follows(before) then return { 'exists' } end
  for _, note in ipairs(asked.notes) do
    local present = noted(note.key)
    if present ~= note.was and (present == nil or present ~= note.value) then return { 'changed', note.key } end
  end
  local placed = decoded(call('HGET', held, asked.row.id))
  local exceeded = placeHolds(placed)
  if exceeded then return exceeded end
  write(before, placed)
  for _, note in ipairs(asked.notes) do setNote(note) end
  return { 'held' }
end

function steps.advance()
  local before = decoded(call('HGET', marks, asked.row.id))
  if before.token == asked.token then return { 'yes' } end
  if not follows(before) then return { 'no' } end
  write(before, decoded(call('HGET', held, asked.row.id)))
  return { 'yes' }
end

function steps.remember()
  local present, token = noted(asked.note.key)
  if token == asked.token then return { 'yes' } end
  if present ~= asked.note.was then return { 'no' } end
  setNote(asked.note)
  return { 'yes' }
end

function steps.read()
  local entries, present, used = {}, {}, {}
  if asked.purchaseId then entries = rowsOf({ asked.purchaseId })
  elseif asked.request then entries = alikeRows(asked.request) end
  for _, key in ipairs(asked.notes) do present[#present + 1] = noted(key) or false end
  for _, hold in ipairs(asked.holds) do
    local _, sum = countIn(sumsOf(hold.key), hold)
    used[#used + 1] = sum
  end
  return { 'view', entries, present, used }
end

function steps.page()
  local after = asked.after and call('ZSCORE', order, asked.after) or not asked.after and '0'
  if not after then return { 'unknown' } end
  local which = asked.onlyOpen and open or order
  return { 'page', rowsOf(call('ZRANGEBYSCORE', which, '(' .. after, '+inf', 'LIMIT', 0, asked.limit)) }
end

local version = call('HGET', meta, 'version')
if version and version ~= asked.version then return { 'version', version } end
if asked.birth and asked.birth ~= call('HGET', meta, 'birth') then return { 'lost' } end
if not version then call('HSET', meta, 'version', asked.version, 'birth', asked.token) end
return steps[step]()
`
