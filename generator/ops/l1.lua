-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Mean absolute error, |x - t| averaged over batch and outputs, and its gradient: the sign of x - t, 0
-- where they are equal.

local graph = require "generator.graph.graph"
local targets = require "generator.backends.loss_targets"

return {
  name = "l1",
  doc = "Mean absolute error with its gradient, mean over batch and outputs.",
  inputs = targets.any, outputs = { "loss", "dlogits" },
  attrs = {},
  infer = targets.infer,
  cost = function(n) return 4 * graph.count(n.inputs.logits.shape) end,
  grad = function(_, n) return { logits = n.outputs.dlogits } end,
  kernels = {
    c = {
      body = function(n)
        return targets.elementwise(n, "const real d = x - t, value = d < 0 ? -d : d;\n"
          .. "const real slope = (real)((d > 0) - (d < 0));")
      end,
    },
  },
  reference = targets.reference .. "loss = F.l1_loss(logits, t)",
  tests = targets.tests(nil, true),
}
