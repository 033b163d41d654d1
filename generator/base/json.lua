-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- JSON whose bytes depend on the value alone: keys in byte order, integers as they are, floats with
-- the fewest digits that read back the same. Reading is dkjson's.
--
--   json.encode({ b = 1, a = { 1, 2 } })          {"a":[1,2],"b":1}
--   json.encode(value, true)                      over lines, two blanks a level, for files
--   json.list {}                                  an empty list ({} alone is an empty object)

local dkjson = require("dkjson")
local sorted = require("generator.base.sorted")

local json = {}

local list_meta = { __jsontype = "array" }

--- Marks a table as a list, so that an empty one is written as [].
function json.list(t)
  return setmetatable(t, list_meta)
end

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function text(value)
  if not value:find('[%c"\\\127]') then return '"' .. value .. '"' end
  return '"' .. value:gsub('[%c"\\\127]', function(c)
    return escapes[c] or string.format("\\u%04x", c:byte())
  end) .. '"'
end

local function number(value)
  if math.type(value) == "integer" then return string.format("%d", value) end
  if value ~= value or value == math.huge or value == -math.huge then
    error("JSON has no " .. tostring(value), 0)
  end
  for digits = 15, 17 do
    local shortest = string.format("%." .. digits .. "g", value)
    if tonumber(shortest) == value then return shortest end
  end
end

local function is_list(t)
  local meta = getmetatable(t)
  if meta and meta.__jsontype then return meta.__jsontype == "array" end
  return #t > 0
end

-- Line breaks and blanks before what is nested so deeply.
local breaks = setmetatable({}, { __index = function(list, level)
  list[level] = "\n" .. ("  "):rep(level)
  return list[level]
end })

-- Appends the text of a value to `out`, a list of strings.
local function write(out, value, indent, level)
  if level > 100 then error("a table nested too deeply for JSON", 0) end
  local kind, n = type(value), #out
  if kind == "string" then
    out[n + 1] = text(value)
  elseif kind == "number" then
    out[n + 1] = number(value)
  elseif kind == "boolean" then
    out[n + 1] = tostring(value)
  elseif value == dkjson.null then
    out[n + 1] = "null"
  elseif kind ~= "table" then
    error("JSON has no " .. kind, 0)
  else
    local first, separator = indent and breaks[level + 1] or "", indent and "," .. breaks[level + 1] or ","
    local list = is_list(value)
    local keys = not list and sorted.keys(value)
    local count = list and #value or #keys
    if count == 0 then
      out[n + 1] = list and "[]" or "{}"
      return
    end
    out[n + 1] = list and "[" or "{"
    for i = 1, count do
      out[#out + 1] = i == 1 and first or separator
      if list then
        write(out, value[i], indent, level + 1)
      else
        local key = keys[i]
        if type(key) ~= "string" then error("a key of a JSON object is a string, not " .. tostring(key), 0) end
        out[#out + 1] = text(key) .. (indent and ": " or ":")
        write(out, value[key], indent, level + 1)
      end
    end
    out[#out + 1] = (indent and breaks[level] or "") .. (list and "]" or "}")
  end
end

--- A value as JSON text, on one line, or with `indent` over several.
function json.encode(value, indent)
  local out = {}
  write(out, value, indent, 0)
  return table.concat(out)
end

-- The table of an object on one line whose values are plain strings and whole numbers, as the scanner prints
-- one per file; nil where it is anything else. Ten times as fast as what reads everything.
local function flat(source)
  local value, at = {}, 2
  if source:byte(1) ~= 123 then return nil end
  while true do
    local key, from = source:match('^"([%w_]+)":()', at)
    if not key then return nil end
    local written, after = source:match('^"([^"\\%c]*)"()', from)
    if written then
      value[key] = written
    else
      written, after = source:match("^(%d+)()", from)
      if not written or #written > 18 or written:find("^0%d") then return nil end
      value[key] = math.tointeger(written)
    end
    local stop = source:byte(after)
    if stop == 125 and after == #source then return value end
    if stop ~= 44 then return nil end
    at = after + 1
  end
end

--- The value of a JSON text, or nil and why. Objects and lists keep which they are.
function json.decode(source)
  local quick = flat(source)
  if quick then return quick end
  local value, after, why = dkjson.decode(source, 1, dkjson.null)
  if why then return nil, (why:gsub("\n.*", "")) end
  if source:find("%S", after) then return nil, "text after the end of the JSON value" end
  return value
end

json.null = dkjson.null

return json
