-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of a strided convolution by its input, with weights from direct_weights for that window, in vectors on
-- blocked images (generator/backends/direct.lua). `scratch` is memory for pieces of dy with zeros around them, nobody
-- reads it. Made by the pass `convolutions`; of a convolution of stride 1 the gradient is a direct_conv2d.

local convolutions = require "generator.backends.convolutions"
local direct = require "generator.backends.direct"
local graph = require "generator.graph.graph"

return {
  name = "direct_dx",
  doc = "Gradient of a strided convolution by its input, by its definition in vectors.",
  inputs = { "dy", "u" }, outputs = { "dx", "scratch" },
  attrs = {
    { name = "channels", doc = "of the result" },
    { name = "height", doc = "of the result" },
    { name = "width", doc = "of the result" },
    { name = "kernel_size", doc = "height and width of the window" },
    { name = "stride", default = { 1, 1 }, doc = "rows and columns between windows" },
    { name = "padding", default = { 0, 0 }, doc = "zeros above and below, left and right" },
    { name = "dilation", default = { 1, 1 }, doc = "distance between the taps of a window" },
    { name = "threads", doc = "that have a part of the scratch of their own" },
  },
  infer = function(n)
    local dy, u, a = n.inputs.dy.shape, n.inputs.u.shape, n.attrs
    local block, why = direct.block_of(u, { name = "gradient", shape = dy }, a, graph.shape_text)
    if not block then return nil, why end
    local dx = { dy[1], a.channels, a.height, a.width }
    return { dx = { shape = dx }, scratch = { shape = { direct.spread_scratch(dy, dx, a, block) }, role = "scratch" } }
  end,
  cost = function(n)
    local size = n.attrs.kernel_size
    return convolutions.cost(n.inputs.dy.shape, { 0, n.attrs.channels, size[1], size[2] })
  end,
  grad = false,
  kernels = {
    c = {
      layout = { dy = "either", dx = "plain" },
      body = function(n, k) return direct.plain_input_gradients(n, k.lanes(n.inputs.dy)) end,
    },
    vector = {
      backend = "c", rank = 1, layout = { dy = "blocked", dx = "blocked" },
      when = function(n, target) return target.fast and n.inputs.u.shape[3] == 2 * target.block end,
      body = function(n, k) return direct.input_gradients(n.inputs.dy.shape, n.outputs.dx.shape, n.attrs, k.block) end,
    },
  },
  reference = false, -- tests/passes/test_convolutions.lua compares it with the gradient itself
  tests = {},
}
