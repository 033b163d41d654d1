-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Layer normalisation (Ba, Kiros and Hinton 2016) over the last axis: with s = dropout(x) + residual,
--
--   y = gamma xhat + beta,   xhat = (s - mean(s)) / sqrt(var(s) + eps),   var divided by the features.
--
-- The dropout and the residual of a transformer's sublayer are part of it, so that the sum is never written
-- on its own. `keep`: xhat and 1 / sqrt(var + eps) stay for the gradient. With the port `rows` only the packed
-- rows are computed (generator/backends/rows.lua).

local graph = require "generator.graph.graph"
local rows = require "generator.backends.rows"
local vector = require "generator.backends.vector"
local render = require("generator.base.render").render

local function width(n) return n.inputs.x.shape[#n.inputs.x.shape] end

-- The row that is normalised, element by element: C text for index `i` and the support it needs.
local function summed(n, x)
  if n.attrs.p > 0 then
    x = x .. " * " .. rows.factor(n.attrs, "(int64_t)r * " .. rows.whole_chunks(width(n)) .. " + i")
  end
  return n.inputs.residual and x .. " + residual[(ptrdiff_t)r * " .. width(n) .. " + i]" or x
end

local function plain(n)
  local keep = n.attrs.keep
  return render([[
const int count = ${count};
${loop}
for (int r = 0; r < count; r++) {
    const real *in = x + (ptrdiff_t)r * ${D};
    real *out = y + (ptrdiff_t)r * ${D}, mean = 0, square = 0;
    for (int i = 0; i < ${D}; i++) {
        out[i] = ${sum};
        mean += out[i];
    }
    mean /= ${D};
    for (int i = 0; i < ${D}; i++) square += (out[i] - mean) * (out[i] - mean);
    const real inv = 1 / SQRT(square / ${D} + (real)${eps});
    for (int i = 0; i < ${D}; i++) {
        const real v = (out[i] - mean) * inv;
        ${keep}
        out[i] = v * gamma[i] + beta[i];
    }
    ${keep_inv}
}
]], { count = rows.count(n, n.inputs.x), D = width(n), eps = n.attrs.eps, sum = summed(n, "in[i]"),
      loop = rows.loop(n.inputs.x, width(n) * 8),
      keep = keep and string.format("xhat[(ptrdiff_t)r * %d + i] = v;", width(n)) or "",
      keep_inv = keep and "invstd[r] = inv;" or "" }),
    n.attrs.p > 0 and { rows.plain_dropout } or nil
end

local function fast(n, k)
  local d, keep = width(n), n.attrs.keep
  local v = { count = rows.count(n, n.inputs.x), D = d, W = d // k.block * k.block, B = k.block,
    eps = n.attrs.eps, loop = rows.loop(n.inputs.x, d * 4), kept = keep and "xhat" or "y",
    keep = keep and "store_loose(row + i, v);" or "", keep_scalar = keep and "row[i] = v;" or "",
    keep_inv = keep and "invstd[r] = inv;" or "" }
  local vector_sum, scalar_sum = "load_loose(in + i)", "in[i]"
  local support = { "vector", "vector_product", "vector_rows" }
  if n.attrs.p > 0 then
    local f = rows.dropout(n.attrs)
    f.D, f.room = d, rows.whole_chunks(d)
    v.factors = render("real factors[${room}] __attribute__((aligned(64)));\ndropout_factors(factors, "
      .. "(int64_t)r * ${room}, ${D}, seed, step, ${stream}u, ${threshold}u, (real)${scale});", f)
    vector_sum, scalar_sum = vector_sum .. " * load_loose(factors + i)", scalar_sum .. " * factors[i]"
    support[#support + 1] = "vector_dropout"
  else
    v.factors = ""
  end
  if n.inputs.residual then
    vector_sum = vector_sum .. render(" + load_loose(residual + (ptrdiff_t)r * ${D} + i)", v)
    scalar_sum = scalar_sum .. render(" + residual[(ptrdiff_t)r * ${D} + i]", v)
  end
  v.vector_sum, v.scalar_sum = vector_sum, scalar_sum
  return render(vector.template "layer_norm", v), vector.support(support, k.block)
end

return {
  name = "layer_norm",
  doc = "Layer normalisation over the last axis, of `x` or of `dropout(x) + residual`.",
  inputs = { "x", "gamma", "beta", "residual?", "rows?" }, outputs = { "y", "xhat", "invstd" },
  attrs = {
    { name = "eps", default = 1e-5, doc = "added to the variance" },
    { name = "keep", default = true, doc = "give what the gradient needs" },
    { name = "p", default = 0, doc = "probability of zero of the dropout on `x`" },
    { name = "stream", default = 0, doc = "which sequence of random numbers the dropout takes" },
  },
  infer = function(n)
    local s, residual = n.inputs.x.shape, n.inputs.residual
    if #s < 2 then return nil, "expects (batch, features), found " .. graph.shape_text(s) end
    if residual and graph.shape_text(residual.shape) ~= graph.shape_text(s) then
      return nil, string.format("the branches have different shapes: %s and %s", graph.shape_text(s),
        graph.shape_text(residual.shape))
    end
    for _, port in ipairs { "gamma", "beta" } do
      if graph.shape_text(n.inputs[port].shape) ~= graph.shape_text({ s[#s] }) then
        return nil, string.format("%s is %s, expected %s", port, graph.shape_text(n.inputs[port].shape),
          graph.shape_text({ s[#s] }))
      end
    end
    local misfit = rows.misfit(n)
    if misfit then return nil, misfit end
    return { y = { shape = s }, xhat = n.attrs.keep and { shape = s } or nil,
             invstd = n.attrs.keep and { shape = { graph.count(s) // s[#s] } } or nil }
  end,
  cost = function(n) return 8 * graph.count(n.inputs.x.shape) end,
  grad = function(g, n, d)
    local a, p = n.attrs, n.inputs
    local out = g:node("layer_norm_dx", n.path,
      { dy = d.y, xhat = n.outputs.xhat, invstd = n.outputs.invstd, gamma = p.gamma, rows = p.rows },
      { p = a.p, stream = a.stream, residual = p.residual ~= nil and a.p > 0 })
    return { x = out.dx, gamma = out.dgamma, beta = out.dbeta, residual = p.residual and (out.dresidual or out.dx) }
  end,
  kernels = {
    c = { scalars = { "seed", "step" }, body = plain },
    vector = {
      backend = "c", rank = 1, scalars = { "seed", "step" },
      when = function(_, target) return target.fast end,
      body = fast,
    },
  },
  inplace = { y = { "x", "residual" }, xhat = { "x", "residual" } },
  reference = [[
assert p == 0
y = F.layer_norm(x if residual is None else x + residual, gamma.shape, gamma, beta, eps)
]],
  tests = {
    { x = { 3, 5 }, gamma = { 5 }, beta = { 5 }, outputs = { "y" } },
    { x = { 70, 40 }, gamma = { 40 }, beta = { 40 }, outputs = { "y" }, attrs = { eps = 1e-12 } },
    { x = { 2, 3, 17 }, residual = { 2, 3, 17 }, gamma = { 17 }, beta = { 17 }, outputs = { "y" } },
    { x = { 7, 24 }, residual = { 7, 24 }, gamma = { 24 }, beta = { 24 }, outputs = { "y" },
      int = { rows = { 4, values = { 0, 2, 3, 7 } } } },
  },
  layer = {
    kind = "layer_norm", doc = "Layer normalisation over the features, as torch.nn.LayerNorm.",
    fields = {
      { name = "eps", type = "number", above = 0, default = 1e-5, doc = "added to the variance" },
    },
    random = function(_, shape) return #shape == 2 and {} or nil end,
    build = function(b, x, layer)
      local features = x.shape[#x.shape]
      if #x.shape == 4 then
        b:fail("layer_norm expects (batch, features), found %s; put `flatten {}` before it", graph.shape_text(x.shape))
      end
      return b:op("layer_norm", {
        x = x, gamma = b:parameter("weight", { features }, { kind = "constant", a = 1 }),
        beta = b:parameter("bias", { features }, { kind = "constant", a = 0 }),
      }, { eps = layer.eps, keep = b.training or false }).y
    end,
  },
}
