-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- A convolution with weights from direct_weights, in vectors on blocked images (generator/backends/direct.lua). The
-- same op is the forward pass and, with turned weights, the gradient by the input. `scratch` is memory for images with
-- padding around them, nobody reads it. Made by the pass `convolutions`.

local algorithms = require "generator.backends.algorithms"
local convolutions = require "generator.backends.convolutions"
local direct = require "generator.backends.direct"
local graph = require "generator.graph.graph"
local pools = require "generator.backends.pools"

return {
  name = "direct_conv2d",
  doc = "Convolution by its definition in vectors, with optional bias, residual sum and ReLU fused.",
  inputs = { "x", "u", "b?", "residual?" }, outputs = { "y", "scratch" },
  attrs = {
    { name = "channels", doc = "of the result" },
    { name = "kernel_size", doc = "height and width of the window" },
    { name = "stride", default = { 1, 1 }, doc = "rows and columns between windows" },
    { name = "padding", default = { 0, 0 }, doc = "zeros above and below, left and right" },
    { name = "dilation", default = { 1, 1 }, doc = "distance between the taps of a window" },
    { name = "threads", doc = "that have a part of the scratch of their own" },
    { name = "relu", default = false, doc = "apply ReLU to the result" },
    { name = "ceiling", optional = true, doc = "upper bound of that ReLU: 6 for ReLU6" },
  },
  infer = function(n)
    local x, u, a = n.inputs.x.shape, n.inputs.u.shape, n.attrs
    local block, why = direct.block_of(u, { name = "input", shape = x }, a, graph.shape_text)
    if not block then return nil, why end
    local size, message = pools.window_shape(x, a, graph.shape_text)
    if not size then return nil, message end
    local y = { x[1], a.channels, size[1], size[2] }
    local floats = direct.scratch(x, y, a, block, a.threads)
    return { y = { shape = y }, scratch = floats > 0 and { shape = { floats }, role = "scratch" } or nil }
  end,
  cost = function(n)
    local size = n.attrs.kernel_size
    return convolutions.cost(n.outputs.y.shape, { 0, n.inputs.x.shape[2], size[1], size[2] })
  end,
  grad = false,
  inplace = { y = "residual" },
  kernels = algorithms.forward(direct, function(n) return direct.plain(n.inputs.x.shape) and "plain" or "blocked" end),
  reference = false, -- tests/passes/test_convolutions.lua compares it with the convolution itself
  tests = {},
}
