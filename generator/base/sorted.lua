-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Order that does not depend on the process. `pairs` and `table.sort` may not decide what an
-- artifact looks like: the first walks hash order, the second picks its pivots by the clock.

local sorted = {}

local rank = { number = 1, string = 2, boolean = 3 }

-- Numbers before strings before booleans; strings by byte, whatever the locale says. In the locale that Lua
-- starts in, its own comparison is that, and ten times faster.
local by_byte = os.setlocale(nil, "collate") == "C"

local function bytes_before(a, b)
  if by_byte then return a < b end
  local shorter = math.min(#a, #b)
  for i = 1, shorter do
    local x, y = a:byte(i), b:byte(i)
    if x ~= y then return x < y end
  end
  return #a < #b
end

function sorted.before(a, b)
  local ra, rb = rank[type(a)], rank[type(b)]
  if not ra or not rb then
    error("keys of type " .. type(ra and b or a) .. " have no order", 2)
  end
  if ra ~= rb then return ra < rb end
  if ra == 1 then return a < b end
  if ra == 2 then return bytes_before(a, b) end
  return a == false and b == true
end

-- Whether a list holds only strings, and Lua's own order of them is the one wanted.
local function all_strings(list)
  for i = 1, by_byte and #list or 0 do
    if type(list[i]) ~= "string" then return false end
  end
  return by_byte
end

-- Stable merge sort of a list, in place. `before(a, b)` is a strict order (default: sorted.before).
function sorted.sort(list, before)
  if not before and all_strings(list) then
    table.sort(list) -- equal ones are the same, so that there is one order, whatever the pivots are
    return list
  end
  before = before or sorted.before
  local n, from, to = #list, list, {}
  local in_order = true -- as files are that a scanner lists
  for i = 2, n do
    in_order = not before(list[i], list[i - 1])
    if not in_order then break end
  end
  if in_order then return list end
  local width = 1
  while width < n do
    for low = 1, n, 2 * width do
      local middle, high = math.min(low + width, n + 1), math.min(low + 2 * width, n + 1)
      local left, right = low, middle
      for k = low, high - 1 do
        if left < middle and (right >= high or not before(from[right], from[left])) then
          to[k], left = from[left], left + 1
        else
          to[k], right = from[right], right + 1
        end
      end
    end
    from, to = to, from
    width = 2 * width
  end
  if from ~= list then table.move(from, 1, n, 1, list) end
  return list
end

-- The keys of a table in order.
function sorted.keys(t)
  local keys, count = {}, 0
  for key in next, t do
    count = count + 1
    keys[count] = key
  end
  return sorted.sort(keys)
end

-- `pairs` in the order of the keys; what it visits is fixed when it starts.
function sorted.pairs(t)
  local keys, i = sorted.keys(t), 0
  return function()
    i = i + 1
    local key = keys[i]
    if key ~= nil then return key, t[key] end
  end
end

return sorted
