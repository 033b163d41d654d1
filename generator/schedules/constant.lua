-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- A schedule file says, beside its fields,
--
--   values(schedule, rate, run, inner) -> list, per_step
--
-- the learning rates of a run: one per epoch, or one per step where per_step is true. `rate` is the
-- optimizer's learning rate, `run` = { epochs =, steps_per_epoch = }, and inner(schedule, run) gives
-- the values of a schedule held in a field, with the same rate. A schedule that follows a metric has no
-- values (reduce_on_plateau.lua); its rate holds in their place.

return {
  kind = "constant", section = "schedule",
  doc = "The optimizer's learning rate throughout.",
  fields = {},
  values = function(_, rate, run)
    local list = {}
    for epoch = 1, run.epochs do list[epoch] = rate end
    return list, false
  end,
}
