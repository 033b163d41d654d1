-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Kullback-Leibler divergence of the softmax of the logits from the target distribution, and its
-- gradient: the sum of t (log t - log softmax), divided by the batch size. What classes the target does not
-- have add nothing (0 log 0 = 0).

local graph = require "generator.graph.graph"
local softmax_loss = require "generator.backends.softmax_loss"
local targets = require "generator.backends.loss_targets"

return {
  name = "kl_divergence",
  doc = "Softmax and Kullback-Leibler divergence from the target with its gradient, mean over the batch.",
  inputs = targets.classes, outputs = { "loss", "dlogits" },
  attrs = { { name = "label_smoothing", default = 0.0, doc = "share of the target spread evenly over all classes" } },
  infer = targets.infer,
  cost = function(n) return 8 * graph.count(n.inputs.logits.shape) end,
  grad = function(_, n) return { logits = n.outputs.dlogits } end,
  kernels = {
    c = {
      body = function(n) return softmax_loss.body(n, { smoothing = n.attrs.label_smoothing, entropy = true }) end,
    },
  },
  reference = "targets = None\n" .. targets.reference .. [[
t = t * (1 - label_smoothing) + label_smoothing / logits.shape[1]
loss = F.kl_div(F.log_softmax(logits, dim=1), t, reduction="batchmean")
]],
  tests = {
    { logits = { 4, 5 }, int = { labels = { 4, max = 4 } } },
    { logits = { 4, 5 }, int = { labels = { 4, max = 4 } }, attrs = { label_smoothing = 0.1 } },
    { logits = { 6, 3 }, mix = { 6 }, int = { labels = { 6, max = 2 }, labels2 = { 6, max = 2 } }, share = { "mix" } },
    { logits = { 6, 3 }, mix = { 6 }, int = { labels = { 6, max = 2 }, labels2 = { 6, max = 2 } }, share = { "mix" },
      attrs = { label_smoothing = 0.2 } },
  },
}
