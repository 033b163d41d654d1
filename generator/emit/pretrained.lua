-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The weights that training starts from, as the ingot_pretrained of program.c.

local M = {}
local c_string = require("generator.base.render").string

local function names(label, list)
  if #list == 0 then return "", "NULL" end
  local rows = {}
  for i, name in ipairs(list) do rows[i] = "    " .. c_string(name) .. "," end
  return ("static const char *const %s[] = {\n%s\n};\n"):format(label, table.concat(rows, "\n")), label
end

-- Names here, then in the file.
local function pairs_of(list)
  if #list == 0 then return "", "NULL" end
  local rows = {}
  for i, pair in ipairs(list) do rows[i] = ("    {%s, %s},"):format(c_string(pair[1]), c_string(pair[2])) end
  return ("static const char *const renamed_tensors[][2] = {\n%s\n};\n"):format(table.concat(rows, "\n")),
    "renamed_tensors"
end

--- Text for program.c, and the member of ingot_program; both empty where training starts afresh.
--- pretrained: { path, sha256, fit = what graph/pretrained.lua found }.
function M.emit(pretrained)
  if not pretrained then return "", "" end
  local fresh, fresh_name = names("fresh_tensors", pretrained.fit.fresh)
  local unused, unused_name = names("unused_tensors", pretrained.fit.unused)
  local renamed, renamed_name = pairs_of(pretrained.fit.renamed)
  if #pretrained.fit.renamed > 0 then
    renamed_name = (",\n    .renamed_count = %d, .renamed = %s"):format(#pretrained.fit.renamed, renamed_name)
  else
    renamed_name = ""
  end
  local form = table.concat({
    "/* ---- the weights that training starts from ---- */", "",
    "%s%s%sstatic const ingot_pretrained pretrained = {", "    %s, \"%s\",", "    %d, %d, %s, %s%s,", "};", "", "",
  }, "\n")
  local text = form:format(fresh, unused, renamed, c_string(pretrained.path), pretrained.sha256, #pretrained.fit.fresh,
    #pretrained.fit.unused, fresh_name, unused_name, renamed_name)
  return text, "\n    .pretrained = &pretrained,"
end

return M
