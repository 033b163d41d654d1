-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Parameter groups: which trained parameters are updated with which hyperparameters. `train.groups` is
-- a list of { match, learning_rate?, weight_decay?, … }; a parameter belongs to the first group whose
-- pattern (generator/graph/select.lua) means it, and those of no group to a last one with the
-- optimizer's own settings. Frozen parameters belong to none.
--
--   groups.resolve(g, train) → list of { name, optimizer, rate, names }
--
-- `optimizer` is the experiment's with the group's changes, `rate` what the learning rate of a step is
-- multiplied by: the quotient of the group's and the optimizer's. Without groups there is one group
-- without a name. Mistakes are raised as errors of the field.

local M = {}
local graph = require "generator.graph.graph"
local select = require "generator.graph.select"

--- The optimizer's settings with a group's changes.
function M.settings(optimizer, group)
  local own = {}
  for key, value in pairs(optimizer) do own[key] = value end -- copied by key: order does not matter
  for key, value in pairs(group) do
    if key ~= "match" then own[key] = value end
  end
  return own
end

local function fail(index, message, ...)
  graph.fail_field(("train.groups[%d].match"):format(index), message, ...)
end

function M.resolve(g, train)
  local rest = {}
  for _, t in ipairs(g.state) do
    if t.role == "parameter" and not t.state.frozen then rest[#rest + 1] = t end
  end
  local list, taken = {}, {}
  local function add(name, optimizer, tensors)
    local names = {}
    for i, t in ipairs(tensors) do names[i], taken[t.name] = t.name, true end
    list[#list + 1] = { name = name, optimizer = optimizer, names = names,
                        rate = optimizer.learning_rate / train.optimizer.learning_rate }
  end
  for i, group in ipairs(train.groups or {}) do
    local matched, why = select.tensors(g, group.match)
    if not matched then fail(i, "%s", why) end
    local mine, frozen = {}, 0
    for _, t in ipairs(matched) do
      if t.state.frozen then
        frozen = frozen + 1
      elseif not taken[t.name] then
        mine[#mine + 1] = t
      end
    end
    if frozen == #matched then fail(i, "means frozen parameters only (`%s`)", matched[1].name) end
    if #mine == 0 then
      fail(i, "means nothing that the groups before it leave: the first that matches a parameter has it")
    end
    add("group" .. i, M.settings(train.optimizer, group), mine)
  end
  local remaining = {}
  for _, t in ipairs(rest) do
    if not taken[t.name] then remaining[#remaining + 1] = t end
  end
  if #remaining > 0 or #list == 0 then add(#list > 0 and "others" or nil, train.optimizer, remaining) end
  return list
end

return M
