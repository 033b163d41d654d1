-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of sparse_linear with respect to all of its weights, (in, out). The rows of dw are dealt out in shards of
-- fixed number, each made by one thread over the batch in order: the same bits with any number of threads.

local graph = require "generator.graph.graph"
local render = require("generator.base.render").render

return {
  name = "sparse_linear_dw",
  doc = "Gradient of `sparse_linear` with respect to all of its weights.",
  inputs = { "x", "dy" }, outputs = { "dw" },
  attrs = { { name = "rows", doc = "rows of the weights" },
            { name = "entries", default = 1, doc = "numbers of a usual row that are not 0" } },
  infer = function(n)
    if #n.inputs.dy.shape ~= 2 then return nil, "expects (batch, outputs), found "
      .. graph.shape_text(n.inputs.dy.shape) end
    return { dw = { shape = { n.attrs.rows, n.inputs.dy.shape[2] } } }
  end,
  cost = function(n) return 2 * n.inputs.x.shape[1] * n.attrs.entries * n.inputs.dy.shape[2] end,
  grad = false,
  kernels = {
    c = {
      body = function(n)
        local x, rows = n.inputs.x.shape, n.attrs.rows
        local shards = math.min(16, rows)
        return render([[
#pragma omp parallel for schedule(static)
for (int shard = 0; shard < ${S}; shard++) {
    const int low = (int)((int64_t)${V} * shard / ${S}), high = (int)((int64_t)${V} * (shard + 1) / ${S});
    memset(dw + (size_t)low * ${H}, 0, (size_t)(high - low) * ${H} * sizeof *dw);
    for (int n = 0; n < ${N}; n++) {
        const int32_t *row = x + (size_t)n * ${W};
        const real *from = dy + (size_t)n * ${H};
        for (int i = 0; i < row[0]; i++) {
            const int32_t index = row[1 + 2 * i];
            if (index < low || index >= high) continue;
            float value;
            memcpy(&value, row + 2 + 2 * i, sizeof value);
            const real v = value;
            real *to = dw + (size_t)index * ${H};
            #pragma omp simd
            for (int j = 0; j < ${H}; j++) to[j] += v * from[j];
        }
    }
}
]], { S = shards, V = rows, H = n.inputs.dy.shape[2], N = x[1], W = x[2] })
      end,
    },
  },
  reference = [=[
dw = torch.zeros(a.rows, dy.shape[1], dtype=torch.float64)
for n in range(x.shape[0]):
    for i in range(int(x[n, 0])):
        value = x[n, 2 + 2 * i].to(torch.int32).view(torch.float32)
        dw[x[n, 1 + 2 * i]] += float(value) * dy[n]
]=],
  tests = {
    { int = { x = { 4, 7, rows = 6 } }, dy = { 4, 5 }, attrs = { rows = 6 } },
    { int = { x = { 9, 25, rows = 40 } }, dy = { 9, 33 }, attrs = { rows = 40 } },
  },
}
