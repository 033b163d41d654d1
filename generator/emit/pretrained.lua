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

--- Text for program.c, and the member of ingot_program; both empty where training starts afresh.
--- pretrained: { path, sha256, fit = what graph/pretrained.lua found }.
function M.emit(pretrained)
  if not pretrained then return "", "" end
  local fresh, fresh_name = names("fresh_tensors", pretrained.fit.fresh)
  local unused, unused_name = names("unused_tensors", pretrained.fit.unused)
  local form = table.concat({
    "/* ---- the weights that training starts from ---- */", "",
    "%s%sstatic const ingot_pretrained pretrained = {", "    %s, \"%s\",", "    %d, %d, %s, %s,", "};", "", "",
  }, "\n")
  local text = form:format(fresh, unused, c_string(pretrained.path), pretrained.sha256, #pretrained.fit.fresh,
    #pretrained.fit.unused, fresh_name, unused_name)
  return text, "\n    .pretrained = &pretrained,"
end

return M
