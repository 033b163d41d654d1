-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Joins two tensors along the channels (axis 1). Images may be blocked where the first ends at a block;
-- either way a sample is two runs of memory.

local c = require "generator.backends.c"
local last = require "generator.backends.channels_last"
local graph = require "generator.graph.graph"
local render = require("generator.base.render").render

return {
  name = "concat",
  doc = "Joins two tensors along the channels.",
  inputs = { "a", "b" }, outputs = { "y" }, attrs = {},
  infer = function(n)
    local a, b = n.inputs.a.shape, n.inputs.b.shape
    local shape = { table.unpack(a) }
    local fits = #a == #b
    for i = 1, #a do fits = fits and (i == 2 or a[i] == b[i]) end
    if not fits then
      return nil, string.format("the branches differ in more than their channels: %s and %s",
        graph.shape_text(a), graph.shape_text(b))
    end
    shape[2] = a[2] + b[2]
    return { y = { shape = shape } }
  end,
  cost = function() return 0 end,
  grad = function(g, n, d)
    local ca, cb = n.inputs.a.shape[2], n.inputs.b.shape[2]
    return {
      a = g:node("channel_slice", n.path, { x = d.y }, { first = 0, channels = ca }).y,
      b = g:node("channel_slice", n.path, { x = d.y }, { first = ca, channels = cb }).y,
    }
  end,
  bf16 = "follow",
  kernels = {
    channels_last = {
      backend = "c", rank = 1, bf16 = "only", when = last.wanted,
      layout = { a = "channels_last", b = "channels_last", y = "channels_last" },
      body = function(n)
        local a, b = n.inputs.a.shape[2], n.inputs.b.shape[2]
        local rows = graph.count(n.inputs.a.shape) // a
        return render([[
${loop}
for (int r = 0; r < ${rows}; r++) {
    memcpy(y + r * (${A} + ${B}), a + r * ${A}, ${A} * sizeof(bf16));
    memcpy(y + r * (${A} + ${B}) + ${A}, b + r * ${B}, ${B} * sizeof(bf16));
}
]], { rows = rows, A = a, B = b, loop = c.outer_loop(rows, a + b) })
      end,
    },
    c = {
      layout = function(n, target)
        local whole = target.blocked and #n.inputs.a.shape == 4 and n.inputs.a.shape[2] % target.block == 0
        local layout = whole and "blocked" or "plain"
        return { a = layout, b = layout, y = layout }
      end,
      body = function(n, k)
        local a = n.inputs.a.shape
        local function sample(port) return k.count(n.inputs[port]) // a[1] end
        return render([[
${loop}
for (int n = 0; n < ${N}; n++) {
    memcpy(y + n * (${A} + ${B}), a + n * ${A}, ${A} * sizeof(real));
    memcpy(y + n * (${A} + ${B}) + ${A}, b + n * ${B}, ${B} * sizeof(real));
}
]], { N = a[1], A = sample "a", B = sample "b", loop = c.outer_loop(a[1], sample "a" + sample "b") })
      end,
    },
  },
  onnx = "Concat",
  reference = "torch.cat([a, b], dim=1)",
  tests = {
    { a = { 2, 3, 2, 2 }, b = { 2, 5, 2, 2 } }, { a = { 3, 4 }, b = { 3, 1 } },
    { a = { 2, 32, 2, 3 }, b = { 2, 20, 2, 3 } },
  },
  layer = {
    kind = "concat", children = true, fields = {},
    doc = "Its branches' outputs joined along the channels.",
    build = function(b, x, layer)
      local joined
      for i, branch in ipairs(layer) do
        local y = b:child(branch, i, x)
        joined = joined and b:op("concat", { a = joined, b = y }).y or y
      end
      return joined
    end,
  },
}
