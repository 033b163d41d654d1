-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradients of attention from its inputs, its output and the logarithms of its sums: with P the probabilities
-- and F the dropout's factors, both computed again,
--
--   dV = (P F)' dY,   dS = P (F (dY V') - rowsum(dY Y)),   dQ = dS K / sqrt(features),   dK = dS' Q / sqrt(features).

local attention = require "generator.backends.attention"

return {
  name = "attention_dx",
  doc = "Gradients of `attention`.",
  inputs = { "dy", "q", "k", "v", "y", "lse", "rows" }, outputs = { "dq", "dk", "dv" },
  attrs = {
    { name = "heads", doc = "heads that the features are divided among" },
    { name = "p", default = 0, doc = "probability of zero of the dropout on the probabilities" },
    { name = "stream", default = 0, doc = "which sequence of random numbers the dropout takes" },
    { name = "length", doc = "rows of the longest text, at most" },
  },
  infer = function(n)
    local shape = n.inputs.q.shape
    return { dq = { shape = shape }, dk = { shape = shape }, dv = { shape = shape } }
  end,
  cost = function(n)
    local v = attention.sizes(n)
    return 10 * v.N * v.L * v.L * v.D
  end,
  grad = false,
  kernels = {
    c = { scalars = { "seed", "step" }, body = attention.plain_dx },
    vector = { backend = "c", rank = 1, scalars = { "seed", "step" }, when = attention.fits, body = attention.fast_dx },
  },
  reference = false, -- tests/ops compares it through attention's own gradient
  tests = {},
}
