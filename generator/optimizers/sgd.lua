-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- An optimizer file says, beside its fields, how one weight is updated:
--
--   state(o)    names of the buffers kept per weight, in the order they are saved; they start at 0, or
--   initial(o, name)  at what this gives, where the file has it
--   scalars(o)  { { name =, value = }, … }: declared by the generated code as `const double`
--   prepare(o)  C text run once per step before any update; sees the scalars, `const real lr` and
--               `const real step` (1 for the first step); declares what update uses
--   update(o)   C text, a block over one weight: lvalues `w` and the names of state(o), value `g`
--               (the gradient), all of type `real`, which is float, or double in tests
--
-- `o` is the optimizer of a parameter group: any number among its fields may differ between groups.

return {
  kind = "sgd", section = "optimizer",
  doc = "Stochastic gradient descent with momentum (Sutskever et al. 2013), as `torch.optim.SGD` defines it.",
  fields = {
    { name = "learning_rate", type = "number", above = 0, required = true, doc = "step length at full rate" },
    { name = "momentum", type = "number", min = 0, below = 1, default = 0,
      doc = "share of the last update that is kept" },
    { name = "dampening", type = "number", min = 0, max = 1, default = 0,
      doc = "share of a new gradient that is left out of the momentum, from the second step on" },
    { name = "weight_decay", type = "number", min = 0, default = 0,
      doc = "L2 penalty: this times the weight is added to its gradient" },
    { name = "nesterov", type = "boolean", default = false, doc = "look ahead along the momentum (Nesterov 1983)" },
  },
  check = function(o)
    if o.nesterov and o.momentum == 0 then return "nesterov", "needs `momentum` above 0" end
    if o.nesterov and o.dampening > 0 then return "nesterov", "needs `dampening` 0" end
  end,

  state = function(o) return o.momentum > 0 and { "momentum_buffer" } or {} end,

  scalars = function(o)
    local list = {}
    if o.momentum > 0 then
      list[#list + 1] = { name = "momentum", value = o.momentum }
      if (o.dampening or 0) > 0 then list[#list + 1] = { name = "dampening", value = o.dampening } end
    end
    if o.weight_decay > 0 then list[#list + 1] = { name = "weight_decay", value = o.weight_decay } end
    return list
  end,

  -- The definition sets the buffer to the first gradient. Without dampening that is what a buffer of
  -- zeros gives: momentum * 0 + d; with it the first gradient's share is 1.
  prepare = function(o)
    if o.momentum == 0 or (o.dampening or 0) == 0 then return "" end
    return "const real share = step > 1 ? (real)(1.0 - dampening) : 1;\n"
  end,

  update = function(o)
    local lines = { "{" }
    lines[#lines + 1] = o.weight_decay > 0 and "    real d = g + (real)weight_decay * w;" or "    real d = g;"
    if o.momentum > 0 then
      lines[#lines + 1] = "    momentum_buffer = (real)momentum * momentum_buffer + "
        .. ((o.dampening or 0) > 0 and "share * d;" or "d;")
      lines[#lines + 1] = o.nesterov and "    d += (real)momentum * momentum_buffer;" or "    d = momentum_buffer;"
    end
    lines[#lines + 1] = "    w -= lr * d;"
    lines[#lines + 1] = "}"
    return table.concat(lines, "\n") .. "\n"
  end,
}
