-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of a convolution of 3x3 windows by its weights, by the transposed algorithm of winograd_conv2d:
-- dg = G'[(A dy A') * (B' d B)]G, summed over tiles of 4x4. `scratch` is memory for its intermediate values. Made by
-- the pass `convolutions`.

local algorithms = require "generator.backends.algorithms"
local convolutions = require "generator.backends.convolutions"
local winograd = require "generator.backends.winograd"

return {
  name = "winograd_dw",
  doc = "Gradient of a 3x3 convolution by its weights, by Winograd's algorithm.",
  inputs = { "x", "dy" }, outputs = { "dw", "scratch" },
  attrs = {
    { name = "padding", doc = "zeros above and below, left and right" },
    { name = "block", doc = "channels of a block of its images" },
    { name = "threads", doc = "that there is work for" },
  },
  infer = function(n)
    local x, dy = n.inputs.x.shape, n.inputs.dy.shape
    return { dw = { shape = { dy[2], x[2], 3, 3 } },
             scratch = { shape = { winograd.sum_plan(x, dy, n.attrs.block).floats }, role = "scratch" } }
  end,
  cost = function(n) return convolutions.cost(n.inputs.dy.shape, n.outputs.dw.shape) end,
  grad = false,
  kernels = algorithms.weight_gradients(winograd),
  reference = false, -- tests/passes/test_convolutions.lua compares it with the gradient itself
  tests = {},
}
