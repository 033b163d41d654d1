-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Leaky rectified linear unit (Maas et al. 2013), as torch.nn.LeakyReLU. What decides is an input of
-- its own, `gate`: the layer gates x by itself, the gradient rule gates dy the same way, so one op is
-- both. Where x gates itself, the output has its sign (the slope is not negative) and does as well: x
-- need not be kept for the backward pass. A NaN stays a NaN.

local c = require "generator.backends.c"
local graph = require "generator.graph.graph"

local op = {
  name = "leaky_relu",
  doc = "Leaky rectified linear unit: `x` where `gate` is above zero, else `slope * x`.",
  inputs = { "x", "gate" }, outputs = { "y" },
  attrs = { { name = "slope", doc = "factor where `gate` is not above zero" } },
  infer = function(n)
    local x, gate = graph.shape_text(n.inputs.x.shape), graph.shape_text(n.inputs.gate.shape)
    if x ~= gate then return nil, ("x is %s, gate is %s; they must be alike"):format(x, gate) end
    return { y = { shape = n.inputs.x.shape } }
  end,
  cost = function(n) return graph.count(n.inputs.x.shape) end,
  grad = function(g, n, d)
    local gate = n.inputs.gate == n.inputs.x and n.outputs.y or n.inputs.gate
    return { x = g:node("leaky_relu", n.path, { x = d.y, gate = gate }, n.attrs).y }
  end,
  pointwise = "${gate} > 0 ? ${x} : ${slope} * ${x}",
  inplace = { y = { "x", "gate" } },
  reference = "torch.where(gate > 0, x, slope * x)",
  tests = {
    { x = { 3, 5 }, gate = { 3, 5 }, attrs = { slope = 0.01 } },
    { x = { 2, 16, 3, 3 }, gate = { 2, 16, 3, 3 }, attrs = { slope = 0.2 } },
  },
  layer = {
    kind = "leaky_relu", doc = "Leaky rectified linear unit, as torch.nn.LeakyReLU.",
    fields = {
      { name = "slope", type = "number", min = 0, default = 0.01, doc = "factor of values below zero" },
    },
    random = function(pick) return { slope = pick:of { 0.01, 0.2 } } end,
    build = function(b, x, layer) return b:op("leaky_relu", { x = x, gate = x }, { slope = layer.slope }).y end,
  },
}
op.kernels = { c = c.pointwise_kernel(op) }
return op
