-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Adam whose weight decay stands beside the gradient's step instead of in the gradient. What an
-- optimizer file says is explained in sgd.lua.

local adam = require "generator.optimizers.adam"

local fields = {}
for i, field in ipairs(adam.fields) do fields[i] = field end
for i, field in ipairs(fields) do
  if field.name == "weight_decay" then
    fields[i] = { name = "weight_decay", type = "number", min = 0, default = 0.01,
                  doc = "in each step the weight loses this times the learning rate of itself" }
  end
end

return {
  kind = "adamw", section = "optimizer",
  doc = "Adam with decoupled weight decay (Loshchilov and Hutter 2019), as `torch.optim.AdamW` defines it.",
  fields = fields,
  state = adam.state,
  scalars = adam.scalars,
  prepare = function(o)
    local text = adam.prepare(o)
    if o.weight_decay > 0 then text = text .. "const real kept = (real)(1.0 - (double)lr * weight_decay);\n" end
    return text
  end,
  update = function(o) return adam.update(o, o.weight_decay > 0 and "    w *= kept;" or nil) end,
}
