-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- A straight line between two rates. What a schedule file says is explained in constant.lua. Called
-- `linear_rate`: `linear` is a layer.

return {
  kind = "linear_rate", section = "schedule",
  doc = "A straight line from `from` times the learning rate to `to` times it: `torch.optim.lr_scheduler.LinearLR` "
    .. "with `total_iters` the whole run, or its first `epochs`, after which the rate stays.",
  fields = {
    { name = "from", type = "number", above = 0, max = 1, default = 1, doc = "share of the rate to start with" },
    { name = "to", type = "number", min = 0, max = 1, default = 0, doc = "share of the rate to end with" },
    { name = "epochs", type = "integer", min = 1, doc = "length of the line; absent: the whole run" },
    { name = "by", type = "enum", allowed = { "epoch", "step" }, default = "epoch",
      doc = "how often the rate moves" },
  },
  values = function(o, rate, run)
    local list, per = {}, o.by == "step" and run.steps_per_epoch or 1
    local total = (o.epochs or run.epochs) * per
    for t = 0, run.epochs * per - 1 do
      list[t + 1] = rate * (o.from + (o.to - o.from) * math.min(t, total) / total)
    end
    return list, o.by == "step"
  end,
}
