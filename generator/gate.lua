-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The gate of a spec: what the held-out test split must reach.
--
--   gate = { accuracy = ">= 0.90", ["recall.fr"] = ">= 0.8", latency_p99_ms = "<= 20" }
--
-- gate.parse checks one entry by itself (the loader calls it), gate.resolve all of them against what
-- the data decided.

local metrics = require("generator.metrics")

local gate = {}

gate.comparisons = { [">="] = "INGOT_AT_LEAST", [">"] = "INGOT_ABOVE", ["<="] = "INGOT_AT_MOST",
  ["<"] = "INGOT_BELOW" }

-- One entry: { metric, rule, comparison, bound, latency }, or nil and what is wrong with it.
function gate.parse(name, rule)
  local metric, why = metrics.find(name)
  if not metric then return nil, why end
  local sign, number = rule:match("^%s*([<>=~!]*)%s*(.-)%s*$")
  if not gate.comparisons[sign] then
    return nil, ("`%s` is no rule: it begins with one of >=, >, <=, < and goes on with a number, as in \">= 0.9\"")
      :format(rule)
  end
  local bound = number:match("^[+-]?[%d.]+[eE]?[+-]?%d*$") and tonumber(number)
  if not bound or bound - bound ~= 0 then
    return nil, ("`%s` is no rule: `%s` is not a number"):format(rule, number)
  end
  return { metric = name, rule = sign .. " " .. number, comparison = gate.comparisons[sign], bound = bound + 0.0,
    latency = metric.latency }
end

-- entries: list of { name, value } in order. Returns the list of parsed entries, each with `place`, and a
-- list of errors { field, message }. slices: of generator/slices.lua, or nil.
function gate.resolve(entries, task, classes, test_samples, slices)
  local rules, errors = {}, {}
  for _, entry in ipairs(entries) do
    local rule, why = gate.parse(entry.name, entry.value)
    if rule then rule.place, why = metrics.place(entry.name, task, classes, slices) end
    if rule and rule.place then
      rules[#rules + 1] = rule
    else
      errors[#errors + 1] = { field = "gate." .. entry.name, message = why }
    end
  end
  if #entries > 0 and test_samples == 0 then
    errors[#errors + 1] = { field = "gate",
      message = "is measured on the test split, which is empty: let the split of `data` leave some items for testing" }
  end
  return rules, errors
end

return gate
