-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of sequence_embedding with respect to its table: for each row the sum of dy over the steps that named
-- it, in the order of samples and steps. Threads share out the columns, so that no two add to one number.

local c = require "generator.backends.c"
local graph = require "generator.graph.graph"
local render = require("generator.base.render").render
local sequences = require "generator.backends.sequences"

-- Columns of a thread's part: at least a cache line.
local function part(d) return math.max(16, (d + 3) // 4) end

return {
  name = "sequence_embedding_dw",
  doc = "Gradient of `sequence_embedding` with respect to its table.",
  inputs = { "ids", "dy" }, outputs = { "dw" },
  attrs = { { name = "count", doc = "rows of the table" } },
  infer = function(n)
    local misfit = sequences.misfit(n, "dy")
    if misfit then return nil, misfit end
    return { dw = { shape = { n.attrs.count, n.inputs.dy.shape[3] } } }
  end,
  cost = function(n) return graph.count(n.inputs.dy.shape) end,
  grad = false,
  kernels = {
    c = {
      body = function(n)
        local s = n.inputs.dy.shape
        local columns = part(s[3])
        return render([[
${loop}
for (int first = 0; first < ${D}; first += ${columns}) {
    const int count = ${D} - first < ${columns} ? ${D} - first : ${columns};
    for (int i = 0; i < ${V}; i++) memset(dw + (ptrdiff_t)i * ${D} + first, 0, (size_t)count * sizeof(real));
    for (int n = 0; n < ${N}; n++) {
        const int32_t *row = ids + (ptrdiff_t)n * (${L} + 1);
        for (int t = 0; t < row[0]; t++) {
            real *restrict to = dw + (ptrdiff_t)row[1 + t] * ${D} + first;
            const real *from = dy + ((ptrdiff_t)n * ${L} + t) * ${D} + first;
            #pragma omp simd
            for (int i = 0; i < count; i++) to[i] += from[i];
        }
    }
}
]], { N = s[1], L = s[2], D = s[3], V = n.attrs.count, columns = columns,
        loop = c.outer_loop((s[3] + columns - 1) // columns, (s[1] * s[2] + n.attrs.count) * columns) })
      end,
    },
  },
  reference = [[
m = (torch.arange(dy.shape[1]) < ids[:, :1])[..., None]
dw = torch.zeros(count, dy.shape[2], dtype=dy.dtype).index_add(0, ids[:, 1:].flatten(), (dy * m).flatten(0, 1))
]],
  tests = {
    { dy = { 3, 4, 5 }, attrs = { count = 7 },
      int = { ids = { 3, 5, values = { 4, 1, 6, 1, 0, 2, 1, 3, 0, 0, 0, 0, 0, 0, 0 } } } },
    { dy = { 2, 3, 70 }, attrs = { count = 4 }, int = { ids = { 2, 4, max = 3 } } },
  },
}
