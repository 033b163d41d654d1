-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Weights (OC, IC, 3, 3) of a convolution as Winograd's F(4x4, 3x3) multiplies them, u = G g G', in the order its
-- kernels read (generator/backends/winograd.lua). `turned`: those of the convolution that is the
-- gradient by the input, from OC to IC channels with the window turned around. Made by the pass `convolutions`.

local graph = require "generator.graph.graph"
local winograd = require "generator.backends.winograd"

return {
  name = "winograd_weights",
  doc = "Weights of a 3x3 convolution, transformed for Winograd's algorithm.",
  inputs = { "w" }, outputs = { "u" },
  attrs = { { name = "block", doc = "channels of a block of its images" },
    { name = "turned", default = false, doc = "for the gradient by the input" } },
  infer = function(n)
    local w, pair, turned = n.inputs.w.shape, 2 * n.attrs.block, n.attrs.turned
    if #w ~= 4 or w[3] ~= 3 or w[4] ~= 3 or w[1] % pair ~= 0 or w[2] % pair ~= 0 then
      return nil, string.format("expects (OC, IC, 3, 3) of whole pairs of blocks, found %s", graph.shape_text(w))
    end
    local inputs, outputs = turned and w[1] or w[2], turned and w[2] or w[1]
    return { u = { shape = winograd.weights_shape(inputs, outputs, n.attrs.block) } }
  end,
  cost = function() return 0 end,
  grad = false,
  kernels = {
    c = { body = function(n) return winograd.plain_weights(n.inputs.w.shape, n.attrs.block, n.attrs.turned) end },
    vector = {
      backend = "c", rank = 1,
      when = function(n, target) return target.fast and n.attrs.block == target.block end,
      body = function(n) return winograd.weights(n.inputs.w.shape, n.attrs.block, n.attrs.turned) end,
    },
  },
  reference = false, -- tests/passes/test_convolutions.lua compares what it is for with the convolution itself
  tests = {},
}
