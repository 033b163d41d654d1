-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gives a flattened tensor its axes back: the gradient of flatten. Renames memory.

local graph = require "generator.graph.graph"

return {
  name = "unflatten",
  doc = "Gives a tensor another shape with the same number of elements.",
  inputs = { "x" }, outputs = { "y" },
  attrs = { { name = "shape", doc = "the new shape" } },
  infer = function(n)
    if graph.count(n.attrs.shape) ~= graph.count(n.inputs.x.shape) then
      return nil, string.format("%s cannot become %s", graph.shape_text(n.inputs.x.shape),
        graph.shape_text(n.attrs.shape))
    end
    return { y = { shape = n.attrs.shape, view_of = n.inputs.x } }
  end,
  cost = function() return 0 end,
  grad = function(g, n, d)
    return { x = g:node("unflatten", n.path, { x = d.y }, { shape = n.inputs.x.shape }).y }
  end,
  kernels = { view = true },
  reference = "x.reshape(shape)",
  tests = { { x = { 2, 60 }, attrs = { shape = { 2, 3, 4, 5 } } } },
}
