-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Mean of each window; positions in the padding count as zeros.

local graph = require "generator.graph.graph"
local pools = require "generator.backends.pools"

local op = pools.window_op("avg_pool", "Mean of each window, padding counted.")
op.outputs = { "y" }
op.onnx = "AveragePool"
op.reference = "F.avg_pool2d(x, tuple(kernel_size), tuple(stride), tuple(padding))"

function op.infer(n)
  local s = n.inputs.x.shape
  local size, message = pools.window_shape(s, n.attrs, graph.shape_text)
  if not size then return nil, message end
  return { y = { shape = { s[1], s[2], size[1], size[2] } } }
end

return op
