-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Huber loss (Huber 1964): d^2 / 2 where |d| = |x - t| is at most delta, delta (|d| - delta / 2) beyond,
-- averaged over batch and outputs, and its gradient.

local graph = require "generator.graph.graph"
local targets = require "generator.backends.loss_targets"
local render = require("generator.base.render").render

return {
  name = "huber",
  doc = "Huber loss with its gradient, mean over batch and outputs.",
  inputs = targets.any, outputs = { "loss", "dlogits" },
  attrs = { { name = "delta", doc = "where the square becomes a line" } },
  infer = targets.infer,
  cost = function(n) return 4 * graph.count(n.inputs.logits.shape) end,
  grad = function(_, n) return { logits = n.outputs.dlogits } end,
  kernels = {
    c = {
      body = function(n)
        return targets.elementwise(n, [[
const real d = x - t, size = d < 0 ? -d : d;
const real value = size <= delta ? (real)0.5 * d * d : delta * (size - (real)0.5 * delta);
const real slope = size <= delta ? d : d > 0 ? delta : -delta;]],
          render("const real delta = (real)${delta};", { delta = n.attrs.delta + 0.0 }))
      end,
    },
  },
  reference = targets.reference .. "loss = F.huber_loss(logits, t, delta=delta)",
  tests = targets.tests({ delta = 0.6 }, true),
}
