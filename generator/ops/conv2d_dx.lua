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
  },
  tolerance = 2e-4,
}
