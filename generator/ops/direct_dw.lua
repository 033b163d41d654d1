-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of a convolution by its weights, in vectors on blocked images (generator/backends/direct.lua). `scratch` is
-- memory for its sums. Made by the pass `convolutions`.

local algorithms = require "generator.backends.algorithms"
local convolutions = require "generator.backends.convolutions"
local direct = require "generator.backends.direct"

return {
  name = "direct_dw",
  doc = "Gradient of a convolution by its weights, by its definition in vectors.",
  inputs = { "x", "dy" }, outputs = { "dw", "scratch" },
  attrs = {
    { name = "kernel_size", doc = "height and width of the window" },
    { name = "stride", default = { 1, 1 }, doc = "rows and columns between windows" },
    { name = "padding", default = { 0, 0 }, doc = "zeros above and below, left and right" },
    { name = "dilation", default = { 1, 1 }, doc = "distance between the taps of a window" },
    { name = "threads", doc = "that there is work for" },
    { name = "block", doc = "channels of a block of its images" },
  },
  infer = function(n)
    local x, dy, a = n.inputs.x.shape, n.inputs.dy.shape, n.attrs
    return { dw = { shape = { dy[2], x[2], a.kernel_size[1], a.kernel_size[2] } },
             scratch = { shape = { direct.sum_floats(x, dy, a) }, role = "scratch" } }
  end,
  cost = function(n) return convolutions.cost(n.inputs.dy.shape, n.outputs.dw.shape) end,
  grad = false,
  kernels = algorithms.weight_gradients(direct),
  reference = false, -- tests/passes/test_convolutions.lua compares it with the gradient itself
  tests = {},
}
