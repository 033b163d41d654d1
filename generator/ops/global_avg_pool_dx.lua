-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of global_avg_pool: every position of a plane gets dy / (H W).

local graph = require "generator.graph.graph"
local pools = require "generator.backends.pools"

return {
  name = "global_avg_pool_dx",
  doc = "Gradient of `global_avg_pool`.",
  inputs = { "dy" }, outputs = { "dx" },
  attrs = { { name = "height", doc = "of the input" }, { name = "width", doc = "of the input" } },
  infer = function(n)
    local s = n.inputs.dy.shape
    return { dx = { shape = { s[1], s[2], n.attrs.height, n.attrs.width } } }
  end,
  cost = function(n) return graph.count(n.inputs.dy.shape) * n.attrs.height * n.attrs.width end,
  grad = false,
  bf16 = { "dx" },
  kernels = pools.global_avg_pool_dx,
  reference = "(dy / (height * width))[:, :, None, None].expand(-1, -1, height, width)",
  tests = {
    { dy = { 2, 3 }, attrs = { height = 4, width = 5 } },
    { dy = { 2, 20 }, attrs = { height = 2, width = 3 } },
  },
}
