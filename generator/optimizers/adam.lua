-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Adam, with AMSGrad on request. What an optimizer file says is explained in sgd.lua.

return {
  kind = "adam", section = "optimizer",
  doc = "Adam (Kingma and Ba 2015), as `torch.optim.Adam` defines it.",
  fields = {
    { name = "learning_rate", type = "number", above = 0, default = 1e-3, doc = "step length at full rate" },
    { name = "beta1", type = "number", min = 0, below = 1, default = 0.9, doc = "decay of the mean of gradients" },
    { name = "beta2", type = "number", min = 0, below = 1, default = 0.999,
      doc = "decay of the mean of their squares" },
    { name = "eps", type = "number", min = 0, default = 1e-8, doc = "added to the root of the second mean" },
    { name = "weight_decay", type = "number", min = 0, default = 0,
      doc = "L2 penalty: this times the weight is added to its gradient (not AdamW's decoupled decay)" },
    { name = "amsgrad", type = "boolean", default = false,
      doc = "divide by the root of the largest second mean so far (Reddi et al. 2018)" },
  },

  state = function(o)
    return o.amsgrad and { "exp_avg", "exp_avg_sq", "max_exp_avg_sq" } or { "exp_avg", "exp_avg_sq" }
  end,

  scalars = function(o)
    local list = {
      { name = "beta1", value = o.beta1 }, { name = "beta2", value = o.beta2 }, { name = "eps", value = o.eps },
    }
    if o.weight_decay > 0 then list[#list + 1] = { name = "weight_decay", value = o.weight_decay } end
    return list
  end,

  -- In double: 1 - 0.999 in float is off by 1e-5.
  prepare = function()
    return [[
const double bias_correction1 = 1.0 - pow(beta1, (double)step);
const double bias_correction2 = 1.0 - pow(beta2, (double)step);
const real step_size = (real)((double)lr / bias_correction1);
const real root_correction2 = (real)sqrt(bias_correction2);
]]
  end,

  -- The square root of a float taken in double and rounded is the float's own root, so the text
  -- serves both types of `real`. `decay` is where adamw.lua differs: nil, or a line that shrinks w.
  update = function(o, decay)
    local lines = { "{", decay }
    lines[#lines + 1] = not decay and o.weight_decay > 0 and "    const real d = g + (real)weight_decay * w;"
      or "    const real d = g;"
    lines[#lines + 1] = "    exp_avg += (real)(1.0 - beta1) * (d - exp_avg);"
    lines[#lines + 1] = "    exp_avg_sq = (real)beta2 * exp_avg_sq + (real)(1.0 - beta2) * d * d;"
    if o.amsgrad then
      lines[#lines + 1] = "    max_exp_avg_sq = exp_avg_sq > max_exp_avg_sq ? exp_avg_sq : max_exp_avg_sq;"
    end
    lines[#lines + 1] = ("    const real root = (real)sqrt((double)%sexp_avg_sq);"):format(o.amsgrad and "max_" or "")
    lines[#lines + 1] = "    w -= step_size * exp_avg / (root / root_correction2 + (real)eps);"
    lines[#lines + 1] = "}"
    return table.concat(lines, "\n") .. "\n"
  end,
}
