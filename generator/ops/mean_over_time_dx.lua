-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of mean_over_time: dy divided by the number of steps, at each of them.

local graph = require "generator.graph.graph"
local render = require("generator.base.render").render
local sequences = require "generator.backends.sequences"

return {
  name = "mean_over_time_dx",
  doc = "Gradient of `mean_over_time`.",
  inputs = { "dy", "ids" }, outputs = { "dx" }, attrs = {},
  infer = function(n)
    local s, ids = n.inputs.dy.shape, n.inputs.ids
    return { dx = { shape = { s[1], ids.shape[2] - 1, s[2] } } }
  end,
  cost = function(n) return graph.count(n.outputs.dx.shape) end,
  grad = false,
  kernels = {
    c = {
      body = function(n)
        local s = n.outputs.dx.shape
        return render([[
${loop}
for (int n = 0; n < ${N}; n++) {
    const int steps = ${steps};
    for (int t = 0; t < ${L}; t++)
        for (int d = 0; d < ${D}; d++)
            dx[((ptrdiff_t)n * ${L} + t) * ${D} + d] = t < steps ? dy[(ptrdiff_t)n * ${D} + d] / (real)steps : 0;
}
]], { N = s[1], L = s[2], D = s[3], steps = sequences.steps(n, "n"), loop = sequences.samples(n, s[2] * s[3]) })
      end,
    },
  },
  reference = [[
m = (torch.arange(ids.shape[1] - 1) < ids[:, :1])[..., None]
dx = (dy / ids[:, :1].clamp(min=1))[:, None] * m
]],
  tests = {
    { dy = { 3, 5 }, int = { ids = { 3, 5, values = { 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0 } } } },
    { dy = { 2, 33 }, int = { ids = { 2, 10, max = 9 } } },
  },
}
