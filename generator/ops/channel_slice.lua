-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Channels [first, first + channels) of a tensor: the gradient of concat. Images may be blocked where the
-- range begins at a block and ends at one, or with the tensor.

local c = require "generator.backends.c"
local last = require "generator.backends.channels_last"
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
  bf16 = "follow",
  kernels = {
    channels_last = {
      backend = "c", rank = 1, bf16 = "only", when = last.wanted, layout = { x = "channels_last", y = "channels_last" },
      body = function(n)
        local s, channels = n.inputs.x.shape, n.attrs.channels
        local rows = graph.count(s) // s[2]
        return render([[
${loop}
for (int r = 0; r < ${rows}; r++) memcpy(y + r * ${K}, x + r * ${C} + ${F}, ${K} * sizeof(bf16));
]], { rows = rows, C = s[2], F = n.attrs.first, K = channels, loop = c.outer_loop(rows, channels) })
      end,
    },
    c = {
      layout = function(n, target)
        local s, first, channels = n.inputs.x.shape, n.attrs.first, n.attrs.channels
        local whole = target.blocked and #s == 4 and first % target.block == 0
          and (channels % target.block == 0 or first + channels == s[2])
        local layout = whole and "blocked" or "plain"
        return { x = layout, y = layout }
      end,
      body = function(n, k)
        local s = n.inputs.x.shape
        local inner = graph.count({ table.unpack(s, 3) })
        local function sample(t) return k.count(t) // s[1] end
        return render([[
${loop}
for (int n = 0; n < ${N}; n++)
    memcpy(y + n * ${K}, x + n * ${C} + ${F}, ${K} * sizeof(real));
]], { N = s[1], C = sample(n.inputs.x), F = n.attrs.first * inner, K = sample(n.outputs.y),
        loop = c.outer_loop(s[1], n.attrs.channels * inner) })
      end,
    },
  },
  reference = "x[:, first:first + channels]",
  tests = {
    { x = { 2, 5, 2, 3 }, attrs = { first = 1, channels = 3 } },
    { x = { 2, 52, 2, 3 }, attrs = { first = 32, channels = 20 } },
    { x = { 2, 52, 2, 3 }, attrs = { first = 16, channels = 32 } },
  },
}
