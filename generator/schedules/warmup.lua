-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Linear warm-up before another schedule (Goyal et al. 2017). What a schedule file says is explained
-- in constant.lua.

return {
  kind = "warmup", section = "schedule",
  doc = "Raises the learning rate linearly from `from` times the optimizer's over `epochs`, then runs "
    .. "`before` for the epochs that remain: `LinearLR`, then that schedule, in `torch`'s `SequentialLR`.",
  fields = {
    { name = "epochs", type = "integer", min = 1, required = true, doc = "length of the warm-up" },
    { name = "from", type = "number", above = 0, max = 1, default = 0.1,
      doc = "share of the learning rate to start with" },
    { name = "by", type = "enum", allowed = { "epoch", "step" }, default = "step",
      doc = "how often the rate moves while it warms up" },
    { name = "before", type = "kind", section = "schedule", default = { kind = "constant" },
      doc = "the schedule that follows" },
  },
  -- One that follows a metric starts after the warm-up.
  plateau = function(o, _, inner)
    local p = inner(o.before)
    if p then p.first_epoch = p.first_epoch + o.epochs end
    return p
  end,
  values = function(o, rate, run, inner)
    local steps = run.steps_per_epoch
    local warm = math.min(o.epochs, run.epochs)
    local rest, rest_per_step = {}, false
    if run.epochs > warm then
      rest, rest_per_step = inner(o.before, { epochs = run.epochs - warm, steps_per_epoch = steps })
    end
    local per_step = o.by == "step" or rest_per_step
    local list = {}
    local total = o.by == "step" and o.epochs * steps or o.epochs
    for epoch = 0, warm - 1 do
      for s = 0, (per_step and steps or 1) - 1 do
        local t = o.by == "step" and epoch * steps + s or epoch
        list[#list + 1] = rate * (o.from + (1 - o.from) * t / total)
      end
    end
    for i, value in ipairs(rest) do
      if per_step and not rest_per_step then
        for _ = 1, steps do list[#list + 1] = value end
      else
        list[#list + 1] = rest[i]
      end
    end
    return list, per_step
  end,
}
