-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Sum over everything but the channel (axis 1): the gradient of a bias. Sums run over the batch in
-- order, sums of a row (or of 16 rows of a matrix) in real, their total in double, so the result does
-- not depend on threads.

local c = require "generator.backends.c"
local last = require "generator.backends.channels_last"
local graph = require "generator.graph.graph"
local rows = require "generator.backends.rows"
local vector = require "generator.backends.vector"
local render = require("generator.base.render").render

return {
  name = "channel_sum",
  doc = "Sum over every axis but the channels: the gradient of a bias.",
  inputs = { "x", "rows?" }, outputs = { "sum" }, attrs = {},
  infer = function(n) return { sum = { shape = { n.inputs.x.shape[2] } } } end,
  cost = function(n) return graph.count(n.inputs.x.shape) end,
  grad = false,
  bf16 = function(n) return n.inputs.x.dtype == "bf16" and { "x" } or nil end,
  kernels = {
    vector = {
      backend = "c", rank = 1, layout = { x = "blocked" },
      when = function(n, target) return target.fast and target.blocked and #n.inputs.x.shape == 4 end,
      body = function(n, k) return vector.channel_sum(n.inputs.x.shape, k.block) end,
    },
    channels_last = {
      backend = "c", rank = 1, bf16 = "only", when = last.wanted, layout = { x = "channels_last" },
      body = function(n) return last.channel_sum(n.inputs.x.shape) end,
    },
    c = {
      body = function(n)
        local s = n.inputs.x.shape
        local inner = graph.count({ table.unpack(s, 3) })
        if #s == 2 then -- a matrix: rows in order, all channels side by side
          return render([[
double total[${C}] = {0};
for (int n = 0; n < ${N}; n += 16) {
    real ${some}[${C}] = {0};
    for (int r = n; r < n + 16 && r < ${N}; r++)
        for (int c = 0; c < ${C}; c++) ${some}[c] += x[r * ${C} + c];
    for (int c = 0; c < ${C}; c++) total[c] += (double)${some}[c];
}
for (int c = 0; c < ${C}; c++) sum[c] = (real)total[c];
]], { N = rows.count(n, n.inputs.x), C = s[2], some = n.inputs.rows and "some" or "rows" })
        end
        return render([[
${loop}
for (int c = 0; c < ${C}; c++) {
    double total = 0;
    for (int n = 0; n < ${N}; n++) {
        real row = 0;
        #pragma omp simd reduction(+ : row)
        for (int i = 0; i < ${I}; i++) row += x[(n * ${C} + c) * ${I} + i];
        total += (double)row;
    }
    sum[c] = (real)total;
}
]], { N = s[1], C = s[2], I = inner, loop = c.outer_loop(s[2], s[1] * inner) })
      end,
    },
  },
  reference = "x.sum(dim=[i for i in range(x.dim()) if i != 1])",
  tests = { { x = { 4, 3 } }, { x = { 2, 5, 3, 3 } }, { x = { 3, 20, 17, 17 } } },
}
