-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Mean over windows that share out an image to a given size, as torch.nn.AdaptiveAvgPool2d: window i of O
-- over I rows goes from floor(i I / O) up to, not including, ceil((i + 1) I / O). Windows overlap where O
-- does not divide I, and repeat rows where O is larger.

local graph = require "generator.graph.graph"
local pools = require "generator.backends.pools"

return {
  name = "adaptive_avg_pool",
  doc = "Mean over windows that share out an image to a given size.",
  inputs = { "x" }, outputs = { "y" },
  attrs = { { name = "output_size", doc = "height and width of the result" } },
  infer = function(n)
    local s, size = n.inputs.x.shape, n.attrs.output_size
    if #s ~= 4 then return nil, "expects images (N, C, H, W), found " .. graph.shape_text(s) end
    return { y = { shape = { s[1], s[2], size[1], size[2] } } }
  end,
  cost = function(n)
    return math.max(graph.count(n.inputs.x.shape), graph.count(n.outputs.y.shape))
  end,
  grad = function(g, n, d)
    local s = n.inputs.x.shape
    return { x = g:node("adaptive_avg_pool_dx", n.path, { dy = d.y }, { height = s[3], width = s[4] }).dx }
  end,
  kernels = pools.adaptive_avg_pool,
  reference = "F.adaptive_avg_pool2d(x, tuple(output_size))",
  tests = {
    { x = { 2, 3, 6, 6 }, attrs = { output_size = { 3, 2 } } },
    { x = { 2, 20, 7, 10 }, attrs = { output_size = { 3, 4 } } },
    { x = { 1, 17, 3, 2 }, attrs = { output_size = { 7, 7 } } },
    { x = { 2, 16, 13, 5 }, attrs = { output_size = { 6, 1 } } },
  },
  layer = {
    kind = "adaptive_avg_pool", doc = "Mean over windows that share out an image, as torch.nn.AdaptiveAvgPool2d.",
    fields = {
      { name = "output_size", type = "pair", min = 1, required = true, doc = "height and width of the result" },
    },
    random = function(pick, shape)
      return #shape == 4 and { output_size = { pick:int(1, shape[3] + 1), pick:int(1, shape[4] + 1) } } or nil
    end,
    build = function(b, x, layer)
      local size = b.pair(layer.output_size)
      if #x.shape == 4 and x.shape[3] == size[1] and x.shape[4] == size[2] then return x end
      return b:op("adaptive_avg_pool", { x = x }, { output_size = size }).y
    end,
  },
}
