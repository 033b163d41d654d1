-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The largest value of each feature over the steps of a sequence (Kim 2014), with the (first) step where it
-- stands kept for the gradient. A sequence without steps gives zeros, and -1 for the step.

local graph = require "generator.graph.graph"
local render = require("generator.base.render").render
local sequences = require "generator.backends.sequences"

return {
  name = "max_over_time",
  doc = "The largest value of each feature over the steps of a sequence.",
  inputs = { "x", "ids" }, outputs = { "y", "index" }, attrs = {},
  infer = function(n)
    local misfit = sequences.misfit(n, "x")
    if misfit then return nil, misfit end
    local shape = { n.inputs.x.shape[1], n.inputs.x.shape[3] }
    return { y = { shape = shape }, index = { shape = shape, dtype = "i32" } }
  end,
  cost = function(n) return graph.count(n.inputs.x.shape) end,
  grad = function(g, n, d)
    return { x = g:node("max_over_time_dx", n.path, { dy = d.y, index = n.outputs.index },
      { length = n.inputs.x.shape[2] }).dx }
  end,
  kernels = {
    c = {
      body = function(n)
        local s = n.inputs.x.shape
        return render([[
${loop}
for (int n = 0; n < ${N}; n++) {
    real *restrict best = y + (ptrdiff_t)n * ${D};
    int32_t *restrict at = index + (ptrdiff_t)n * ${D};
    for (int d = 0; d < ${D}; d++) {
        best[d] = 0;
        at[d] = -1;
    }
    for (int t = 0; t < ${steps}; t++) {
        const real *row = x + ((ptrdiff_t)n * ${L} + t) * ${D};
        #pragma omp simd
        for (int d = 0; d < ${D}; d++) {
            const int more = (t == 0) | (row[d] > best[d]) | (row[d] != row[d]);
            best[d] = more ? row[d] : best[d];
            at[d] = more ? t : at[d];
        }
    }
}
]], { N = s[1], L = s[2], D = s[3], steps = sequences.steps(n, "n"), loop = sequences.samples(n, s[2] * s[3]) })
      end,
    },
  },
  reference = [[
m = (torch.arange(x.shape[1]) < ids[:, :1])[..., None]
y = torch.where(ids[:, :1] > 0, torch.where(m, x, -math.inf).amax(1), 0.0 * x[:, 0])
]],
  tests = {
    { x = { 3, 4, 5 }, outputs = { "y" },
      int = { ids = { 3, 5, values = { 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0 } } } },
    { x = { 2, 9, 33 }, outputs = { "y" }, int = { ids = { 2, 10, max = 9 } } },
  },
  layer = {
    kind = "max_over_time", doc = "The largest value of each feature over the steps of a sequence.", fields = {},
    random = false, -- random models read images
    build = function(b, x)
      return b:op("max_over_time", { x = x, ids = sequences.ids(b, "max_over_time", x) }).y
    end,
  },
}
