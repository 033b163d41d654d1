-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Binary cross entropy of the sigmoid of each output with its target, averaged over batch and outputs, and
-- its gradient, as torch.nn.BCEWithLogitsLoss: (1 - t) x + (1 + (p - 1) t) log(1 + exp(-x)), where p weighs
-- what is positive. log(1 + exp(-x)) is max(-x, 0) + log(1 + exp(-|x|)), which cannot overflow.

local graph = require "generator.graph.graph"
local targets = require "generator.backends.loss_targets"
local render = require("generator.base.render").render

return {
  name = "binary_cross_entropy",
  doc = "Sigmoid and binary cross entropy with its gradient, mean over batch and outputs.",
  inputs = targets.any, outputs = { "loss", "dlogits" },
  attrs = {
    { name = "pos_weight", optional = true, doc = "weight of the positive part: a number, or one per output" },
  },
  infer = targets.infer,
  cost = function(n) return 4 * graph.count(n.inputs.logits.shape) end,
  grad = function(_, n) return { logits = n.outputs.dlogits } end,
  kernels = {
    c = {
      body = function(n)
        local p, factor, constants = n.attrs.pos_weight, "1", nil
        if type(p) == "table" then
          factor, constants = "(1 + (pos_weight[i] - 1) * t)", targets.array("pos_weight", p)
        elseif p then
          factor, constants = "(1 + (pos_weight - 1) * t)",
            render("const real pos_weight = (real)${p};", { p = p + 0.0 })
        end
        return targets.elementwise(n, render([[
const real small = EXP(x < 0 ? x : -x); /* exp(-|x|) */
const real below = (x < 0 ? 1 : small) / (1 + small); /* 1 - sigmoid(x) */
const real factor = ${factor};
const real soft = (real)log1p((double)small) + (x < 0 ? -x : 0); /* log(1 + exp(-x)) */
const real value = (1 - t) * x + factor * soft;
const real slope = 1 - t - factor * below;]], { factor = factor }), constants)
      end,
    },
  },
  reference = targets.reference .. [[
p = torch.tensor(a.pos_weight, dtype=logits.dtype) if hasattr(a, "pos_weight") else None
loss = F.binary_cross_entropy_with_logits(logits, t, pos_weight=p)
]],
  tests = {
    { logits = { 4, 5 }, int = { labels = { 4, max = 4 } } },
    { logits = { 6, 3 }, mix = { 6 }, int = { labels = { 6, max = 2 }, labels2 = { 6, max = 2 } }, share = { "mix" },
      attrs = { pos_weight = 2.5 } },
    { logits = { 4, 3 }, int = { labels = { 4, max = 2 } }, attrs = { pos_weight = { 0.5, 3.0, 1.0 } } },
    { logits = { 3, 7 }, targets = { 3, 7 }, share = { "targets" } },
  },
}
