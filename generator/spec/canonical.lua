-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The one text form of a plain table, for digests: keys in order, numbers exact (a float is written
-- with the fewest digits that read back as the same float, and never looks like an integer).

local sorted = require("generator.base.sorted")

local canonical = {}

function canonical.number(x)
  if math.type(x) == "integer" then return ("%d"):format(x) end
  if x ~= x or x == math.huge or x == -math.huge then error("a number that is not finite has no canonical form", 2) end
  for digits = 1, 17 do
    local text = ("%." .. digits .. "g"):format(x)
    if tonumber(text) == x then
      return text:find("[.e]") and text or text .. ".0"
    end
  end
end

local function quoted(text)
  return '"' .. text:gsub('[%c"\\]', function(c) return ("\\%03d"):format(c:byte()) end) .. '"'
end

local function write(value, out, depth, text_of)
  local kind = type(value)
  if kind == "number" then
    out[#out + 1] = canonical.number(value)
  elseif kind == "string" then
    out[#out + 1] = quoted(value)
  elseif kind == "boolean" then
    out[#out + 1] = tostring(value)
  elseif kind == "table" then
    if depth > 200 then error("a table that holds itself has no canonical form", 0) end
    out[#out + 1] = "{"
    local first = true
    for key, inner in sorted.pairs(value) do
      out[#out + 1] = first and "" or ","
      first = false
      if math.type(key) == "integer" then
        out[#out + 1] = "[" .. key .. "]="
      elseif type(key) == "string" and key:match("^[%a_][%w_]*$") then
        out[#out + 1] = key .. "="
      else
        error("the key " .. tostring(key) .. " has no canonical form", 0)
      end
      write(inner, out, depth + 1, text_of)
    end
    out[#out + 1] = "}"
  elseif kind == "function" then
    -- A function of the spec (a grouping rule, say). What it does is in the spec's text, which is
    -- part of every stamp; where it alone counts, text_of says it.
    out[#out + 1] = text_of and "function " .. quoted(text_of(value)) or "function"
  else
    error("a " .. kind .. " has no canonical form", 0)
  end
end

-- Text of a plain table of strings, numbers, booleans and tables; text_of(f), if given, is what
-- stands for a function.
function canonical.text(value, text_of)
  local out = {}
  write(value, out, 0, text_of)
  return table.concat(out)
end

-- Text of an experiment: what it says, without where it was read from.
function canonical.experiment(experiment)
  local copy = {}
  for key, value in next, experiment do
    if key ~= "spec" then copy[key] = value end
  end
  return canonical.text(copy)
end

return canonical
