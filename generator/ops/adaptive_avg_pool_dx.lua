-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of adaptive_avg_pool.

local graph = require "generator.graph.graph"
local pools = require "generator.backends.pools"

return {
  name = "adaptive_avg_pool_dx",
  doc = "Gradient of `adaptive_avg_pool`.",
  inputs = { "dy" }, outputs = { "dx" },
  attrs = { { name = "height", doc = "of the input" }, { name = "width", doc = "of the input" } },
  infer = function(n)
    local s = n.inputs.dy.shape
    return { dx = { shape = { s[1], s[2], n.attrs.height, n.attrs.width } } }
  end,
  cost = function(n)
    return math.max(graph.count(n.inputs.dy.shape), graph.count(n.outputs.dx.shape))
  end,
  grad = false,
  kernels = pools.adaptive_avg_pool_dx,
  reference = false, -- its values are the gradients of adaptive_avg_pool's vectors
  tests = {},
}
