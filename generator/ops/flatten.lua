-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- (N, C, H, W) to (N, C * H * W) in row-major order. Renames memory; no arithmetic.

local graph = require "generator.graph.graph"

return {
  name = "flatten",
  doc = "Joins all axes but the batch.",
  inputs = { "x" }, outputs = { "y" }, attrs = {},
  infer = function(n)
    local s = n.inputs.x.shape
    return { y = { shape = { s[1], graph.count(s) // s[1] }, view_of = n.inputs.x } }
  end,
  cost = function() return 0 end,
  grad = function(g, n, d)
    return { x = g:node("unflatten", n.path, { x = d.y }, { shape = n.inputs.x.shape }).y }
  end,
  kernels = { view = true },
  onnx = "Flatten",
  reference = "torch.flatten(x, 1)",
  tests = { { x = { 2, 3, 4, 5 } } },
  layer = {
    kind = "flatten", doc = "Joins all axes but the batch.", fields = {}, sparse = true,
    build = function(b, x)
      if #x.shape == 2 then return x end
      return b:op("flatten", { x = x }).y
    end,
  },
}
