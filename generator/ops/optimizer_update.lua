-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- One pass over a group of parameters, their gradients and the optimizer's buffers. What happens to
-- one element is the optimizer's own C text (generator/optimizers/).

local c = require "generator.backends.c"
local clip = require "generator.backends.clip"
local render = require("generator.base.render").render

return {
  name = "optimizer_update",
  doc = "The optimizer's step over a group of parameters at once.",
  inputs = { "gradients", "norm?" }, outputs = {},
  attrs = {
    { name = "optimizer", doc = "the optimizer with its hyperparameters" },
    { name = "module", doc = "what the optimizer's file returned" },
    { name = "begin", doc = "where the group's parameters begin in the state block" },
    { name = "count", doc = "trainable scalars of the group" },
    { name = "regions", doc = "where the optimizer's buffers of the group lie in the state block" },
    { name = "rate", default = 1.0, doc = "what the learning rate is multiplied by" },
    { name = "clip_value", optional = true, doc = "bound of each gradient" },
    { name = "clip_norm", optional = true, doc = "bound of the norm of all gradients" },
  },
  infer = function() return {} end,
  cost = function(n) return 6 * n.attrs.count end,
  grad = false,
  kernels = {
    c = {
      scalars = { "learning_rate", "steps_done" },
      state = function(n) -- whole regions of the state block, by parameter name of the C function
        local list = { { name = "weights", offset = n.attrs.begin } }
        for _, name in ipairs(n.attrs.module.state(n.attrs.optimizer)) do
          list[#list + 1] = { name = name .. "_block", offset = n.attrs.regions[name] }
        end
        return list
      end,
      body = function(n)
        local a = n.attrs
        local o, module = a.optimizer, a.module
        local load, store, constants = {}, {}, {}
        for _, s in ipairs(module.scalars and module.scalars(o) or {}) do
          constants[#constants + 1] = render("const double ${name} = ${value};",
            { name = s.name, value = s.value + 0.0 })
        end
        for _, name in ipairs(module.state(o)) do
          load[#load + 1] = string.format("real %s = %s_block[i];", name, name)
          store[#store + 1] = string.format("%s_block[i] = %s;", name, name)
        end
        local prepare = module.prepare and module.prepare(o) or ""
        if prepare ~= "" then prepare = "const real step = (real)(steps_done + 1);\n" .. prepare end
        return render([[
const real lr = ${lr};
${constants}
${clip}
${prepare}
${loop}
for (int i = 0; i < ${count}; i++) {
    ${gradient}
    real w = weights[i];
    ${load}
    ${update}
    ${store}
    weights[i] = w;
}
]], { lr = a.rate == 1 and "(real)learning_rate"
          or render("(real)((double)learning_rate * ${rate})", { rate = a.rate + 0.0 }),
        constants = table.concat(constants, "\n"), clip = clip.norm(a.clip_norm), prepare = prepare,
        gradient = clip.gradient(a.clip_value, a.clip_norm),
        loop = c.simd_loop(a.count), count = a.count, load = table.concat(load, "\n"), update = module.update(o),
        store = table.concat(store, "\n") })
      end,
    },
  },
  reference = false, -- ten steps of every optimizer are compared in tests/optimizers
  tests = {},
}
