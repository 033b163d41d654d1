-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Writes an image into channels [first, first + its channels) of a wider one, which goes on with them: the
-- step of a concat that copies only what is new. Put there by the concat_in_place pass. `to` may be absent:
-- the other channels are then what they happen to be, and written later.

local c = require "generator.backends.c"
local graph = require "generator.graph.graph"
local render = require("generator.base.render").render

return {
  name = "concat_into",
  doc = "An image with another written into a range of its channels.",
  inputs = { "to?", "b" }, outputs = { "y" },
  attrs = {
    { name = "first", doc = "first channel of the range; a multiple of the block" },
    { name = "channels", doc = "of the result" },
  },
  infer = function(n)
    local s = { table.unpack(n.inputs.b.shape) }
    if n.attrs.first + s[2] > n.attrs.channels then
      return nil, string.format("%s does not fit into %d channels from %d on", graph.shape_text(s), n.attrs.channels,
        n.attrs.first)
    end
    s[2] = n.attrs.channels
    return { y = { shape = s } }
  end,
  cost = function() return 0 end,
  grad = false,
  kernels = {
    c = {
      layout = function(_, target)
        local layout = target.blocked and "blocked" or "plain"
        return { to = layout, b = layout, y = layout }
      end,
      body = function(n, k)
        local s = n.inputs.b.shape
        local inner = graph.count({ table.unpack(s, 3) })
        local v = { N = s[1], C = k.count(n.outputs.y) // s[1], F = n.attrs.first * inner,
                    K = k.count(n.inputs.b) // s[1] }
        v.loop = c.outer_loop(s[1], v.K)
        v.keep = n.inputs.to
          and render("if (to != y) memcpy(y + n * ${C}, to + n * ${C}, ${C} * sizeof(real));", v) or ""
        return render([[
${loop}
for (int n = 0; n < ${N}; n++) {
    ${keep}
    memcpy(y + n * ${C} + ${F}, b + n * ${K}, ${K} * sizeof(real));
}
]], v)
      end,
    },
  },
  inplace = { y = "to" },
  reference = "torch.cat([to[:, :first], b, to[:, first + b.shape[1]:]], dim=1)",
  tests = {
    { to = { 2, 64, 2, 3 }, b = { 2, 16, 2, 3 }, attrs = { first = 32, channels = 64 } },
    { to = { 2, 48, 3, 3 }, b = { 2, 32, 3, 3 }, attrs = { first = 16, channels = 48 } },
  },
}
