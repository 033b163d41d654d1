-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Binary cross entropy. What a loss file says is explained in cross_entropy.lua.

local targets = require "generator.backends.loss_targets"

return {
  kind = "binary_cross_entropy", section = "loss",
  doc = "Sigmoid and binary cross entropy of each output, the mean over batch and outputs, as "
    .. "`torch.nn.BCEWithLogitsLoss` defines it. Classes are compared one against the rest; do not end the model with "
    .. "`sigmoid`.",
  fields = {
    { name = "pos_weight", type = "any_of", of = { { type = "number", above = 0 },
        { type = "list", min_length = 1, of = { type = "number", above = 0 } } },
      doc = "weight of what is positive: a number, or one for each output" },
  },
  tasks = { classification = true, regression = true },
  fits = function(o, outputs)
    local why = targets.misfit(o.pos_weight, outputs, "outputs")
    if why then return "pos_weight", why end
  end,
  build = targets.build("binary_cross_entropy", "pos_weight"),
  probabilities = targets.probabilities("sigmoid"),
}
