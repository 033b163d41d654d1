-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of max_pool.

local graph = require "generator.graph.graph"
local pools = require "generator.backends.pools"

return {
  name = "max_pool_dx",
  doc = "Gradient of `max_pool`.",
  inputs = { "dy", "index" }, outputs = { "dx" },
  attrs = pools.gradient_attributes,
  infer = function(n)
    local s = n.inputs.dy.shape
    return { dx = { shape = { s[1], s[2], n.attrs.height, n.attrs.width } } }
  end,
  cost = function(n)
    return graph.count(n.inputs.dy.shape) * n.attrs.kernel_size[1] * n.attrs.kernel_size[2]
  end,
  grad = false,
  bf16 = { "dy", "dx" },
  kernels = pools.max_pool_dx,
  reference = false, -- its values are the gradients of max_pool's vectors
  tests = {},
}
