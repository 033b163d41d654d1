-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradients of embedding's tables. The rows of a token are added in the order of the batch, those of a place in
-- the order of the samples; shards of the vocabulary go to threads, so that no two write one row. Rows of ids
-- that do not occur are set to zero and not touched again.

local graph = require "generator.graph.graph"
local render = require("generator.base.render").render

local shards = 16

return {
  name = "embedding_dw",
  doc = "Gradients of the tables of `embedding`.",
  inputs = { "x", "rows", "dy" }, outputs = { "dword", "dposition", "dsegment" },
  attrs = {
    { name = "words", optional = true, doc = "rows of the table of ids, if its gradient is wanted" },
    { name = "positions", optional = true, doc = "rows of the table of places, likewise" },
    { name = "segments", optional = true, doc = "rows of the table of segments, likewise" },
  },
  infer = function(n)
    local a, d = n.attrs, n.inputs.dy.shape[2]
    return { dword = a.words and { shape = { a.words, d } } or nil,
             dposition = a.positions and { shape = { a.positions, d } } or nil,
             dsegment = a.segments and { shape = { a.segments, d } } or nil }
  end,
  cost = function(n) return 3 * graph.count(n.inputs.dy.shape) end,
  grad = false,
  kernels = {
    c = {
      body = function(n)
        local a, s = n.attrs, n.inputs.x.shape
        local v = { N = s[1], L = s[2], D = n.inputs.dy.shape[2], V = a.words, P = a.positions, G = a.segments,
          S = shards, places = s[2] - 1 }
        local parts = {}
        if a.words then
          parts[#parts + 1] = render([[
#pragma omp parallel for schedule(static)
for (int s = 0; s < ${S}; s++) {
    const int first = (int)((int64_t)${V} * s / ${S}), last = (int)((int64_t)${V} * (s + 1) / ${S});
    memset(dword + (ptrdiff_t)first * ${D}, 0, (size_t)(last - first) * ${D} * sizeof(real));
    for (int n = 0; n < ${N}; n++)
        for (int t = 0; t < rows[n + 1] - rows[n]; t++) {
            const int id = x[n * ${L} + 1 + t];
            if (id < first || id >= last) continue;
            const real *in = dy + (ptrdiff_t)(rows[n] + t) * ${D};
            real *out = dword + (ptrdiff_t)id * ${D};
            for (int i = 0; i < ${D}; i++) out[i] += in[i];
        }
}
]], v)
        end
        if a.positions then
          parts[#parts + 1] = render([[
#pragma omp parallel for schedule(static)
for (int t = 0; t < ${P}; t++) {
    real *out = dposition + (ptrdiff_t)t * ${D};
    for (int i = 0; i < ${D}; i++) out[i] = 0;
    for (int n = 0; n < ${N} && t < ${places}; n++) {
        if (t >= rows[n + 1] - rows[n]) continue;
        const real *in = dy + (ptrdiff_t)(rows[n] + t) * ${D};
        for (int i = 0; i < ${D}; i++) out[i] += in[i];
    }
}
]], v)
        end
        if a.segments then
          parts[#parts + 1] = render([[
memset(dsegment, 0, ${G} * ${D} * sizeof(real));
double sums[${D}] = {0};
for (int r = 0; r < rows[${N}]; r++)
    for (int i = 0; i < ${D}; i++) sums[i] += (double)dy[(ptrdiff_t)r * ${D} + i];
for (int i = 0; i < ${D}; i++) dsegment[i] = (real)sums[i];
]], v)
        end
        return table.concat(parts)
      end,
    },
  },
  reference = false, -- tests/ops compares it through embedding's own gradient
  tests = {},
}
