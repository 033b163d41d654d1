-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Kullback-Leibler divergence. What a loss file says is explained in cross_entropy.lua.

local targets = require "generator.backends.loss_targets"

return {
  kind = "kl_divergence", section = "loss",
  doc = "Kullback-Leibler divergence of the model's softmax from the target distribution, as `torch.nn.KLDivLoss` "
    .. "defines it with `log_softmax` of the output and `reduction = \"batchmean\"`: cross entropy less the target's "
    .. "own entropy. Do not end the model with `softmax`.",
  fields = {
    { name = "label_smoothing", type = "number", min = 0, max = 1, default = 0,
      doc = "share of the target that is spread evenly over all classes" },
  },
  tasks = { classification = true },
  build = targets.build("kl_divergence", "label_smoothing"),
  probabilities = targets.probabilities("softmax"),
}
