-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Weights (OC, IC, KH, KW) of a convolution in the order in which the direct kernels read them
-- (generator/backends/direct.lua). `turned`: those of the convolution that is the gradient by the input, from OC to IC
-- channels with the window turned around. Made by the pass `convolutions`.

local direct = require "generator.backends.direct"
local graph = require "generator.graph.graph"

return {
  name = "direct_weights",
  doc = "Weights of a convolution in the order of the direct kernels.",
  inputs = { "w" }, outputs = { "u" },
  attrs = { { name = "block", doc = "channels of a block of its images" },
    { name = "turned", default = false, doc = "for the gradient by the input" },
    { name = "stride", optional = true, doc = "of the strided convolution whose gradient by the input they are for" },
    { name = "padding", optional = true, doc = "of that convolution" },
    { name = "dilation", optional = true, doc = "of that convolution" } },
  infer = function(n)
    local w, block, turned = n.inputs.w.shape, n.attrs.block, n.attrs.turned
    if #w ~= 4 or w[1] % block ~= 0 or w[2] % block ~= 0 and (turned or not direct.plain { 0, w[2] }) then
      return nil, string.format("expects (OC, IC, KH, KW) of whole blocks, found %s", graph.shape_text(w))
    end
    local inputs, outputs = turned and w[1] or w[2], turned and w[2] or w[1]
    return { u = { shape = direct.weights_shape(inputs, outputs, { w[3], w[4] }, block) } }
  end,
  cost = function() return 0 end,
  grad = false,
  kernels = {
    c = { body = function(n)
      local w, a = n.inputs.w.shape, n.attrs
      local window = { kernel_size = { w[3], w[4] }, stride = a.stride, padding = a.padding, dilation = a.dilation }
      return direct.weights(w, a.block, a.turned, a.stride and window)
    end },
  },
  reference = false, -- tests/passes/test_convolutions.lua compares what it is for with the convolution itself
  tests = {},
}
