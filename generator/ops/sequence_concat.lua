-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Joins the features of two sequences, step by step.

local c = require "generator.backends.c"
local graph = require "generator.graph.graph"
local render = require("generator.base.render").render

return {
  name = "sequence_concat",
  doc = "Joins the features of two sequences.",
  inputs = { "a", "b" }, outputs = { "y" }, attrs = {},
  infer = function(n)
    local a, b = n.inputs.a.shape, n.inputs.b.shape
    if #a ~= 3 or #b ~= 3 or a[1] ~= b[1] or a[2] ~= b[2] then
      return nil, string.format("the branches differ in more than their features: %s and %s", graph.shape_text(a),
        graph.shape_text(b))
    end
    return { y = { shape = { a[1], a[2], a[3] + b[3] } } }
  end,
  cost = function() return 0 end,
  grad = function(g, n, d)
    local a, b = n.inputs.a.shape[3], n.inputs.b.shape[3]
    return {
      a = g:node("sequence_slice", n.path, { x = d.y }, { first = 0, features = a }).y,
      b = g:node("sequence_slice", n.path, { x = d.y }, { first = a, features = b }).y,
    }
  end,
  kernels = {
    c = {
      body = function(n)
        local a, b = n.inputs.a.shape, n.inputs.b.shape
        return render([[
${loop}
for (int r = 0; r < ${R}; r++) {
    memcpy(y + (ptrdiff_t)r * (${A} + ${B}), a + (ptrdiff_t)r * ${A}, ${A} * sizeof(real));
    memcpy(y + (ptrdiff_t)r * (${A} + ${B}) + ${A}, b + (ptrdiff_t)r * ${B}, ${B} * sizeof(real));
}
]], { R = a[1] * a[2], A = a[3], B = b[3], loop = c.outer_loop(a[1] * a[2], a[3] + b[3]) })
      end,
    },
  },
  reference = "torch.cat([a, b], dim=2)",
  tests = { { a = { 2, 3, 4 }, b = { 2, 3, 1 } } },
}
