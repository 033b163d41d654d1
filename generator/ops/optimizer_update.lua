-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- One pass over a group of parameters, their gradients and the optimizer's buffers. What happens to
-- one element is the optimizer's own C text (generator/optimizers/).

local c = require "generator.backends.c"
local clip = require "generator.backends.clip"
local render = require("generator.base.render").render
local updates = require "generator.backends.updates"

return {
  name = "optimizer_update",
  doc = "The optimizer's step over a group of parameters at once.",
  inputs = { "gradients", "norm?" }, outputs = {},
  attrs = updates.attributes {
    { name = "begin", doc = "where the group's parameters begin in the state block" },
    { name = "count", doc = "trainable scalars of the group" },
    { name = "clip_norm", optional = true, doc = "bound of the norm of all gradients" },
  },
  infer = function() return {} end,
  cost = function(n) return 6 * n.attrs.count end,
  grad = false,
  kernels = {
    c = {
      scalars = updates.scalars,
      state = updates.state,
      body = function(n)
        local a = n.attrs
        local values = updates.text(a, clip.gradient(a.clip_value, a.clip_norm))
        values.clip = clip.norm(a.clip_norm)
        values.loop, values.count = c.simd_loop(a.count), a.count
        return render([[
const real lr = ${lr};
${constants}
${clip}
${prepare}
${loop}
for (int i = 0; i < ${count}; i++) {
    ${element}
}
]], values)
      end,
    },
  },
  reference = false, -- ten steps of every optimizer are compared in tests/optimizers
  tests = {},
}
