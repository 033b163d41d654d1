-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Cosine annealing (Loshchilov and Hutter 2017, without restarts). What a schedule file says is
-- explained in constant.lua.

return {
  kind = "cosine", section = "schedule",
  doc = "Half a cosine from the learning rate down to `minimum`, which would be reached just after the last epoch: "
    .. "`torch.optim.lr_scheduler.CosineAnnealingLR` with `T_max` the whole run.",
  fields = {
    { name = "minimum", type = "number", min = 0, default = 0, doc = "learning rate at the end" },
    { name = "by", type = "enum", allowed = { "epoch", "step" }, default = "epoch",
      doc = "how often the rate moves" },
  },
  values = function(o, rate, run)
    local list = {}
    local count = o.by == "step" and run.epochs * run.steps_per_epoch or run.epochs
    for t = 0, count - 1 do
      list[t + 1] = o.minimum + (rate - o.minimum) * (1 + math.cos(math.pi * t / count)) / 2
    end
    return list, o.by == "step"
  end,
}
