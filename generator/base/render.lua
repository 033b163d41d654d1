-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The strict renderer: text with holes `${name}`, filled from a table. A hole without a value is an
-- error, never an empty string; so is a value that is neither string nor number. There is no logic:
-- what varies is decided before rendering.
--
--   render("for (int i = 0; i < ${n}; i++)", { n = 4 })
--
-- A hole alone on its line takes the line's indentation for every line of its value, so that
-- generated C stays readable. Floats print as C hexadecimal literals, exact and locale-free.

local M = {}

--- A number as C text: integers as they are, floats as exact hexadecimal literals.
function M.number(value)
  if math.type(value) == "integer" then return tostring(value) end
  if value ~= value or value == math.huge or value == -math.huge then
    error("a C literal cannot be " .. tostring(value), 2)
  end
  return string.format("%a", value)
end

--- A string as a C literal; every byte that is not plain ASCII is an octal escape.
function M.string(text)
  return '"' .. text:gsub('[%c"\\?\128-\255]', function(char) return ("\\%03o"):format(char:byte()) end) .. '"'
end

--- A list of strings as C text: a static array `name` that ends with NULL.
function M.strings(name, list)
  local words = {}
  for i, word in ipairs(list) do words[i] = "    " .. M.string(word) .. ",\n" end
  return ("static const char *const %s[] = {\n%s    NULL,\n};\n"):format(name, table.concat(words))
end

local function text_of(name, value, template)
  if type(value) == "string" then return value end
  if type(value) == "number" then return M.number(value) end
  error(string.format("template hole ${%s} has no value (%s) in:\n%s", name, type(value), template), 0)
end

--- Fills the holes of `template` from `values`.
function M.render(template, values)
  -- a hole alone on its line: indent every line of the value
  local text = ("\n" .. template):gsub("\n([ \t]*)%${([%w_]+)}(%f[\n\0])", function(indent, name)
    local value = text_of(name, values[name], template):gsub("\n$", "")
    if value == "" then return "" end
    value = value:gsub("\n([^\n])", "\n" .. indent .. "%1")
    return "\n" .. indent .. value
  end):sub(2)
  return (text:gsub("%${([%w_]+)}", function(name) return text_of(name, values[name], template) end))
end

return M
