-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- A convolution of 3x3 windows with weights from winograd_weights, by Winograd's F(4x4, 3x3) (Lavin & Gray 2016).
-- The same op is the forward pass and, with turned weights and padding 2 - p, the gradient by the input. `scratch`
-- is memory for its intermediate values, nobody reads it. Made by the pass `convolutions`.

local algorithms = require "generator.backends.algorithms"
local convolutions = require "generator.backends.convolutions"
local graph = require "generator.graph.graph"
local winograd = require "generator.backends.winograd"

return {
  name = "winograd_conv2d",
  doc = "Convolution of 3x3 windows by Winograd's algorithm, with optional bias, residual sum and ReLU fused.",
  inputs = { "x", "u", "b?", "residual?" }, outputs = { "y", "scratch" },
  attrs = {
    { name = "padding", doc = "zeros above and below, left and right" },
    { name = "threads", doc = "that have a part of the scratch of their own" },
    { name = "relu", default = false, doc = "apply ReLU to the result" },
    { name = "ceiling", optional = true, doc = "upper bound of that ReLU: 6 for ReLU6" },
  },
  infer = function(n)
    local x, u, p = n.inputs.x.shape, n.inputs.u.shape, n.attrs.padding
    if #x ~= 4 or #u ~= 3 or (u[2] - 1) % x[2] ~= 0 then
      return nil, string.format("input %s does not fit the weights %s", graph.shape_text(x), graph.shape_text(u))
    end
    local y = { x[1], winograd.outputs_of(u, x[2]), x[3] + 2 * p[1] - 2, x[4] + 2 * p[2] - 2 }
    local plan = winograd.forward_plan(x, y, u[3] // 2, n.attrs.threads)
    return { y = { shape = y }, scratch = { shape = { plan.floats }, role = "scratch" } }
  end,
  cost = function(n) return convolutions.cost(n.outputs.y.shape, { 0, n.inputs.x.shape[2], 3, 3 }) end,
  grad = false,
  inplace = { y = "residual" },
  kernels = algorithms.forward(winograd),
  reference = false, -- tests/passes/test_convolutions.lua compares it with the convolution itself
  tests = {},
}
