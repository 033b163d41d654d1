-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Mixed precision (`train.precision = "bf16"`): marks the tensors that are stored as bf16 and adds the
-- casts between them and those that stay float. Arithmetic is in float everywhere; what is bf16 is what
-- moves through memory between ops, and the factors of convolutions and large products, whose sums are
-- float.
--
-- bf16: images and their gradients, what follows from them element by element, inputs and outputs of
-- products large enough for a library. Float: parameters and their gradients, statistics, optimizer
-- state, small products, logits, softmax, losses, the program's inputs and outputs.
--
-- An op says which of its ports may be bf16 in its field `bf16`: a list of ports; "follow", all of them
-- where any input is bf16 already (element-wise ops need not say so); a function of the node that
-- gives one of these or nil. Ops without it read and write float. Whether a *kernel* can read bf16 is
-- another matter (generator/backends): the kernels pass casts around those that cannot, which rounds
-- the same values.

local M = {}
local sorted = require "generator.base.sorted"

-- Whether any input of a node is bf16.
local function any_bf16(g, n)
  for _, t in g:ports(n, "inputs") do
    if t.dtype == "bf16" then return true end
  end
  return false
end

-- Set of a node's ports that hold bf16.
local function bf16_ports(g, n)
  local op = g.registry[n.op]
  local list = op.bf16
  if type(list) == "function" then list = list(n) end
  if list == nil and (op.pointwise or op.kernels.view) then list = "follow" end
  local set = {}
  if list == "follow" then
    if not any_bf16(g, n) then return set end
    for _, which in ipairs { "inputs", "outputs" } do
      for port in g:ports(n, which) do set[port] = true end
    end
  else
    for _, port in ipairs(list or {}) do set[port] = true end
  end
  return set
end

--- Marks and casts. A view has the type of what it is a view of.
function M.run(g)
  local list, copies = {}, {}
  local function cast(t, to, n, weights)
    local key = t.id .. to
    if not copies[key] then
      local out, node = g:node("cast", n.path, { x = t }, { to = to, weights = weights }, n.phase)
      g.nodes[#g.nodes] = nil
      list[#list + 1] = node
      copies[key] = out.y
    end
    return copies[key]
  end
  for _, n in ipairs({ table.unpack(g.nodes) }) do
    local bf16 = bf16_ports(g, n)
    for port, t in g:ports(n, "inputs") do
      local want = bf16[port] and "bf16" or "f32"
      if (t.dtype == "f32" or t.dtype == "bf16") and t.dtype ~= want then
        n.inputs[port] = cast(t, want, n, port == "w")
        for _, out in g:ports(n, "outputs") do -- a view follows what it is a view of
          if out.view_of == t then out.view_of = n.inputs[port] end
        end
      end
    end
    for port, t in g:ports(n, "outputs") do
      if bf16[port] and t.dtype == "f32" then t.dtype = "bf16" end
    end
    list[#list + 1] = n
  end
  for name, t in sorted.pairs(g.outputs) do -- what the runtime reads is float
    if t.dtype == "bf16" then g.outputs[name] = cast(t, "f32", t.producer or list[#list]) end
  end
  g:set_nodes(list)
  g.bf16 = true
  return g
end

return M
