-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient checkpointing (Chen et al. 2016, "Training deep nets with sublinear memory cost"): what the
-- backward pass reads of the forward pass is not kept but computed again, block by block, just before
-- it is read. Only what stands between blocks is kept.
--
-- A block may end where a single tensor goes on: after every layer of a plain network, after every
-- residual sum. Of all divisions at such places the one is taken that needs least memory, what is kept
-- plus the largest block; the last block is not computed again, because its gradients come first.
--
-- The nodes of a block are copied, not changed: a dropout draws the same numbers again, and a batch
-- norm leaves its running statistics alone (what an op changes is an optional input). The results are
-- the same to the bit, and so are the gradients.

local M = {}
local graph = require "generator.graph.graph"
local plan = require "generator.passes.plan"

-- Tensors that have memory of their own in the arena and come from a node.
local function activation(t)
  local base = graph.base(t)
  return base.space == "arena" and base.producer and base or nil
end

-- last_forward[id]: the last forward node that reads an activation; backward[id]: whether one of the
-- backward nodes does; order: all activations with their first node, in order.
local function uses(g)
  local u = { last_forward = {}, backward = {}, order = {}, first = {} }
  for i, n in ipairs(g.nodes) do
    for _, t in g:ports(n, "inputs") do
      local base = activation(t)
      if base and i <= g.forward_nodes then u.last_forward[base.id] = i end
      if base and i > g.forward_nodes then u.backward[base.id] = true end
    end
    for _, t in g:ports(n, "outputs") do
      local base = activation(t)
      if base and i <= g.forward_nodes and not u.first[base.id] then
        u.first[base.id] = i
        u.order[#u.order + 1] = base
      end
    end
  end
  return u
end

-- Places between forward nodes that one activation alone crosses: { { after = node, tensor = }, … }.
local function cuts(g, u)
  local list, crossing = {}, {}
  for i = 1, g.forward_nodes - 1 do
    for _, t in g:ports(g.nodes[i], "outputs") do
      local base = activation(t)
      if base and (u.last_forward[base.id] or 0) > i then crossing[base.id] = base end
    end
    local count, only = 0, nil
    for id, t in pairs(crossing) do -- counted: order does not matter
      if u.last_forward[id] > i then
        count, only = count + 1, t
      else
        crossing[id] = nil
      end
    end
    if count == 1 then list[#list + 1] = { after = i, tensor = only } end
  end
  return list
end

-- The division into blocks that keeps the sum of what is kept and the largest block least: a list of
-- cuts. `size` gives bytes. A limit on a block decides a division, greedily; all limits that make a
-- difference are tried.
local function divide(g, u, places, size)
  local saved = {} -- bytes by forward node: what the backward pass reads of its outputs
  for i = 1, g.forward_nodes do saved[i] = 0 end
  for _, t in ipairs(u.order) do
    if u.backward[t.id] then saved[u.first[t.id]] = saved[u.first[t.id]] + size(t) end
  end
  local total = {}
  total[0] = 0
  for i = 1, g.forward_nodes do total[i] = total[i - 1] + saved[i] end
  local function with_limit(limit)
    local chosen, from, kept, largest = {}, 0, 0, 0
    for p, place in ipairs(places) do
      local next_end = places[p + 1] and places[p + 1].after or g.forward_nodes
      if total[next_end] - total[from] > limit and place.after > from then
        chosen[#chosen + 1] = place
        largest = math.max(largest, total[place.after] - total[from])
        kept, from = kept + size(place.tensor), place.after
      end
    end
    return chosen, kept + math.max(largest, total[g.forward_nodes] - total[from])
  end
  local best, least = {}, total[g.forward_nodes]
  for parts = 2, #places + 1 do
    local chosen, bytes = with_limit(total[g.forward_nodes] / parts)
    if bytes < least then best, least = chosen, bytes end
  end
  return best
end

-- Copies of the nodes of a block that its backward nodes need, appended to the graph and returned; a
-- map from the block's tensors to their copies.
local function copy_block(g, from, to, wanted, kept)
  local needed, of = {}, {}
  for i = to, from, -1 do
    local n = g.nodes[i]
    local any = false
    for _, t in g:ports(n, "outputs") do any = any or wanted[graph.base(t).id] or needed[t.id] or false end
    if any then
      of[i] = true
      for _, t in g:ports(n, "inputs") do
        if t ~= kept then needed[t.id] = true end
      end
    end
  end
  local copies, map = {}, {}
  for i = from, to do
    if of[i] then
      local n = g.nodes[i]
      local inputs = {}
      for port, t in g:ports(n, "inputs") do inputs[port] = map[t] or t end
      for _, port in ipairs(g.registry[n.op].mutates or {}) do inputs[port] = nil end
      local _, made = g:node(n.op, n.path, inputs, n.attrs, n.phase)
      made.frozen = n.frozen
      for port, t in g:ports(n, "outputs") do map[t] = made.outputs[port] end
      copies[#copies + 1] = made
    end
  end
  return copies, map
end

--- train: the experiment's `train`; real_size and block as for the plan. Sets g.checkpointed =
--- { blocks =, flops = of what is computed again }.
function M.run(g, train, options)
  if train.gradient_checkpointing ~= "blocks" then return g end
  local u = uses(g)
  local function size(t) return plan.bytes(t, options.block, options.real_size or 4) end
  local chosen = divide(g, u, cuts(g, u), size)
  local last = #g.nodes
  local insert = {} -- node number → copies that go before it
  local flops, from = 0, 1
  local before
  for _, cut in ipairs(chosen) do
    local wanted = {}
    for _, t in ipairs(u.order) do
      local i = u.first[t.id]
      if u.backward[t.id] and i >= from and i <= cut.after and t ~= cut.tensor then wanted[t.id] = true end
    end
    local copies, map = copy_block(g, from, cut.after, wanted, before)
    local place
    for i = g.forward_nodes + 1, last do
      local n = g.nodes[i]
      for port, t in g:ports(n, "inputs") do
        if map[t] and graph.base(t) ~= cut.tensor then
          n.inputs[port] = map[t]
          place = place or i
        end
      end
    end
    if place then
      insert[place] = copies
      for _, n in ipairs(copies) do flops = flops + g.registry[n.op].cost(n) end
    end
    from, before = cut.after + 1, cut.tensor
  end
  local nodes = {}
  for i = 1, last do
    for _, n in ipairs(insert[i] or {}) do nodes[#nodes + 1] = n end
    nodes[#nodes + 1] = g.nodes[i]
  end
  g:set_nodes(nodes)
  g.checkpointed = { blocks = #chosen + 1, flops = flops }
  return g
end

return M
