-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Rectified linear unit bounded at 6, y = min(max(x, 0), 6) (Krizhevsky 2010), as torch.nn.ReLU6. A NaN
-- stays a NaN.

local c = require "generator.backends.c"

local op = {
  name = "relu6",
  doc = "Rectified linear unit bounded at 6: `min(max(x, 0), 6)`.",
  inputs = { "x" }, outputs = { "y" },
  attrs = { { name = "ceiling", default = 6, doc = "the bound" } },
  infer = function(n) return { y = { shape = n.inputs.x.shape } } end,
  cost = function(n) return 2 * require("generator.graph.graph").count(n.inputs.x.shape) end,
  grad = function(g, n, d)
    return { x = g:node("relu6_dx", n.path, { dy = d.y, y = n.outputs.y }, n.attrs).dx }
  end,
  pointwise = "${x} <= 0 ? 0 : ${x} >= ${ceiling} ? ${ceiling} : ${x}",
  inplace = { y = "x" },
  reference = "F.hardtanh(x, 0, ceiling)",
  tests = { { x = { 3, 5 } }, { x = { 2, 16, 3, 3 }, attrs = { ceiling = 1 } } },
  layer = {
    kind = "relu6", doc = "Rectified linear unit bounded at 6, as torch.nn.ReLU6.", fields = {},
    build = function(b, x) return b:op("relu6", { x = x }).y end,
  },
}
op.kernels = { c = c.pointwise_kernel(op) }
return op
