-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Tables of numbers as C text: exact hexadecimal literals, wrapped, as the DSP configs need them.

local float = {}

-- The float nearest to a number, as a number.
function float.round(x)
  return (string.unpack("<f", string.pack("<f", x)))
end

-- C literals of a float and of a double.
function float.literal(x)
  return ("%af"):format(float.round(x + 0.0))
end

function float.double_literal(x)
  return ("%a"):format(x + 0.0)
end

-- `static const TYPE name[n] = {…};`. Integers print as they are. An empty list has one zero, C
-- having no empty arrays.
function float.array(c_type, name, list)
  local literal = c_type == "float" and float.literal or c_type == "double" and float.double_literal
    or function(x) return ("%d"):format(x) end
  local lines, line = {}, "   "
  for i = 1, math.max(1, #list) do
    local word = " " .. literal(list[i] or 0) .. ","
    if #line + #word > 100 then
      lines[#lines + 1] = line
      line = "   "
    end
    line = line .. word
  end
  lines[#lines + 1] = line
  return ("static const %s %s[%d] = {\n%s\n};\n"):format(c_type, name, math.max(1, #list),
    table.concat(lines, "\n"))
end

return float
