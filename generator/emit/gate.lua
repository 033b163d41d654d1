-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The gate as C: runtime/report/gate.h. Nothing where the spec has none.

local render = require("generator.base.render").render
local c_string = require("generator.base.render").string

local M = {}

M.include = "report/gate.h"

--- The text of the table, "" without a gate. rules: of generator/gate.lua.
function M.table(rules)
  if not rules then return "" end
  local rows, latency = {}, 0
  for i, rule in ipairs(rules) do
    rows[i] = render("    {${metric}, ${rule}, ${place}, ${comparison}, ${bound}},", {
      metric = c_string(rule.metric), rule = c_string(rule.rule), place = c_string(rule.place),
      comparison = rule.comparison, bound = rule.bound })
    if rule.latency then latency = 1 end
  end
  return render([[
/* ---- gate: what the test split must reach ---- */

static const ingot_gate_rule gate_rules[] = {
${rows}
};
static const ingot_gate gate = {${count}, ${latency}, gate_rules};
]], { rows = table.concat(rows, "\n"), count = #rules, latency = latency })
end

--- The member of ingot_program.
function M.member(rules)
  return rules and "    .gate = &gate,\n" or ""
end

return M
