-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of last_step: dy at that step, zeros elsewhere.

local graph = require "generator.graph.graph"
local render = require("generator.base.render").render
local sequences = require "generator.backends.sequences"

return {
  name = "last_step_dx",
  doc = "Gradient of `last_step`.",
  inputs = { "dy", "ids" }, outputs = { "dx" },
  attrs = { { name = "reverse", default = false, doc = "the first step" } },
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
    real *to = dx + (ptrdiff_t)n * ${L} * ${D};
    memset(to, 0, (size_t)${L} * ${D} * sizeof(real));
    if (steps > 0) memcpy(to + (ptrdiff_t)(${last}) * ${D}, dy + (ptrdiff_t)n * ${D}, ${D} * sizeof(real));
}
]], { N = s[1], L = s[2], D = s[3], steps = sequences.steps(n, "n"), last = n.attrs.reverse and "0" or "steps - 1",
      loop = sequences.samples(n, s[2] * s[3]) })
      end,
    },
  },
  reference = [[
at = torch.zeros_like(ids[:, 0]) if reverse else (ids[:, 0] - 1).clamp(min=0)
dx = torch.zeros(dy.shape[0], ids.shape[1] - 1, dy.shape[1], dtype=dy.dtype)
dx[torch.arange(dy.shape[0]), at] = dy * (ids[:, :1] > 0)
]],
  tests = {
    { dy = { 3, 5 }, int = { ids = { 3, 5, values = { 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0 } } } },
    { dy = { 2, 33 }, int = { ids = { 2, 10, max = 9 } }, attrs = { reverse = true } },
  },
}
