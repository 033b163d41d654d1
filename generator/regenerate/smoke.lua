-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Smoke runs: each experiment with a short training, built with what its `smoke` says in place of
-- epochs, steps and gate, and run. It is a build with overrides like any other, so it has a stamp, weights
-- and stages of its own and nothing of the experiment's is touched. The learning rate is constant, because a
-- schedule may need more epochs than there are.

local driver = require("generator.driver")
local family = require("generator.family")
local json = require("generator.base.json")

local M = {}

--- The overrides that make an experiment's smoke run, as `--set` takes them.
function M.sets(experiment)
  local smoke = experiment.smoke or { epochs = 1, steps_per_epoch = 20 }
  local rules = {}
  for i, rule in ipairs(smoke.gate or {}) do rules[i] = string.format("[%q] = %q", rule.name, rule.value) end
  return { "train.schedule=constant {}", "train.epochs=" .. smoke.epochs,
    "train.steps_per_epoch=" .. smoke.steps_per_epoch, "gate={ " .. table.concat(rules, ", ") .. " }" }
end

local function lines_of(errors)
  local list = json.list {}
  for i, line in ipairs(errors) do list[i] = tostring(line) end
  return list
end

-- The row of one experiment.
local function run_one(item, options)
  if item.state == "failed" then return { name = item.name, spec = item.spec, errors = item.errors } end
  local copy = {}
  for key, value in pairs(options) do copy[key] = value end -- a map: order does not matter
  copy.only, copy.sets, copy.unlinked, copy.ended = item.list and item.name or nil, {}, true, nil
  local all, errors = driver.variants(item.spec, copy)
  if all and not all[1].errors then
    copy.sets = M.sets(all[1].experiment)
    all, errors = driver.variants(item.spec, copy)
  end
  if not all then return { name = item.name, spec = item.spec, errors = lines_of(errors) } end
  local row = family.run(item.spec, all, copy).variants[1]
  row.spec = item.spec
  return row
end

--- Smoke runs of the items of regenerate.status, or of those that are not current where `only_changed`; calls
--- options.ended(row) for each. Rows are those of family.run with state "passed", "missed" (its gate) or "failed".
--- Returns { rows, passed, missed, failed }.
function M.run(items, options, only_changed)
  local done = { rows = json.list {}, passed = 0, missed = 0, failed = 0 }
  for _, item in ipairs(items) do
    if not (only_changed and item.state == "current") then
      local row = run_one(item, options)
      row.state = row.exit_code == driver.exit.gate and "missed" or row.errors and "failed" or "passed"
      done[row.state] = done[row.state] + 1
      done.rows[#done.rows + 1] = row
      for _, line in ipairs(row.state == "failed" and row.errors or {}) do io.stderr:write(line, "\n") end
      options.ended(row)
    end
  end
  return done
end

return M
