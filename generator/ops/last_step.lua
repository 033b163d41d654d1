-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What a recurrent layer ends with: the last step of each sequence, or, `reverse`, the first, where a layer that
-- reads backwards ends. Zeros where there are no steps.

local graph = require "generator.graph.graph"
local render = require("generator.base.render").render
local sequences = require "generator.backends.sequences"

return {
  name = "last_step",
  doc = "The last step of each sequence, or the first.",
  inputs = { "x", "ids" }, outputs = { "y" },
  attrs = { { name = "reverse", default = false, doc = "the first step" } },
  infer = function(n)
    local misfit = sequences.misfit(n, "x")
    if misfit then return nil, misfit end
    return { y = { shape = { n.inputs.x.shape[1], n.inputs.x.shape[3] } } }
  end,
  cost = function(n) return graph.count(n.outputs.y.shape) end,
  grad = function(g, n, d)
    return { x = g:node("last_step_dx", n.path, { dy = d.y, ids = n.inputs.ids }, { reverse = n.attrs.reverse }).dx }
  end,
  kernels = {
    c = {
      body = function(n)
        local s = n.inputs.x.shape
        return render([[
for (int n = 0; n < ${N}; n++) {
    const int steps = ${steps};
    if (steps > 0)
        memcpy(y + (ptrdiff_t)n * ${D}, x + ((ptrdiff_t)n * ${L} + ${last}) * ${D}, ${D} * sizeof(real));
    else
        memset(y + (ptrdiff_t)n * ${D}, 0, ${D} * sizeof(real));
}
]], { N = s[1], L = s[2], D = s[3], steps = sequences.steps(n, "n"), last = n.attrs.reverse and "0" or "steps - 1" })
      end,
    },
  },
  reference = [[
at = torch.zeros_like(ids[:, 0]) if reverse else (ids[:, 0] - 1).clamp(min=0)
y = x[torch.arange(x.shape[0]), at] * (ids[:, :1] > 0)
]],
  tests = {
    { x = { 3, 4, 5 }, int = { ids = { 3, 5, values = { 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0 } } } },
    { x = { 2, 9, 33 }, int = { ids = { 2, 10, max = 9 } }, attrs = { reverse = true } },
  },
  layer = {
    kind = "last_step", doc = "The last step of each sequence.", fields = {},
    random = false, -- random models read images
    build = function(b, x) return b:op("last_step", { x = x, ids = sequences.ids(b, "last_step", x) }).y end,
  },
}
