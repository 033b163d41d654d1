-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Adagrad. What an optimizer file says is explained in sgd.lua.

return {
  kind = "adagrad", section = "optimizer",
  doc = "Adagrad (Duchi, Hazan and Singer 2011), as `torch.optim.Adagrad` defines it.",
  fields = {
    { name = "learning_rate", type = "number", above = 0, default = 1e-2, doc = "step length at full rate" },
    { name = "lr_decay", type = "number", min = 0, default = 0,
      doc = "the rate of step t, from 0, is divided by 1 + this times t" },
    { name = "initial_accumulator_value", type = "number", min = 0, default = 0,
      doc = "where the sum of squared gradients starts" },
    { name = "eps", type = "number", min = 0, default = 1e-10, doc = "added to the root of that sum" },
    { name = "weight_decay", type = "number", min = 0, default = 0,
      doc = "L2 penalty: this times the weight is added to its gradient" },
  },

  state = function() return { "sum" } end,
  initial = function(o) return o.initial_accumulator_value end,

  scalars = function(o)
    local list = { { name = "eps", value = o.eps } }
    if o.lr_decay > 0 then list[#list + 1] = { name = "lr_decay", value = o.lr_decay } end
    if o.weight_decay > 0 then list[#list + 1] = { name = "weight_decay", value = o.weight_decay } end
    return list
  end,

  prepare = function(o)
    if o.lr_decay == 0 then return "" end
    return "const real rate = (real)((double)lr / (1.0 + ((double)step - 1.0) * lr_decay));\n"
  end,

  update = function(o)
    local lines = { "{" }
    lines[#lines + 1] = o.weight_decay > 0 and "    const real d = g + (real)weight_decay * w;"
      or "    const real d = g;"
    lines[#lines + 1] = "    sum += d * d;"
    lines[#lines + 1] = ("    w -= %s * d / ((real)sqrt((double)sum) + (real)eps);"):format(
      o.lr_decay > 0 and "rate" or "lr")
    lines[#lines + 1] = "}"
    return table.concat(lines, "\n") .. "\n"
  end,
}
