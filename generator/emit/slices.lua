-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Slices as C: runtime/report/slices.h. Nothing where the spec has none.

local c_string = require("generator.base.render").string

local M = { include = "report/slices.h" }

-- Lines of at most 100 columns.
local function lines(words)
  local list, line = {}, "   "
  for _, word in ipairs(words) do
    if #line + #word + 2 > 100 and line ~= "   " then list[#list + 1], line = line, "   " end
    line = line .. " " .. word .. ","
  end
  list[#list + 1] = line
  return table.concat(list, "\n")
end

--- The text of the tables and the member of ingot_program. slices: of generator/slices.lua.
function M.emit(slices)
  if not slices then return { text = "", member = "" } end
  local parts, rows = { "/* ---- slices: the part of each item of validation and test ---- */\n" }, {}
  for i, slice in ipairs(slices) do
    local names, indices = {}, {}
    for v, value in ipairs(slice.values) do names[v] = c_string(value) end
    for n, index in ipairs(slice.of) do indices[n] = ("%d"):format(index) end
    if #names == 0 then names[1] = "NULL" end -- C has no empty list
    if #indices == 0 then indices[1] = "-1" end
    parts[#parts + 1] = ("static const char *const slice_values_%d[] = {\n%s\n};"):format(i, lines(names))
    parts[#parts + 1] = ("static const int16_t slice_of_%d[] = {\n%s\n};"):format(i, lines(indices))
    rows[i] = ("    {%s, %d, slice_values_%d, slice_of_%d},"):format(c_string(slice.name), #slice.values, i, i)
  end
  parts[#parts + 1] = ("static const ingot_slice slice_table[] = {\n%s\n};"):format(table.concat(rows, "\n"))
  parts[#parts + 1] = ("static const ingot_slices slices = {%d, slice_table};\n\n"):format(#slices)
  return { text = table.concat(parts, "\n"), member = "    .slices = &slices,\n" }
end

return M
