-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Chooses a kernel per node, gives every image tensor a memory layout, and adds the reorders that
-- remain. A tensor has the layout its producer likes best; who cannot read that gets a reordered
-- copy, made once and shared. Kernels that pack weights get a pack node of their own, so that the
-- hoist pass can take packing out of inference.

local M = {}
local backends = require "generator.backends"
local sorted = require "generator.base.sorted"

local function is_image(t) return #t.shape == 4 and (t.dtype == "f32" or t.dtype == "u8") end

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
      if t.dtype ~= "f32" then return t.layout end
      if t.layout == "blocked" then layout = "blocked" end
    end
  end
  return layout
end

local function reordered(g, list, copies, n, t, layout)
  local key = t.id .. layout
  if not copies[key] then
    local out, node = g:node("reorder", n.path, { x = t }, { to = layout }, n.phase)
    g.nodes[#g.nodes] = nil
    node.kernel = backends.choose(g.registry.reorder, node, g.target)
    list[#list + 1] = node
    copies[key] = out.y
  end
  return copies[key]
end

--- target = { isa, block, blocked, backends, threads }: blocked says whether a backend of the target
--- wants blocked activations.
function M.run(g, target)
  g.target = target
  local list, copies = {}, {}
  for _, n in ipairs({ table.unpack(g.nodes) }) do
    local op = g.registry[n.op]
    if not op.kernels.view then
      n.kernel, n.passed_over = backends.choose(op, n, target)
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
        if want == "prefer" then want = target.blocked and "blocked" or "plain" end
        if want == "either" then error(op.name .. ": an output cannot have either layout") end
        if want ~= "fixed" then t.layout = want end
      end
    end
    local packs = n.kernel and n.kernel.definition.packs
    if packs then
      local _, pack = g:node("pack_weights", n.path, { w = n.inputs[packs] }, nil, n.phase)
      g.nodes[#g.nodes] = nil
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
  return g
end

return M
