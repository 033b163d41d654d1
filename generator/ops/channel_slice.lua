-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Channels [first, first + channels) of a tensor: the gradient of concat.

local c = require "generator.backends.c"
local graph = require "generator.graph.graph"
local render = require("generator.base.render").render

return {
  name = "channel_slice",
  doc = "A range of channels.",
  inputs = { "x" }, outputs = { "y" },
  attrs = { { name = "first", doc = "first channel" }, { name = "channels", doc = "how many" } },
  infer = function(n)
    local s = { table.unpack(n.inputs.x.shape) }
    if n.attrs.first + n.attrs.channels > s[2] then
      return nil, "the range of channels ends beyond " .. graph.shape_text(s)
    end
    s[2] = n.attrs.channels
    return { y = { shape = s } }
  end,
  cost = function() return 0 end,
  grad = false,
  kernels = {
    c = {
      body = function(n)
        local s = n.inputs.x.shape
        local inner = graph.count({ table.unpack(s, 3) })
        return render([[
${loop}
for (int n = 0; n < ${N}; n++)
    memcpy(y + n * ${K}, x + n * ${C} + ${F}, ${K} * sizeof(real));
]], { N = s[1], C = s[2] * inner, F = n.attrs.first * inner, K = n.attrs.channels * inner,
        loop = c.outer_loop(s[1], n.attrs.channels * inner) })
      end,
    },
  },
  reference = "x[:, first:first + channels]",
  tests = { { x = { 2, 5, 2, 3 }, attrs = { first = 1, channels = 3 } } },
}
