-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of conv2d with respect to its input (a transposed convolution).

local convolutions = require "generator.backends.convolutions"

return {
  name = "conv2d_dx",
  doc = "Gradient of `conv2d` with respect to its input.",
  inputs = { "dy", "w" }, outputs = { "dx" },
  attrs = convolutions.gradient_attributes,
  infer = function(n)
    local dy, w = n.inputs.dy.shape, n.inputs.w.shape
    return { dx = { shape = { dy[1], w[2] * n.attrs.groups, n.attrs.height, n.attrs.width } } }
  end,
  cost = function(n) return convolutions.cost(n.inputs.dy.shape, n.inputs.w.shape) end,
  grad = false,
  bf16 = { "dy", "w", "dx" },
  kernels = convolutions.backward_data,
  reference = "torch.nn.grad.conv2d_input((dy.shape[0], w.shape[1] * groups, height, width), w, dy, "
    .. "tuple(stride), tuple(padding), tuple(dilation), groups)",
  tests = {
    { dy = { 2, 4, 7, 8 }, w = { 4, 3, 3, 3 },
      attrs = { padding = { 1, 1 }, kernel_size = { 3, 3 }, height = 7, width = 8 } },
    { dy = { 2, 32, 5, 5 }, w = { 32, 16, 3, 3 },
      attrs = { stride = { 2, 2 }, padding = { 1, 1 }, kernel_size = { 3, 3 }, height = 9, width = 10 } },
    { dy = { 2, 16, 3, 35 }, w = { 16, 1, 3, 3 },
      attrs = { padding = { 1, 1 }, groups = 16, kernel_size = { 3, 3 }, height = 3, width = 35 } },
    { dy = { 1, 24, 4, 20 }, w = { 24, 1, 5, 5 },
      attrs = { stride = { 2, 2 }, padding = { 2, 2 }, groups = 24, kernel_size = { 5, 5 }, height = 7, width = 40 } },
    { dy = { 2, 8, 2, 8 }, w = { 8, 1, 2, 3 },
      attrs = { stride = { 3, 5 }, padding = { 1, 0 }, groups = 8, kernel_size = { 2, 3 }, height = 5, width = 39 } },
  },
  tolerance = 2e-4,
}
