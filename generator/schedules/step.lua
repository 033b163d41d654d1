-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Step decay. What a schedule file says is explained in constant.lua.

return {
  kind = "step", section = "schedule",
  doc = "Multiplies the learning rate by `factor` after every `every` epochs: `torch.optim.lr_scheduler.StepLR` "
    .. "with `step_size` and `gamma`.",
  fields = {
    { name = "every", type = "integer", min = 1, required = true, doc = "epochs between two steps" },
    { name = "factor", type = "number", above = 0, max = 1, default = 0.1, doc = "what each step multiplies by" },
  },
  values = function(o, rate, run)
    local list = {}
    for epoch = 0, run.epochs - 1 do
      list[epoch + 1] = rate * o.factor ^ (epoch // o.every)
    end
    return list, false
  end,
}
