-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- A learning rate that follows a metric. Its rates are not known when a spec is compiled: instead of
-- values (constant.lua) the file says
--
--   plateau(schedule, rate) -> the settings of the runtime's ingot_plateau (runtime/train/policy.h)

local metrics = require "generator.spec.metrics"

return {
  kind = "reduce_on_plateau", section = "schedule",
  doc = "Multiplies the learning rate by `factor` when a metric no longer improves: "
    .. "`torch.optim.lr_scheduler.ReduceLROnPlateau`. As the `before` of a `warmup` it starts watching after it.",
  fields = {
    metrics.field("what is watched after each epoch"),
    { name = "factor", type = "number", above = 0, below = 1, default = 0.1, doc = "what a reduction multiplies by" },
    { name = "patience", type = "integer", min = 0, default = 10,
      doc = "epochs in a row without an improvement that are borne; the next one reduces" },
    { name = "threshold", type = "number", min = 0, default = 1e-4,
      doc = "a change of not more than this is no improvement" },
    { name = "threshold_mode", type = "enum", allowed = { "rel", "abs" }, default = "rel",
      doc = "`rel`: the threshold is a share of the best value; `abs`: a difference" },
    { name = "cooldown", type = "integer", min = 0, default = 0,
      doc = "epochs after a reduction that do not count as without improvement" },
    { name = "minimum", type = "number", min = 0, default = 0, doc = "the rate does not fall below it (`min_lr`)" },
  },
  plateau = function(o, rate)
    return { metric = o.metric, first_epoch = 0, rate = rate, factor = o.factor, minimum = o.minimum,
             threshold = o.threshold, relative = o.threshold_mode == "rel", patience = o.patience,
             cooldown = o.cooldown }
  end,
}
