-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of conv2d with respect to its weights, in the weights' order (OC, IC / groups, KH, KW).

local convolutions = require "generator.backends.convolutions"

return {
  name = "conv2d_dw",
  doc = "Gradient of `conv2d` with respect to its weights.",
  inputs = { "x", "dy" }, outputs = { "dw" },
  attrs = convolutions.gradient_attributes,
  infer = function(n)
    local x, dy, k = n.inputs.x.shape, n.inputs.dy.shape, n.attrs.kernel_size
    return { dw = { shape = { dy[2], x[2] // n.attrs.groups, k[1], k[2] } } }
  end,
  cost = function(n) return convolutions.cost(n.inputs.dy.shape, n.outputs.dw.shape) end,
  grad = false,
  bf16 = { "x", "dy" },
  kernels = convolutions.backward_weights,
  reference = "torch.nn.grad.conv2d_weight(x, (dy.shape[1], x.shape[1] // groups, *kernel_size), dy, "
    .. "tuple(stride), tuple(padding), tuple(dilation), groups)",
  tests = {
    { x = { 2, 3, 7, 8 }, dy = { 2, 4, 7, 8 },
      attrs = { padding = { 1, 1 }, kernel_size = { 3, 3 }, height = 7, width = 8 } },
    { x = { 2, 16, 9, 10 }, dy = { 2, 32, 5, 5 },
      attrs = { stride = { 2, 2 }, padding = { 1, 1 }, kernel_size = { 3, 3 }, height = 9, width = 10 } },
    { x = { 2, 16, 4, 35 }, dy = { 2, 16, 4, 35 },
      attrs = { padding = { 1, 1 }, groups = 16, kernel_size = { 3, 3 }, height = 4, width = 35 } },
    { x = { 3, 24, 9, 20 }, dy = { 3, 24, 5, 10 },
      attrs = { stride = { 2, 2 }, padding = { 2, 2 }, groups = 24, kernel_size = { 5, 5 }, height = 9, width = 20 } },
    { x = { 4, 12, 32, 33 }, dy = { 4, 12, 32, 17 },
      attrs = { stride = { 1, 2 }, padding = { 1, 1 }, groups = 12, kernel_size = { 3, 3 }, height = 32, width = 33 } },
    { x = { 3, 1, 11, 12 }, dy = { 3, 12, 11, 12 },
      attrs = { padding = { 1, 1 }, kernel_size = { 3, 3 }, height = 11, width = 12 } },
    { x = { 2, 2, 33, 30 }, dy = { 2, 40, 17, 15 },
      attrs = { stride = { 2, 2 }, padding = { 3, 3 }, kernel_size = { 7, 7 }, height = 33, width = 30 } },
  },
  tolerance = 2e-4,
}
