-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The mean of each feature over the steps of a sequence, in their order; zeros where there are none.

local graph = require "generator.graph.graph"
local render = require("generator.base.render").render
local sequences = require "generator.backends.sequences"

return {
  name = "mean_over_time",
  doc = "The mean of each feature over the steps of a sequence.",
  inputs = { "x", "ids" }, outputs = { "y" }, attrs = {},
  infer = function(n)
    local misfit = sequences.misfit(n, "x")
    if misfit then return nil, misfit end
    return { y = { shape = { n.inputs.x.shape[1], n.inputs.x.shape[3] } } }
  end,
  cost = function(n) return graph.count(n.inputs.x.shape) end,
  grad = function(g, n, d)
    return { x = g:node("mean_over_time_dx", n.path, { dy = d.y, ids = n.inputs.ids }).dx }
  end,
  kernels = {
    c = {
      body = function(n)
        local s = n.inputs.x.shape
        return render([[
${loop}
for (int n = 0; n < ${N}; n++) {
    const int steps = ${steps};
    real *restrict sum = y + (ptrdiff_t)n * ${D};
    for (int d = 0; d < ${D}; d++) sum[d] = 0;
    for (int t = 0; t < steps; t++) {
        const real *row = x + ((ptrdiff_t)n * ${L} + t) * ${D};
        #pragma omp simd
        for (int d = 0; d < ${D}; d++) sum[d] += row[d];
    }
    for (int d = 0; d < ${D}; d++) sum[d] /= (real)(steps > 0 ? steps : 1);
}
]], { N = s[1], L = s[2], D = s[3], steps = sequences.steps(n, "n"), loop = sequences.samples(n, s[2] * s[3]) })
      end,
    },
  },
  reference = [[
m = (torch.arange(x.shape[1]) < ids[:, :1])[..., None]
y = (x * m).sum(1) / ids[:, :1].clamp(min=1)
]],
  tests = {
    { x = { 3, 4, 5 }, int = { ids = { 3, 5, values = { 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0 } } } },
    { x = { 2, 9, 33 }, int = { ids = { 2, 10, max = 9 } } },
  },
  layer = {
    kind = "mean_over_time", doc = "The mean of each feature over the steps of a sequence.", fields = {},
    random = false, -- random models read images
    build = function(b, x)
      return b:op("mean_over_time", { x = x, ids = sequences.ids(b, "mean_over_time", x) }).y
    end,
  },
}
