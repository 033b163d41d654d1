-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The optimizer's step moves into the product that makes a weight's gradient, where that is one of our own kernels:
-- the gradient of a large matrix is then neither written nor read, and a training step of a small network
-- lives from what stays in the caches. It remains a node of the update phase: nothing changes before the runtime has
-- seen the loss, and what it reads is kept until then: less than the gradient, and no image that was taken apart for
-- a convolution. Where all gradients are needed first (their norm is limited, or they are gathered over batches)
-- nothing is fused. What remains of a group of parameters are runs of them, each a node.

local M = {}
local backends = require "generator.backends"
local graph = require "generator.graph.graph"

-- Weights below this many stay in the first cache until the optimizer comes to them.
local SMALLEST = 16384
-- Columns of which some rows of the gradient lie in the first cache.
local WIDEST = 512

-- The update node of each gradient's place in the block: a function of the place.
local function finder(updates)
  return function(place)
    for _, u in ipairs(updates) do
      if place >= u.attrs.begin and place < u.attrs.begin + u.attrs.count then return u end
    end
  end
end

local function fuses(n, readers)
  local dw, x, dy = n.outputs.dw, n.inputs.x, n.inputs.dy
  if n.op ~= "linear_dw" or n.kernel.backend ~= "c" or n.kernel.name == "panels" or n.inputs.rows or n.outputs.db then
    return false
  end
  local count = graph.count(dw.shape)
  return dw.view_of and dw.view_of.block and not readers[dw.id] and x.dtype == "f32" and dy.dtype == "f32"
    and not (x.producer and x.producer.op == "im2col")
    and count >= SMALLEST and dy.shape[2] <= WIDEST and graph.count(x.shape) + graph.count(dy.shape) <= count
end

local function shifted(u, begin)
  local regions = {}
  for name, at in pairs(u.attrs.regions) do regions[name] = at + begin - u.attrs.begin end -- a map: no order
  return regions
end

-- A node outside the list, with its kernel.
local function made(g, target, op, path, inputs, attrs)
  local _, node = g:node(op, path, inputs, attrs, "update")
  g.nodes[#g.nodes] = nil
  node.kernel = backends.choose(g.registry[op], node, target)
  return node
end

local function attributes(u, begin, count)
  local a = u.attrs
  return { optimizer = a.optimizer, module = a.module, begin = begin, count = count, regions = shifted(u, begin),
           rate = a.rate, clip_value = a.clip_value }
end

-- The runs of update node `u` that `taken` (places and counts in order) leaves.
local function remaining(g, target, u, taken)
  local list, at, past = {}, u.attrs.begin, u.attrs.begin + u.attrs.count
  local block = graph.base(u.inputs.gradients)
  local function add(to)
    if to <= at then return end
    local part = g:tensor { name = "gradients.at_" .. at, shape = { to - at }, role = "gradient", view_of = block,
                            view_offset = at }
    list[#list + 1] = made(g, target, "optimizer_update", u.path, { gradients = part }, attributes(u, at, to - at))
  end
  for _, t in ipairs(taken) do
    add(t.begin)
    at = t.begin + t.count
  end
  add(past)
  return list
end

function M.run(g, target)
  local updates, readers = {}, g:readers()
  for _, n in ipairs(g.nodes) do
    if n.op == "gradient_norm" or n.phase == "accumulate" then return g end
    if n.op == "optimizer_update" then updates[#updates + 1] = n end
  end
  local update_of, taken, kept, fused = finder(updates), {}, {}, {}
  for _, n in ipairs(g.nodes) do
    local u = fuses(n, readers) and update_of(n.outputs.dw.view_offset)
    if u then
      local begin, count = n.outputs.dw.view_offset, graph.count(n.outputs.dw.shape)
      taken[u] = taken[u] or {}
      table.insert(taken[u], { begin = begin, count = count })
      fused[#fused + 1] = made(g, target, "linear_update", n.path, { x = n.inputs.x, dy = n.inputs.dy },
        attributes(u, begin, count))
      fused[#fused].choice = n.choice
    else
      kept[#kept + 1] = n
    end
  end
  if #fused == 0 then return g end
  local list = {}
  for _, n in ipairs(kept) do
    if n == updates[1] then table.move(fused, 1, #fused, #list + 1, list) end
    if taken[n] then
      table.sort(taken[n], function(a, b) return a.begin < b.begin end)
      local runs = remaining(g, target, n, taken[n])
      table.move(runs, 1, #runs, #list + 1, list)
    else
      list[#list + 1] = n
    end
  end
  g:set_nodes(list)
  return g
end

return M
