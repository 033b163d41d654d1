-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Element-wise sum of two tensors of one shape; the residual connection.

local c = require "generator.backends.c"
local graph = require "generator.graph.graph"

local op = {
  name = "add",
  doc = "Element-wise sum of two tensors of the same shape.",
  inputs = { "a", "b" }, outputs = { "y" }, attrs = {},
  infer = function(n)
    local a, b = n.inputs.a.shape, n.inputs.b.shape
    if graph.shape_text(a) ~= graph.shape_text(b) then
      return nil, string.format("the branches have different shapes: %s and %s", graph.shape_text(a),
        graph.shape_text(b))
    end
    return { y = { shape = a } }
  end,
  cost = function(n) return graph.count(n.inputs.a.shape) end,
  grad = function(_, _, d) return { a = d.y, b = d.y } end,
  pointwise = "${a} + ${b}",
  inplace = { y = "a" },
  reference = "a + b",
  tests = { { a = { 3, 5 }, b = { 3, 5 } }, { a = { 2, 16, 2, 2 }, b = { 2, 16, 2, 2 } } },
  layer = {
    kind = "add", children = true, fields = {},
    doc = "Sum of its branches: `add { sequential { … }, identity {} }` is a residual block.",
    build = function(b, x, layer)
      local sum
      for i, branch in ipairs(layer) do
        local y = b:child(branch, i, x)
        sum = sum and b:op("add", { a = sum, b = y }).y or y
      end
      return sum
    end,
  },
}
op.kernels = { c = c.pointwise_kernel(op) }
return op
