-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Polynomial decay. What a schedule file says is explained in constant.lua.

return {
  kind = "polynomial", section = "schedule",
  doc = "The learning rate times (1 - t / T) ^ `power` after t of T moves: `torch.optim.lr_scheduler.PolynomialLR` "
    .. "with `total_iters` the whole run, or its first `epochs`, after which the rate is 0.",
  fields = {
    { name = "power", type = "number", above = 0, default = 1, doc = "1 is a straight line" },
    { name = "epochs", type = "integer", min = 1, doc = "length of the decay; absent: the whole run" },
    { name = "by", type = "enum", allowed = { "epoch", "step" }, default = "epoch",
      doc = "how often the rate moves" },
  },
  values = function(o, rate, run)
    local list, per = {}, o.by == "step" and run.steps_per_epoch or 1
    local total = (o.epochs or run.epochs) * per
    for t = 0, run.epochs * per - 1 do list[t + 1] = rate * (1 - math.min(t, total) / total) ^ o.power end
    return list, o.by == "step"
  end,
}
