-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- One row for each sample out of its packed rows (generator/backends/rows.lua): the first, or their mean.

local graph = require "generator.graph.graph"
local rows = require "generator.backends.rows"
local render = require("generator.base.render").render

return {
  name = "pool_rows",
  doc = "The first of each sample's packed rows, or their mean.",
  inputs = { "x", "rows" }, outputs = { "y" },
  attrs = { { name = "mode", doc = '`"first"` or `"mean"`' } },
  infer = function(n)
    return { y = { shape = { rows.batch(n), n.inputs.x.shape[2] } } }
  end,
  cost = function(n) return graph.count(n.inputs.x.shape) end,
  grad = function(g, n, d)
    return { x = g:node("pool_rows_dx", n.path, { dy = d.y, rows = n.inputs.rows },
      { mode = n.attrs.mode, rows = n.inputs.x.shape[1] }).dx }
  end,
  kernels = {
    c = {
      body = function(n)
        return render([[
for (int n = 0; n < ${N}; n++) {
    const int count = ${count};
    real *out = y + n * ${D};
    const real *in = x + (ptrdiff_t)rows[n] * ${D};
    for (int i = 0; i < ${D}; i++) out[i] = in[i];
    for (int t = 1; t < count; t++)
        for (int i = 0; i < ${D}; i++) out[i] += in[(ptrdiff_t)t * ${D} + i];
    for (int i = 0; i < ${D}; i++) out[i] /= (real)count;
}
]], { N = rows.batch(n), D = n.inputs.x.shape[2], count = n.attrs.mode == "mean" and "rows[n + 1] - rows[n]" or "1" })
      end,
    },
  },
  reference = [=[
y = torch.stack([x[rows[n]] if mode == "first" else x[rows[n]:rows[n + 1]].mean(0) for n in range(len(rows) - 1)])
]=],
  tests = {
    { x = { 7, 5 }, int = { rows = { 4, values = { 0, 2, 3, 7 } } }, attrs = { mode = "first" } },
    { x = { 7, 5 }, int = { rows = { 4, values = { 0, 2, 3, 7 } } }, attrs = { mode = "mean" } },
  },
}
