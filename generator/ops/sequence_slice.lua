-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Features [first, first + features) of each step of a sequence: the gradient of sequence_concat.

local c = require "generator.backends.c"
local graph = require "generator.graph.graph"
local render = require("generator.base.render").render

return {
  name = "sequence_slice",
  doc = "A range of the features of a sequence.",
  inputs = { "x" }, outputs = { "y" },
  attrs = { { name = "first", doc = "first feature" }, { name = "features", doc = "how many" } },
  infer = function(n)
    local s, a = n.inputs.x.shape, n.attrs
    if #s ~= 3 or a.first + a.features > s[3] then
      return nil, "the range of features ends beyond " .. graph.shape_text(s)
    end
    return { y = { shape = { s[1], s[2], a.features } } }
  end,
  cost = function() return 0 end,
  grad = false,
  kernels = {
    c = {
      body = function(n)
        local s, a = n.inputs.x.shape, n.attrs
        return render([[
${loop}
for (int r = 0; r < ${R}; r++)
    memcpy(y + (ptrdiff_t)r * ${K}, x + (ptrdiff_t)r * ${C} + ${F}, ${K} * sizeof(real));
]], { R = s[1] * s[2], C = s[3], F = a.first, K = a.features, loop = c.outer_loop(s[1] * s[2], a.features) })
      end,
    },
  },
  reference = "x[:, :, first:first + features]",
  tests = { { x = { 2, 3, 5 }, attrs = { first = 1, features = 3 } } },
}
