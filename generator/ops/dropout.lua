-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Dropout (Srivastava et al. 2014), inverted: kept values are scaled by 1 / (1 - p). The mask is a
-- function of (seed, step, layer, element) through Philox 4x32-10, so it needs no memory: the
-- gradient is the same op applied to dy.

local c = require "generator.backends.c"
local graph = require "generator.graph.graph"
local vector = require "generator.backends.vector"
local rows = require "generator.backends.rows"
local render = require("generator.base.render").render

return {
  name = "dropout",
  doc = "Sets elements to zero with probability `p` and scales the others by `1 / (1 - p)`.",
  inputs = { "x", "rows?" }, outputs = { "y" },
  attrs = {
    { name = "p", doc = "probability of zero" },
    { name = "stream", doc = "which sequence of random numbers; one per layer" },
  },
  infer = function(n) return { y = { shape = n.inputs.x.shape } } end,
  cost = function(n) return graph.count(n.inputs.x.shape) end,
  grad = function(g, n, d)
    return { x = g:node("dropout", n.path, { x = d.y, rows = n.inputs.rows }, n.attrs).y }
  end,
  bf16 = "follow",
  kernels = {
    c = {
      bf16 = true,
      scalars = { "seed", "step" },
      body = function(n, k)
        local count = graph.count(n.inputs.x.shape)
        local packed = n.inputs.rows and rows.count(n, n.inputs.x) .. " * " .. n.inputs.x.shape[2]
        local value = render("factor > 0 ? ${x} * factor : 0", { x = k.read(n.inputs.x, "x[i]") })
        return render([[
const int count = ${all};
${loop}
for (int i = 0; i < count; i++) {
    const real factor = ${factor};
    ${statement}
}
]], { all = packed or count, factor = rows.factor(n.attrs, "i"), statement = k.write(n.outputs.y, "y[i]", value),
        loop = c.outer_loop(count, 60) }), { rows.plain_dropout }
      end,
    },
    vector = {
      backend = "c", rank = 1, scalars = { "seed", "step" },
      when = function(n, target)
        return target.fast and graph.count(n.inputs.x.shape) >= 64
      end,
      body = function(n, k)
        local count = graph.count(n.inputs.x.shape)
        local packed = n.inputs.rows and rows.count(n, n.inputs.x) .. " * " .. n.inputs.x.shape[2]
        local random = rows.dropout(n.attrs)
        return render([[
const int count = ${all};
${loop}
for (int block = 0; block < (count + 511) / 512; block++) {
    const int first = 512 * block, size = count - first < 512 ? count - first : 512;
    real factors[512] __attribute__((aligned(64)));
    dropout_factors(factors, first, size, seed, step, ${stream}u, ${threshold}u, (real)${scale});
    #pragma omp simd
    for (int i = 0; i < size; i++) y[first + i] = factors[i] > 0 ? x[first + i] * factors[i] : 0;
}
]], { all = packed or count, stream = n.attrs.stream, scale = random.scale,
        threshold = random.threshold, loop = c.outer_loop((count + 511) // 512, 4096) }),
          vector.support({ "vector_dropout" }, k.block)
      end,
    },
  },
  inplace = { y = "x" },
  random = true,
  reference = false, -- random; tests/ops checks mean, mask reuse and determinism
  tests = {},
  layer = {
    kind = "dropout", doc = "Dropout in training, nothing in evaluation.",
    fields = { { name = "p", type = "number", min = 0, below = 1, default = 0.5, doc = "probability of zero" } },
    random = function(pick) return { p = pick:of { 0.1, 0.5 } } end,
    build = function(b, x, layer)
      if not b.training or layer.p == 0 then return x end
      return b:op("dropout", { x = x }, { p = layer.p, stream = b:stream() }).y
    end,
  },
}
