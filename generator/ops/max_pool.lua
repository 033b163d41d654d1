-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Largest value of each window, with the position of the (first) maximum kept for the gradient.

local graph = require "generator.graph.graph"
local pools = require "generator.backends.pools"

local op = pools.window_op("max_pool", "Largest value of each window.", { "index" })
op.outputs = { "y", "index" }
op.onnx = "MaxPool"
op.reference = "F.max_pool2d(x, tuple(kernel_size), tuple(stride), tuple(padding))"

function op.infer(n)
  local s = n.inputs.x.shape
  local size, message = pools.window_shape(s, n.attrs, graph.shape_text)
  if not size then return nil, message end
  if n.attrs.kernel_size[1] * n.attrs.kernel_size[2] > 255 then return nil, "a window may hold at most 255 values" end
  local shape = { s[1], s[2], size[1], size[2] }
  return { y = { shape = shape }, index = { shape = shape, dtype = "u8" } }
end

return op
