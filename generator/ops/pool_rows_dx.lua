-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of pool_rows: the sample's gradient to its first row, or its share to all of them.

local rows = require "generator.backends.rows"
local render = require("generator.base.render").render

return {
  name = "pool_rows_dx",
  doc = "Gradient of `pool_rows`.",
  inputs = { "dy", "rows" }, outputs = { "dx" },
  attrs = { { name = "mode", doc = '`"first"` or `"mean"`' }, { name = "rows", doc = "rows of the matrix, at most" } },
  infer = function(n) return { dx = { shape = { n.attrs.rows, n.inputs.dy.shape[2] } } } end,
  cost = function(n) return n.attrs.rows * n.inputs.dy.shape[2] end,
  grad = false,
  kernels = {
    c = {
      body = function(n)
        return render([[
${loop}
for (int n = 0; n < ${N}; n++) {
    const int count = rows[n + 1] - rows[n];
    const real *in = dy + n * ${D};
    real *out = dx + (ptrdiff_t)rows[n] * ${D};
    for (int t = 0; t < count; t++)
        for (int i = 0; i < ${D}; i++) out[(ptrdiff_t)t * ${D} + i] = ${value};
}
]], { N = rows.batch(n), D = n.inputs.dy.shape[2],
      value = n.attrs.mode == "mean" and "in[i] / (real)count" or "t == 0 ? in[i] : 0",
      loop = rows.loop(n.outputs.dx, 1) })
      end,
    },
  },
  reference = [=[
at = torch.repeat_interleave(torch.arange(len(rows) - 1), rows[1:] - rows[:-1])
share = 1 / (rows[1:] - rows[:-1]).to(dy.dtype)
first = (torch.arange(a.rows) == rows[at]).to(dy.dtype)
dx = dy[at] * (share[at] if mode == "mean" else first)[:, None]
]=],
  tests = {
    { dy = { 3, 5 }, int = { rows = { 4, values = { 0, 2, 3, 7 } } }, attrs = { mode = "first", rows = 7 } },
    { dy = { 3, 5 }, int = { rows = { 4, values = { 0, 2, 3, 7 } } }, attrs = { mode = "mean", rows = 7 } },
  },
}
