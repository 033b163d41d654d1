-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Chooses a kernel per node, gives every image tensor a memory layout, and adds the reorders that
-- remain. A tensor has the layout its producer likes best; who cannot read that gets a reordered
-- copy, made once and shared. Kernels that pack weights get a pack node of their own, so that the
-- hoist pass can take packing out of inference.

local M = {}
local backends = require "generator.backends"
local sorted = require "generator.base.sorted"

local function is_image(t) return #t.shape == 4 and t.dtype ~= "i32" end

-- Layout demands of a node's kernel: a function of port → "plain"|"blocked"|"either"|"prefer"|"fixed".
local function demands(n, op, target)
  local layout = op.kernels.view and "plain" or n.kernel.layout
  if type(layout) == "function" then layout = layout(n, target) end
  if type(layout) == "table" then
    return function(port) return layout[port] or "plain" end
  end
  return function() return layout end
end

-- What a node that takes "the same" layout everywhere will use.
local function common_layout(g, n)
  local layout = "plain"
  for _, t in g:ports(n, "inputs") do
    if is_image(t) then
      if t.dtype == "u8" then return t.layout end
      if t.layout ~= "plain" and layout ~= "channels_last" then layout = t.layout end
    end
  end
  return layout
end

-- A copy of `t` in another layout or as another type of number (op "reorder" or "cast"), made before
-- node n and shared by those after it.
local function copied(g, list, copies, n, t, op, to)
  local key = t.id .. to
  if not copies[key] then
    local out, node = g:node(op, n.path, { x = t }, { to = to }, n.phase)
    g.nodes[#g.nodes] = nil
    node.kernel = backends.choose(g.registry[op], node, g.target)
    if op == "cast" then out.y.layout = t.layout end
    list[#list + 1] = node
    copies[key] = out.y
  end
  return copies[key]
end

local function reordered(g, list, copies, n, t, layout) return copied(g, list, copies, n, t, "reorder", layout) end

local function has_bf16(g, n)
  for _, which in ipairs { "inputs", "outputs" } do
    for _, t in g:ports(n, which) do
      if t.dtype == "bf16" then return true end
    end
  end
  return false
end

-- Gives a node whose kernel reads and writes floats only casts around it; returns those that follow it.
local function cast_around(g, list, copies, n)
  for port, t in g:ports(n, "inputs") do
    if t.dtype == "bf16" then n.inputs[port] = copied(g, list, copies, n, t, "cast", "f32") end
  end
  local after = {}
  for port, t in g:ports(n, "outputs") do
    if t.dtype == "bf16" then
      local whole = g:tensor { name = t.name .. ".float", shape = t.shape }
      whole.producer, n.outputs[port] = n, whole
      local _, node = g:node("cast", n.path, { x = whole }, { to = "bf16" }, n.phase)
      g.nodes[#g.nodes] = nil
      node.outputs.y, t.producer = t, node
      after[#after + 1] = node
    end
  end
  return after
end

-- Casts that nobody reads: those of weights that a library rounds when it packs them.
local function drop_unread_casts(g)
  local live, kept = {}, {}
  for _, t in sorted.pairs(g.outputs) do live[t.id] = true end
  for i = #g.nodes, 1, -1 do
    local n = g.nodes[i]
    if n.op ~= "cast" or live[n.outputs.y.id] then
      table.insert(kept, 1, n)
      for _, t in g:ports(n, "inputs") do
        repeat
          live[t.id] = true
          t = t.view_of
        until not t
      end
    end
  end
  g:set_nodes(kept)
end

-- What kernels on panels read and work in: weights copied into panels, shared by those that read the same,
-- and scratch.
local function give_panels(g, list, copies, n, target)
  local panels, scratch = n.kernel.definition.panels, n.kernel.definition.scratch
  if panels then
    local w = n.inputs[panels.port]
    local key = w.id .. ".panels" .. (panels.transposed and "'" or "")
    if not copies[key] then
      local out, node = g:node("panels", n.path, { x = w }, { block = target.block, transposed = panels.transposed },
        n.phase)
      g.nodes[#g.nodes] = nil
      node.kernel = backends.choose(g.registry.panels, node, target)
      list[#list + 1] = node
      copies[key] = out.y
    end
    n.inputs.panels = copies[key]
  end
  if scratch then
    n.attrs.scratch = scratch(n, target)
    n.outputs.scratch = g:tensor { name = n.path .. "." .. n.op .. ".scratch", shape = { n.attrs.scratch } }
    n.outputs.scratch.producer = n
  end
end

--- Where tensors are bf16 (the precision pass): a kernel that takes them is preferred, else its node gets
--- casts.
---
--- target = { isa, block, blocked, backends, threads }: blocked says whether a backend of the target
--- wants blocked activations.
function M.run(g, target)
  g.target = target
  local list, copies, queue, at = {}, {}, { table.unpack(g.nodes) }, 1
  while queue[at] do
    local n = queue[at]
    at = at + 1
    local op = g.registry[n.op]
    if not op.kernels.view then
      local bf16, kernel, passed = has_bf16(g, n), nil, nil
      if bf16 then kernel, passed = backends.choose(op, n, target, true) end
      if not kernel then
        local after = bf16 and cast_around(g, list, copies, n) or {}
        table.move(queue, at, #queue, at + #after)
        table.move(after, 1, #after, at, queue)
        kernel, passed = backends.choose(op, n, target)
      end
      n.kernel, n.passed_over = kernel, passed
    end
    local wants = demands(n, op, target)
    local same = wants() == "same" and common_layout(g, n)
    for port, t in g:ports(n, "inputs") do
      if is_image(t) then
        local want = same or wants(port)
        if want ~= "either" and want ~= t.layout then
          n.inputs[port] = reordered(g, list, copies, n, t, want)
          for _, out in g:ports(n, "outputs") do -- a view follows what it is a view of
            if out.view_of == t then out.view_of = n.inputs[port] end
          end
        end
      end
    end
    for port, t in g:ports(n, "outputs") do
      if is_image(t) then
        local want = same or wants(port)
        if want == "prefer" then
          want = not target.blocked and "plain" or t.dtype == "bf16" and "channels_last" or "blocked"
        end
        if want == "either" then error(op.name .. ": an output cannot have either layout") end
        if want ~= "fixed" then t.layout = want end
      end
    end
    if n.kernel then give_panels(g, list, copies, n, target) end
    local packs = n.kernel and n.kernel.definition.packs
    if type(packs) == "function" then packs = packs(n) end
    if packs then
      local w = n.inputs[packs]
      if w.dtype == "bf16" then n.inputs[packs] = w.producer.inputs.x end -- packing rounds them itself
      local _, pack = g:node("pack_weights", n.path, { w = n.inputs[packs] }, nil, n.phase)
      g.nodes[#g.nodes] = nil
      pack.choice = n.choice
      pack.owner, pack.kernel = n, { name = n.kernel.name, backend = n.kernel.backend, layout = "plain",
                                     definition = n.kernel.definition.pack_kernel }
      list[#list + 1] = pack
    end
    list[#list + 1] = n
  end
  -- what the runtime reads from the arena is in plain order
  g:set_nodes(list)
  for name, t in sorted.pairs(g.outputs) do
    if is_image(t) and t.layout ~= "plain" then
      local copy = reordered(g, list, copies, t.producer or list[#list], t, "plain")
      g.outputs[name] = copy
    end
  end
  g:set_nodes(list)
  if g.bf16 then drop_unread_casts(g) end
  return g
end

return M
