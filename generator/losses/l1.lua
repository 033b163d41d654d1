-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Mean absolute error. What a loss file says is explained in cross_entropy.lua.

local targets = require "generator.backends.loss_targets"

return {
  kind = "l1", section = "loss",
  doc = "The mean over batch and outputs of the absolute difference, as `torch.nn.L1Loss` defines it. "
    .. "Classes are compared as vectors with a one at the class; their probabilities are the distribution nearest to "
    .. "the output.",
  fields = {},
  tasks = { classification = true, regression = true },
  build = targets.build("l1"),
  probabilities = targets.nearest,
}
