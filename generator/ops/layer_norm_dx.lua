-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradients of layer_norm: with w = gamma dy,
--
--   ds = (w - mean(w) - xhat mean(w xhat)) invstd,   dgamma = sum over rows of dy xhat,   dbeta = sum of dy;
--
-- dx is ds with the dropout's factors drawn again, the residual's gradient is ds itself: an output of its own
-- (`residual`) where the two differ. Sums over rows are made in shards of fixed size, whatever the threads.

local graph = require "generator.graph.graph"
local rows = require "generator.backends.rows"
local vector = require "generator.backends.vector"
local render = require("generator.base.render").render

local function width(n) return n.inputs.dy.shape[#n.inputs.dy.shape] end

local function plain(n)
  local d, a = width(n), n.attrs
  local at = string.format("[(ptrdiff_t)r * %d + i]", d)
  local value = a.p > 0 and "v * " .. rows.factor(a, "(int64_t)r * " .. rows.whole_chunks(d) .. " + i") or "v"
  return render([[
const int64_t count = ${count};
for (int i = 0; i < ${D}; i++) {
    double scale = 0, shift = 0;
    for (int s = 0; s < ${S}; s++) {
        real scales = 0, shifts = 0;
        for (int r = (int)(count * s / ${S}); r < (int)(count * (s + 1) / ${S}); r++) {
            scales += dy${at} * xhat${at};
            shifts += dy${at};
        }
        scale += (double)scales;
        shift += (double)shifts;
    }
    dgamma[i] = (real)scale;
    dbeta[i] = (real)shift;
}
${loop}
for (int r = 0; r < count; r++) {
    real mean = 0, dot = 0;
    for (int i = 0; i < ${D}; i++) {
        mean += dy${at} * gamma[i];
        dot += dy${at} * gamma[i] * xhat${at};
    }
    mean /= ${D};
    dot /= ${D};
    for (int i = 0; i < ${D}; i++) {
        const real v = (dy${at} * gamma[i] - mean - xhat${at} * dot) * invstd[r];
        ${residual}
        dx${at} = ${value};
    }
}
]], { D = d, S = rows.shards(n.inputs.dy), count = rows.count(n, n.inputs.dy), at = at, value = value,
      residual = a.residual and "dresidual" .. at .. " = v;" or "", loop = rows.loop(n.inputs.dy, d * 8) }),
    a.p > 0 and { rows.plain_dropout } or nil
end

local function fast(n, k)
  local d, a = width(n), n.attrs
  local shards = rows.shards(n.inputs.dy)
  local v = { count = rows.count(n, n.inputs.dy), D = d, W = d // k.block * k.block, B = k.block, S = shards,
    loop = shards > 1 and "#pragma omp parallel for schedule(static)" or "", factors = "" }
  local support = { "vector", "vector_product", "vector_rows" }
  local factor, scalar_factor = "", ""
  if a.p > 0 then
    local f = rows.dropout(a)
    f.D, f.room = d, rows.whole_chunks(d)
    v.factors = render("real factors[${room}] __attribute__((aligned(64)));\ndropout_factors(factors, "
      .. "(int64_t)r * ${room}, ${D}, seed, step, ${stream}u, ${threshold}u, (real)${scale});", f)
    factor, scalar_factor = " * load_loose(factors + i)", " * factors[i]"
    support[#support + 1] = "vector_dropout"
  end
  local both = a.residual and render("store_loose(dresidual + (ptrdiff_t)r * ${D} + i, v);\n", v) or ""
  v.store = both .. "store_loose(out + i, v" .. factor .. ");"
  local both_scalar = a.residual and render("dresidual[(ptrdiff_t)r * ${D} + i] = v;\n", v) or ""
  v.store_scalar = both_scalar .. "out[i] = v" .. scalar_factor .. ";"
  return render(vector.template "layer_norm_dx", v), vector.support(support, k.block)
end

return {
  name = "layer_norm_dx",
  doc = "Gradients of `layer_norm`.",
  inputs = { "dy", "xhat", "invstd", "gamma", "rows?" }, outputs = { "dx", "dresidual", "dgamma", "dbeta" },
  attrs = {
    { name = "p", default = 0, doc = "probability of zero of the dropout" },
    { name = "stream", default = 0, doc = "which sequence of random numbers the dropout takes" },
    { name = "residual", default = false, doc = "the residual's gradient is another than that of `x`" },
  },
  infer = function(n)
    local s = n.inputs.dy.shape
    return { dx = { shape = s }, dresidual = n.attrs.residual and { shape = s } or nil,
             dgamma = { shape = { s[#s] } }, dbeta = { shape = { s[#s] } } }
  end,
  cost = function(n) return 12 * graph.count(n.inputs.dy.shape) end,
  grad = false,
  kernels = {
    c = { scalars = { "seed", "step" }, body = plain },
    vector = {
      backend = "c", rank = 1, scalars = { "seed", "step" },
      when = function(_, target) return target.fast end,
      body = fast,
    },
  },
  inplace = { dx = { "dy", "xhat" } },
  reference = false, -- tests/ops compares it through layer_norm's own gradient
  tests = {},
}
