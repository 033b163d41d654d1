-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The same values as another type of number; to bf16 rounded to nearest, ties to even. An image that
-- becomes bf16 is laid channels-last on the way, where the target's kernels want that. Put there by
-- the precision and kernels passes only.

local graph = require "generator.graph.graph"
local orders = require "generator.backends.orders"

return {
  name = "cast",
  doc = "Changes the type of numbers; to bf16 by rounding to nearest, ties to even.",
  inputs = { "x" }, outputs = { "y" },
  attrs = {
    { name = "to", doc = "`f32` or `bf16`" },
    { name = "weights", default = false, doc = "whether these are weights, whose memory order stays" },
  },
  infer = function(n) return { y = { shape = n.inputs.x.shape, dtype = n.attrs.to } } end,
  cost = function(n) return graph.count(n.inputs.x.shape) end,
  grad = false,
  kernels = {
    c = {
      bf16 = true,
      layout = function(n, target)
        local image = #n.inputs.x.shape == 4 and not n.attrs.weights
        if image and n.attrs.to == "bf16" and target.blocked then return { x = "either", y = "channels_last" } end
        return "same"
      end,
      body = function(n, k) return orders.copy(n.inputs.x, n.outputs.y, k) end,
    },
  },
  reference = false, -- tests/passes/test_precision.lua compares every bit
  tests = {},
}
