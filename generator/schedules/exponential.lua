-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Exponential decay. What a schedule file says is explained in constant.lua.

return {
  kind = "exponential", section = "schedule",
  doc = "Multiplies the learning rate by `factor` after every epoch or step: "
    .. "`torch.optim.lr_scheduler.ExponentialLR` with `gamma`.",
  fields = {
    { name = "factor", type = "number", above = 0, max = 1, required = true, doc = "what each move multiplies by" },
    { name = "by", type = "enum", allowed = { "epoch", "step" }, default = "epoch",
      doc = "how often the rate moves" },
  },
  values = function(o, rate, run)
    local list = {}
    for t = 0, (o.by == "step" and run.epochs * run.steps_per_epoch or run.epochs) - 1 do
      list[t + 1] = rate * o.factor ^ t
    end
    return list, o.by == "step"
  end,
}
