-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Largest value of each window, with the position of the (first) maximum kept for the gradient.

local graph = require "generator.graph.graph"
local pools = require "generator.backends.pools"

return {
  name = "max_pool",
  doc = "Largest value of each window.",
  inputs = { "x" }, outputs = { "y", "index" },
  attrs = pools.attributes(),
  infer = function(n)
    local s = n.inputs.x.shape
    local size, message = pools.window_shape(s, n.attrs, graph.shape_text)
    if not size then return nil, message end
    if n.attrs.kernel_size[1] * n.attrs.kernel_size[2] > 255 then
      return nil, "a window may hold at most 255 values"
    end
    local shape = { s[1], s[2], size[1], size[2] }
    return { y = { shape = shape }, index = { shape = shape, dtype = "u8" } }
  end,
  cost = function(n)
    return graph.count(n.outputs.y.shape) * n.attrs.kernel_size[1] * n.attrs.kernel_size[2]
  end,
  grad = function(g, n, d)
    local s, a = n.inputs.x.shape, n.attrs
    return {
      x = g:node("max_pool_dx", n.path, { dy = d.y, index = n.outputs.index }, {
        kernel_size = a.kernel_size, stride = a.stride, padding = a.padding, height = s[3], width = s[4],
      }).dx,
    }
  end,
  bf16 = { "x", "y" },
  kernels = pools.max_pool,
  onnx = "MaxPool",
  reference = "F.max_pool2d(x, tuple(kernel_size), tuple(stride), tuple(padding))",
  tests = {
    { x = { 2, 3, 6, 6 }, attrs = { kernel_size = { 2, 2 }, stride = { 2, 2 } } },
    { x = { 2, 20, 7, 8 }, attrs = { kernel_size = { 3, 3 }, stride = { 2, 2 }, padding = { 1, 1 } } },
    { x = { 1, 2, 5, 9 }, attrs = { kernel_size = { 2, 3 }, stride = { 1, 2 }, padding = { 1, 0 } } },
  },
  layer = {
    kind = "max_pool", doc = "Largest value of each window.",
    fields = {
      { name = "kernel_size", type = "pair", min = 1, required = true, doc = "window height and width" },
      { name = "stride", type = "pair", min = 1, doc = "step of the window; default: its size" },
      { name = "padding", type = "pair", min = 0, default = 0, doc = "added on every side, at most half the window" },
    },
    check = function(o)
      local k = type(o.kernel_size) == "table" and o.kernel_size or { o.kernel_size, o.kernel_size }
      local p = type(o.padding) == "table" and o.padding or { o.padding or 0, o.padding or 0 }
      if 2 * p[1] > k[1] or 2 * p[2] > k[2] then return "padding", "is more than half the window" end
    end,
    random = function(pick, shape)
      if #shape ~= 4 then return nil end
      local k = { pick:int(1, 4), pick:int(1, 4) }
      return { kernel_size = k, stride = pick:chance(0.7) and { pick:int(1, 3), pick:int(1, 3) } or nil,
               padding = { pick:int(0, k[1] // 2), pick:int(0, k[2] // 2) } }
    end,
    build = function(b, x, layer)
      local k = b.pair(layer.kernel_size)
      return b:op("max_pool", { x = x }, {
        kernel_size = k, stride = layer.stride and b.pair(layer.stride) or k, padding = b.pair(layer.padding),
      }).y
    end,
  },
}
