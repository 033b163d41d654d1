-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Multi-head attention (Vaswani et al. 2017) of each text with itself, on packed rows: with the features of a
-- head in q, k and v side by side, softmax(q k' / sqrt(features)) v, each head on its own. Dropout falls on the
-- probabilities. `keep`: the logarithm of each softmax's sum stays for the gradient, and nothing else: the
-- scores are never stored (generator/backends/attention.lua).

local attention = require "generator.backends.attention"
local graph = require "generator.graph.graph"

return {
  name = "attention",
  doc = "Multi-head self-attention on packed rows: `softmax(q k' / sqrt(features)) v`.",
  inputs = { "q", "k", "v", "rows" }, outputs = { "y", "lse" },
  attrs = {
    { name = "heads", doc = "heads that the features are divided among" },
    { name = "p", default = 0, doc = "probability of zero of the dropout on the probabilities" },
    { name = "stream", default = 0, doc = "which sequence of random numbers the dropout takes" },
    { name = "keep", default = true, doc = "give what the gradient needs" },
    { name = "length", doc = "rows of the longest text, at most" },
  },
  infer = function(n)
    local s, a = n.inputs.q.shape, n.attrs
    if s[2] % a.heads ~= 0 then
      return nil, string.format("%d features cannot be divided among %d heads", s[2], a.heads)
    end
    for _, port in ipairs { "k", "v" } do
      if graph.shape_text(n.inputs[port].shape) ~= graph.shape_text(s) then
        return nil, string.format("q is %s, %s is %s", graph.shape_text(s), port,
          graph.shape_text(n.inputs[port].shape))
      end
    end
    return { y = { shape = s }, lse = a.keep and { shape = { s[1], a.heads } } or nil }
  end,
  cost = function(n)
    local v = attention.sizes(n)
    return 4 * v.N * v.L * v.L * v.D
  end,
  grad = function(g, n, d)
    local p, a = n.inputs, n.attrs
    local out = g:node("attention_dx", n.path, { dy = d.y, q = p.q, k = p.k, v = p.v, y = n.outputs.y,
      lse = n.outputs.lse, rows = p.rows }, { heads = a.heads, p = a.p, stream = a.stream, length = a.length })
    return { q = out.dq, k = out.dk, v = out.dv }
  end,
  kernels = {
    c = { scalars = { "seed", "step" }, body = attention.plain },
    vector = { backend = "c", rank = 1, scalars = { "seed", "step" }, when = attention.fits, body = attention.fast },
  },
  tolerance = 5e-5,
  reference = [=[
y = []
for n in range(len(rows) - 1):
    part = [t[rows[n]:rows[n + 1]].reshape(-1, heads, t.shape[1] // heads).transpose(0, 1) for t in (q, k, v)]
    y.append(F.scaled_dot_product_attention(*part).transpose(0, 1).reshape(-1, q.shape[1]))
y = torch.cat(y)
]=],
  tests = {
    { q = { 9, 6 }, k = { 9, 6 }, v = { 9, 6 },
      int = { rows = { 4, values = { 0, 2, 3, 9 } } }, attrs = { heads = 2, length = 6 },
      outputs = { "y" } },
    { q = { 130, 64 }, k = { 130, 64 }, v = { 130, 64 }, int = { rows = { 3, values = { 0, 67, 130 } } },
      attrs = { heads = 2, length = 67 }, outputs = { "y" } },
    { q = { 30, 64 }, k = { 30, 64 }, v = { 30, 64 },
      int = { rows = { 5, values = { 0, 10, 11, 20, 30 } } },
      attrs = { heads = 1, length = 10 }, outputs = { "y" } },
  },
}
