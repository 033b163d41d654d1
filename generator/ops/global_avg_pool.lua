-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Mean over height and width: (N, C, H, W) to (N, C).

local graph = require "generator.graph.graph"
local pools = require "generator.backends.pools"

return {
  name = "global_avg_pool",
  doc = "Mean over height and width.",
  inputs = { "x" }, outputs = { "y" }, attrs = {},
  infer = function(n)
    local s = n.inputs.x.shape
    if #s ~= 4 then return nil, "expects images (N, C, H, W), found " .. graph.shape_text(s) end
    return { y = { shape = { s[1], s[2] } } }
  end,
  cost = function(n) return graph.count(n.inputs.x.shape) end,
  grad = function(g, n, d)
    local s = n.inputs.x.shape
    return { x = g:node("global_avg_pool_dx", n.path, { dy = d.y }, { height = s[3], width = s[4] }).dx }
  end,
  bf16 = { "x" },
  kernels = pools.global_avg_pool,
  onnx = "GlobalAveragePool",
  reference = "x.mean(dim=(2, 3))",
  tests = { { x = { 2, 3, 4, 5 } }, { x = { 2, 16, 3, 3 } }, { x = { 1, 20, 2, 2 } } },
  layer = {
    kind = "global_avg_pool", doc = "Mean over height and width.", fields = {},
    build = function(b, x) return b:op("global_avg_pool", { x = x }).y end,
  },
}
