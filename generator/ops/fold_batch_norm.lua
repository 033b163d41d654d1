-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Folds batch_norm_inference into the weights of the convolution before it:
--
--   w' = w gamma / sqrt(var + eps)      b' = beta + (b - mean) gamma / sqrt(var + eps)
--
-- The hoist pass moves it out of the step: it runs once when weights are loaded.

local graph = require "generator.graph.graph"
local render = require("generator.base.render").render

return {
  name = "fold_batch_norm",
  doc = "Weights and bias of a convolution with the batch normalisation after it folded in.",
  inputs = { "w", "b?", "gamma", "beta", "running_mean", "running_var" }, outputs = { "folded_w", "folded_b" },
  attrs = { { name = "eps", doc = "added to the variance" } },
  infer = function(n)
    return { folded_w = { shape = n.inputs.w.shape }, folded_b = { shape = n.inputs.gamma.shape } }
  end,
  cost = function(n) return graph.count(n.inputs.w.shape) end,
  grad = false,
  kernels = {
    c = {
      body = function(n)
        local s = n.inputs.w.shape
        return render([[
for (int o = 0; o < ${O}; o++) {
    const real scale = gamma[o] / SQRT(running_var[o] + (real)${eps});
    for (int i = 0; i < ${I}; i++) folded_w[o * ${I} + i] = w[o * ${I} + i] * scale;
    folded_b[o] = beta[o] + (${b} - running_mean[o]) * scale;
}
]], { O = s[1], I = graph.count(s) // s[1], eps = n.attrs.eps, b = n.inputs.b and "b[o]" or "0" })
      end,
    },
  },
  reference = false, -- compared with the unfolded network on whole models
  tests = {},
}
