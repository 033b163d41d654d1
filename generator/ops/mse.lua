-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Mean squared error, (x - t)^2 averaged over batch and outputs, and its gradient.

local graph = require "generator.graph.graph"
local targets = require "generator.backends.loss_targets"

return {
  name = "mse",
  doc = "Mean squared error with its gradient, mean over batch and outputs.",
  inputs = targets.any, outputs = { "loss", "dlogits" },
  attrs = {},
  infer = targets.infer,
  cost = function(n) return 4 * graph.count(n.inputs.logits.shape) end,
  grad = function(_, n) return { logits = n.outputs.dlogits } end,
  kernels = {
    c = {
      body = function(n)
        return targets.elementwise(n, "const real d = x - t, value = d * d, slope = 2 * d;")
      end,
    },
  },
  reference = targets.reference .. "loss = F.mse_loss(logits, t)",
  tests = targets.tests(nil, true),
}
