-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The optimizer's step as C text, for the ops that apply it: to all parameters of a group (optimizer_update) or to
-- some rows of one (row_update). What happens to one element is the optimizer's own text (generator/optimizers/).

local M = {}
local render = require("generator.base.render").render

--- The attributes of such an op: what they have in common, `own` between.
function M.attributes(own)
  local list = {
    { name = "optimizer", doc = "the optimizer with its hyperparameters" },
    { name = "module", doc = "what the optimizer's file returned" },
    { name = "regions", doc = "where the optimizer's buffers of these parameters lie in the state block" },
    { name = "rate", default = 1.0, doc = "what the learning rate is multiplied by" },
    { name = "clip_value", optional = true, doc = "bound of each gradient" },
  }
  return table.move(own, 1, #own, #list + 1, list)
end

M.scalars = { "learning_rate", "steps_done" }

--- Regions of the state block that a kernel is given, by parameter name of the C function.
function M.state(n)
  local list = { { name = "weights", offset = n.attrs.begin } }
  for _, name in ipairs(n.attrs.module.state(n.attrs.optimizer)) do
    list[#list + 1] = { name = name .. "_block", offset = n.attrs.regions[name] }
  end
  return list
end

--- Text before the loop (`lr`, `constants`, `prepare`), and `element`, for element `i` of it: what declares the
--- gradient `g` (`gradient`, from clip.lua), loads the optimizer's numbers, changes the weight `w`, and stores.
function M.text(a, gradient)
  local o, module = a.optimizer, a.module
  local load, store, constants = {}, {}, {}
  for _, s in ipairs(module.scalars and module.scalars(o) or {}) do
    constants[#constants + 1] = render("const double ${name} = ${value};", { name = s.name, value = s.value + 0.0 })
  end
  for _, name in ipairs(module.state(o)) do
    load[#load + 1] = string.format("real %s = %s_block[i];", name, name)
    store[#store + 1] = string.format("%s_block[i] = %s;", name, name)
  end
  local prepare = module.prepare and module.prepare(o) or ""
  if prepare ~= "" then prepare = "const real step = (real)(steps_done + 1);\n" .. prepare end
  return {
    lr = a.rate == 1 and "(real)learning_rate"
      or render("(real)((double)learning_rate * ${rate})", { rate = a.rate + 0.0 }),
    constants = table.concat(constants, "\n"), prepare = prepare,
    element = render([[
${gradient}
real w = weights[i];
${load}
${update}
${store}
weights[i] = w;]], { gradient = gradient, load = table.concat(load, "\n"), update = module.update(o),
      store = table.concat(store, "\n") }),
  }
end

return M
