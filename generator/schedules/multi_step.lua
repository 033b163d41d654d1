-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Step decay at given epochs. What a schedule file says is explained in constant.lua.

return {
  kind = "multi_step", section = "schedule",
  doc = "Multiplies the learning rate by `factor` when each of the epochs of `milestones` is reached: "
    .. "`torch.optim.lr_scheduler.MultiStepLR` with `gamma`.",
  fields = {
    { name = "milestones", type = "list", min_length = 1, required = true, of = { type = "integer", min = 1 },
      doc = "epochs, from 0, that begin with a lower rate, in ascending order; one given twice counts twice" },
    { name = "factor", type = "number", above = 0, max = 1, default = 0.1, doc = "what each of them multiplies by" },
  },
  check = function(o)
    for i = 2, #o.milestones do
      if o.milestones[i] < o.milestones[i - 1] then
        return ("milestones[%d]"):format(i), ("is %d, after %d; they must ascend"):format(o.milestones[i],
          o.milestones[i - 1])
      end
    end
  end,
  values = function(o, rate, run)
    local list, passed = {}, 0
    for epoch = 0, run.epochs - 1 do
      while o.milestones[passed + 1] and o.milestones[passed + 1] <= epoch do passed = passed + 1 end
      list[epoch + 1] = rate * o.factor ^ passed
    end
    return list, false
  end,
}
