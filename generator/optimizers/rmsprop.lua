-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- RMSprop. What an optimizer file says is explained in sgd.lua.

return {
  kind = "rmsprop", section = "optimizer",
  doc = "RMSprop (Hinton 2012; centred as in Graves 2013), as `torch.optim.RMSprop` defines it.",
  fields = {
    { name = "learning_rate", type = "number", above = 0, default = 1e-2, doc = "step length at full rate" },
    { name = "alpha", type = "number", min = 0, below = 1, default = 0.99,
      doc = "decay of the mean of squared gradients" },
    { name = "eps", type = "number", min = 0, default = 1e-8, doc = "added to the root of that mean" },
    { name = "momentum", type = "number", min = 0, below = 1, default = 0,
      doc = "share of the last update that is kept" },
    { name = "weight_decay", type = "number", min = 0, default = 0,
      doc = "L2 penalty: this times the weight is added to its gradient" },
    { name = "centered", type = "boolean", default = false,
      doc = "divide by the deviation of the gradients: their mean is taken from the mean of squares" },
  },

  state = function(o)
    local list = { "square_avg" }
    if o.momentum > 0 then list[#list + 1] = "momentum_buffer" end
    if o.centered then list[#list + 1] = "grad_avg" end
    return list
  end,

  scalars = function(o)
    local list = { { name = "alpha", value = o.alpha }, { name = "eps", value = o.eps } }
    if o.momentum > 0 then list[#list + 1] = { name = "momentum", value = o.momentum } end
    if o.weight_decay > 0 then list[#list + 1] = { name = "weight_decay", value = o.weight_decay } end
    return list
  end,

  prepare = function() return "" end,

  -- Rounding can leave the variance of gradients that hardly change below zero: it counts as zero.
  update = function(o)
    local lines = { "{" }
    lines[#lines + 1] = o.weight_decay > 0 and "    const real d = g + (real)weight_decay * w;"
      or "    const real d = g;"
    lines[#lines + 1] = "    square_avg = (real)alpha * square_avg + (real)(1.0 - alpha) * d * d;"
    if o.centered then
      lines[#lines + 1] = "    grad_avg += (real)(1.0 - alpha) * (d - grad_avg);"
      lines[#lines + 1] = "    const real below = square_avg - grad_avg * grad_avg;"
      lines[#lines + 1] = "    const real variance = below < 0 ? 0 : below;"
      lines[#lines + 1] = "    const real root = (real)sqrt((double)variance);"
    else
      lines[#lines + 1] = "    const real root = (real)sqrt((double)square_avg);"
    end
    if o.momentum > 0 then
      lines[#lines + 1] = "    momentum_buffer = (real)momentum * momentum_buffer + d / (root + (real)eps);"
      lines[#lines + 1] = "    w -= lr * momentum_buffer;"
    else
      lines[#lines + 1] = "    w -= lr * d / (root + (real)eps);"
    end
    lines[#lines + 1] = "}"
    return table.concat(lines, "\n") .. "\n"
  end,
}
