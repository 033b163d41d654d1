-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Huber loss. What a loss file says is explained in cross_entropy.lua.

local targets = require "generator.backends.loss_targets"

return {
  kind = "huber", section = "loss",
  doc = "Half the squared difference up to `delta`, a straight line beyond, the mean over batch and outputs, as "
    .. "`torch.nn.HuberLoss` defines it. "
    .. "Classes are compared as vectors with a one at the class; their probabilities are the distribution nearest to "
    .. "the output.",
  fields = {
    { name = "delta", type = "number", above = 0, default = 1, doc = "where the square becomes a line" },
  },
  tasks = { classification = true, regression = true },
  build = targets.build("huber", "delta"),
  probabilities = targets.nearest,
}
