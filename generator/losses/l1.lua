-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Mean absolute error. What a loss file says is explained in cross_entropy.lua.

return {
  kind = "l1", section = "loss",
  doc = "The mean over batch and outputs of the absolute difference, as `torch.nn.L1Loss` defines it. "
    .. "Classes are compared as vectors with a one at the class; their probabilities are the distribution nearest to "
    .. "the output.",
  fields = {},
  tasks = { classification = true, regression = true },
  build = function(g, logits, target)
    return g:node("l1", "loss", { logits = logits, labels = target.labels, labels2 = target.labels2,
      mix = target.mix, targets = target.targets }).loss
  end,
  probabilities = function(g, logits, _, task)
    if task == "regression" then return logits end
    return g:node("simplex", "probabilities", { x = logits }).y
  end,
}
