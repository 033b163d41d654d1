-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- One cycle (Smith and Topin 2018). What a schedule file says is explained in constant.lua.

-- From a to b, `share` (0 to 1) of the way.
local shapes = {
  cosine = function(a, b, share) return b + (a - b) / 2 * (1 + math.cos(math.pi * share)) end,
  linear = function(a, b, share) return a + (b - a) * share end,
}

return {
  kind = "one_cycle", section = "schedule",
  doc = "Up from the learning rate divided by `start_divisor` to the learning rate, then down to that start divided by "
    .. "`end_divisor`, moving every step: `torch.optim.lr_scheduler.OneCycleLR` with `max_lr` the optimizer's rate and "
    .. "`total_steps` the whole run. The momentum stays as it is (`cycle_momentum=False`).",
  fields = {
    { name = "rise", type = "number", above = 0, below = 1, default = 0.3, doc = "share of the steps that go up" },
    { name = "shape", type = "enum", allowed = { "cosine", "linear" }, default = "cosine",
      doc = "how the rate goes from one end of a phase to the other" },
    { name = "start_divisor", type = "number", above = 0, default = 25, doc = "the rate divided by it is the first" },
    { name = "end_divisor", type = "number", above = 0, default = 1e4,
      doc = "the first rate divided by it is the last" },
    { name = "three_phases", type = "boolean", default = false,
      doc = "down to the first rate as fast as it went up, then on to the last, instead of down in one go" },
  },
  check = function(o)
    if o.three_phases and o.rise > 0.5 then
      return "rise", "is above 0.5, but with `three_phases` the way down takes as long as the way up"
    end
  end,
  values = function(o, rate, run)
    local total, shape = run.epochs * run.steps_per_epoch, shapes[o.shape]
    local first = rate / o.start_divisor
    local last = first / o.end_divisor
    -- each phase: the step at which it ends (as the reference counts, fractions included), and its rates
    local phases = o.three_phases
      and { { o.rise * total - 1, first, rate }, { 2 * o.rise * total - 2, rate, first }, { total - 1, first, last } }
      or { { o.rise * total - 1, first, rate }, { total - 1, rate, last } }
    local list = {}
    for step = 0, total - 1 do
      local begin = 0
      for i, phase in ipairs(phases) do
        if step <= phase[1] or i == #phases then
          local length = phase[1] - begin
          list[step + 1] = shape(phase[2], phase[3], length > 0 and (step - begin) / length or 1)
          break
        end
        begin = phase[1]
      end
    end
    return list, true
  end,
}
