-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Mean squared error. What a loss file says is explained in cross_entropy.lua.

local targets = require "generator.backends.loss_targets"

return {
  kind = "mse", section = "loss",
  doc = "The mean over batch and outputs of the squared difference, as `torch.nn.MSELoss` defines it. "
    .. "Classes are compared as vectors with a one at the class; their probabilities are the distribution nearest to "
    .. "the output.",
  fields = {},
  tasks = { classification = true, regression = true },
  build = targets.build("mse"),
  probabilities = targets.nearest,
}
