-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Fully connected layer on sparse vectors: rows of integers with a count, then an index and the bits of a float for
-- each number that is not 0 (docs/architecture.md, "Resolved pipeline"). Only the rows of w that occur are read.
-- Weights as in linear.lua. Sums go by ascending index, whatever the number of threads.
--
-- With `touched` the gradient of w is that of the rows that occur in the batch, and the optimizer changes those only
-- (sparse_linear_rows.lua, row_update.lua); else it is whole (sparse_linear_dw.lua).

local c = require "generator.backends.c"
local graph = require "generator.graph.graph"
local render = require("generator.base.render").render

return {
  name = "sparse_linear",
  doc = "Fully connected layer on sparse rows: `x w + b`, reading the rows of w that occur.",
  inputs = { "x", "w", "b?" }, outputs = { "y" },
  attrs = { { name = "touched", default = false, doc = "the gradient of w is of the rows that occur" },
            { name = "entries", default = 1, doc = "numbers of a usual row that are not 0" } },
  infer = function(n)
    local x, w = n.inputs.x, n.inputs.w.shape
    if #x.shape ~= 2 or x.dtype ~= "i32" or x.shape[2] % 2 ~= 1 then
      return nil, "expects rows of indices and values, found " .. graph.shape_text(x.shape)
    end
    return { y = { shape = { x.shape[1], w[2] } } }
  end,
  cost = function(n) return 2 * n.inputs.x.shape[1] * n.attrs.entries * n.inputs.w.shape[2] end,
  grad = function(g, n, d)
    local dw
    local how = { rows = n.inputs.w.shape[1], entries = n.attrs.entries }
    if d.needs.w and n.attrs.touched then
      local made = g:node("sparse_linear_rows", n.path, { x = n.inputs.x, dy = d.y }, how)
      dw = made.values
      dw.of_rows = made.rows
    elseif d.needs.w then
      dw = g:node("sparse_linear_dw", n.path, { x = n.inputs.x, dy = d.y }, how).dw
    end
    return { w = dw, b = n.inputs.b and d.needs.b and g:node("channel_sum", n.path, { x = d.y }).sum }
  end,
  kernels = {
    c = {
      body = function(n)
        local x, w = n.inputs.x.shape, n.inputs.w.shape
        return render([[
${loop}
for (int n = 0; n < ${N}; n++) {
    const int32_t *row = x + (size_t)n * ${W};
    real *to = y + (size_t)n * ${H};
    for (int j = 0; j < ${H}; j++) to[j] = ${b};
    for (int i = 0; i < row[0]; i++) {
        float value;
        memcpy(&value, row + 2 + 2 * i, sizeof value);
        const real v = value;
        const real *from = w + (size_t)row[1 + 2 * i] * ${H};
        #pragma omp simd
        for (int j = 0; j < ${H}; j++) to[j] += v * from[j];
    }
}
]], { N = x[1], W = x[2], H = w[2], b = n.inputs.b and "b[j]" or "0",
          loop = c.outer_loop(x[1], n.attrs.entries * w[2]) })
      end,
    },
  },
  reference = [=[
dense = torch.zeros(x.shape[0], w.shape[0], dtype=torch.float64)
for n in range(x.shape[0]):
    for i in range(int(x[n, 0])):
        value = x[n, 2 + 2 * i].to(torch.int32).view(torch.float32)
        dense[n, x[n, 1 + 2 * i]] = float(value)
y = F.linear(dense, w.T, b)]=],
  tests = {
    { int = { x = { 4, 7, rows = 6 } }, w = { 6, 5 }, b = { 5 } },
    { int = { x = { 9, 25, rows = 40 } }, w = { 40, 33 } },
  },
}
