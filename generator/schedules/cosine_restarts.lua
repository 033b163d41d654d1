-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Cosine annealing with warm restarts (Loshchilov and Hutter 2017, SGDR). What a schedule file says is
-- explained in constant.lua.

return {
  kind = "cosine_restarts", section = "schedule",
  doc = "Half a cosine from the learning rate down to `minimum`, again and again: the first takes `first` moves, each "
    .. "one `longer` times those of the one before it: `torch.optim.lr_scheduler.CosineAnnealingWarmRestarts` with "
    .. "`T_0` and `T_mult`.",
  fields = {
    { name = "first", type = "integer", min = 1, required = true, doc = "epochs or steps of the first cosine" },
    { name = "longer", type = "integer", min = 1, default = 1, doc = "how much longer each next one is" },
    { name = "minimum", type = "number", min = 0, default = 0, doc = "learning rate at the end of each" },
    { name = "by", type = "enum", allowed = { "epoch", "step" }, default = "epoch",
      doc = "how often the rate moves" },
  },
  values = function(o, rate, run)
    local list, t, period = {}, 0, o.first
    for i = 1, o.by == "step" and run.epochs * run.steps_per_epoch or run.epochs do
      list[i] = o.minimum + (rate - o.minimum) * (1 + math.cos(math.pi * t / period)) / 2
      t = t + 1
      if t == period then
        t = 0
        -- no longer than any run: repeated doubling must not leave the integers
        period = math.min(period * o.longer, 1 << 40)
      end
    end
    return list, o.by == "step"
  end,
}
