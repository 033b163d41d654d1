-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- `train.freeze`: marks the parameters that are not trained, before anything is fused, so that the
-- gradient pass builds nothing for them and nothing below the lowest layer that trains.
--
-- A batch norm whose weight and bias are both frozen is frozen whole where `train.freeze_statistics`
-- holds: it normalises with its running statistics, as in inference. What then depends on frozen
-- tensors and the input alone is marked (`node.frozen`) and is fused and hoisted as in inference.

local M = {}
local graph = require "generator.graph.graph"
local select = require "generator.graph.select"

local function fail(message, ...) graph.fail_field("train.freeze", message, ...) end

local function is_frozen(t) return t ~= nil and t.state ~= nil and t.state.frozen == true end

-- Frozen batch norms in the form of inference.
local function freeze_statistics(g)
  for i, n in ipairs(g.nodes) do
    if n.op == "batch_norm" and is_frozen(n.inputs.gamma) and is_frozen(n.inputs.beta) then
      local p = n.inputs
      local _, made = g:node("batch_norm_inference", n.path, { x = p.x, gamma = p.gamma, beta = p.beta,
        running_mean = p.running_mean, running_var = p.running_var }, { eps = n.attrs.eps })
      g.nodes[#g.nodes] = nil
      made.id, made.outputs.y = i, n.outputs.y
      made.outputs.y.producer = made
      g.nodes[i] = made
    end
  end
end

-- Marks the nodes below which nothing trains.
local function mark(g)
  local trains = {}
  for _, t in ipairs(g.state) do trains[t.id] = t.role == "parameter" and not t.state.frozen or nil end
  for _, n in ipairs(g.nodes) do
    local any = false
    for _, t in g:ports(n, "inputs") do any = any or trains[t.id] or false end
    for _, t in g:ports(n, "outputs") do trains[t.id] = any or nil end
    n.frozen = not any
  end
end

--- train: the experiment's `train`. Leaves a graph without `train.freeze` as it is.
function M.run(g, train)
  if not train.freeze then return g end
  local tensors, why = select.tensors(g, train.freeze)
  if not tensors then fail("%s", why) end
  for _, t in ipairs(tensors) do t.state.frozen = true end
  local left = false
  for _, t in ipairs(g.state) do left = left or (t.role == "parameter" and not t.state.frozen) end
  if not left then fail("freezes every parameter of the model: nothing is left to train") end
  if train.freeze_statistics then freeze_statistics(g) end
  mark(g)
  return g
end

--- Whether nothing changes a persistent tensor while the entry runs: in inference nothing does, in
--- training the optimizer changes what it trains and a batch norm its statistics.
function M.constants(g)
  local constant = {}
  for _, t in ipairs(g.state) do constant[t.id] = not g.training or t.state.frozen or t.role == "buffer" or nil end
  for _, n in ipairs(g.nodes) do
    for _, port in ipairs(g.registry[n.op].mutates or {}) do
      local t = n.inputs[port]
      if t then constant[graph.base(t).id] = nil end
    end
  end
  return constant
end

return M
