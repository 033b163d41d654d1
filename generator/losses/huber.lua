-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Huber loss. What a loss file says is explained in cross_entropy.lua.

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
  build = function(g, logits, target, o)
    return g:node("huber", "loss", { logits = logits, labels = target.labels, labels2 = target.labels2,
      mix = target.mix, targets = target.targets }, { delta = o.delta }).loss
  end,
  probabilities = function(g, logits, _, task)
    if task == "regression" then return logits end
    return g:node("simplex", "probabilities", { x = logits }).y
  end,
}
