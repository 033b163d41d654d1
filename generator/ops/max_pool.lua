-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Largest value of each window, with the position of the (first) maximum kept for the gradient.

local op = require("generator.backends.pools").window_op("max_pool", "Largest value of each window.", { "index" })
op.outputs = { "y", "index" }
op.onnx = "MaxPool"
op.reference = "F.max_pool2d(x, tuple(kernel_size), tuple(stride), tuple(padding))"

local window = op.infer
function op.infer(n)
  local found, message = window(n)
  if not found then return nil, message end
  if n.attrs.kernel_size[1] * n.attrs.kernel_size[2] > 255 then return nil, "a window may hold at most 255 values" end
  found.index = { shape = found.y.shape, dtype = "u8" }
  return found
end

return op
