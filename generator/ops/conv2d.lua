-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Two-dimensional convolution (cross-correlation, as torch.nn.Conv2d). Bias, residual sum and ReLU
-- are inputs and an attribute, so that fusion is a rewrite of the node and nothing else.

local graph = require "generator.graph.graph"
local convolutions = require "generator.backends.convolutions"

return {
  name = "conv2d",
  doc = "Two-dimensional convolution with optional bias, residual sum and ReLU fused.",
  inputs = { "x", "w", "b?", "residual?" }, outputs = { "y" },
  attrs = convolutions.attributes {
    { name = "relu", default = false, doc = "apply ReLU to the result" },
    { name = "ceiling", optional = true, doc = "upper bound of that ReLU: 6 for ReLU6" },
  },
  infer = function(n)
    local shape, message = convolutions.infer(n.inputs.x.shape, n.inputs.w.shape, n.attrs, graph.shape_text)
    if not shape then return nil, message end
    return { y = { shape = shape } }
  end,
  cost = function(n) return convolutions.cost(n.outputs.y.shape, n.inputs.w.shape) end,
  grad = function(g, n, d)
    local a, dy = n.attrs, d.y
    if a.relu then
      dy = g:node(a.ceiling and "relu6_dx" or "relu_dx", n.path, { dy = dy, y = n.outputs.y },
        { ceiling = a.ceiling }).dx
    end
    local geometry = { stride = a.stride, padding = a.padding, dilation = a.dilation, groups = a.groups }
    local w, x = n.inputs.w.shape, n.inputs.x.shape
    geometry.kernel_size, geometry.height, geometry.width = { w[3], w[4] }, x[3], x[4]
    return {
      w = d.needs.w and g:node("conv2d_dw", n.path, { x = n.inputs.x, dy = dy }, geometry).dw,
      x = d.needs.x and g:node("conv2d_dx", n.path, { dy = dy, w = n.inputs.w }, geometry).dx,
      b = n.inputs.b and d.needs.b and g:node("channel_sum", n.path, { x = dy }).sum,
      residual = n.inputs.residual and dy,
    }
  end,
  inplace = { y = "residual" },
  bf16 = { "x", "w", "residual", "y" },
  kernels = convolutions.forward,
  onnx = "Conv",
  reference = "((lambda v: F.hardtanh(v, 0, a.ceiling)) if hasattr(a, 'ceiling') else F.relu if relu "
    .. "else (lambda v: v))(F.conv2d(x, w, b, "
    .. "tuple(stride), tuple(padding), tuple(dilation), groups) + (0 if residual is None else residual))",
  tests = {
    { x = { 2, 3, 7, 8 }, w = { 4, 3, 3, 3 }, b = { 4 }, attrs = { padding = { 1, 1 } } },
    { x = { 2, 16, 9, 9 }, w = { 32, 16, 3, 3 }, attrs = { stride = { 2, 2 }, padding = { 1, 1 } } },
    { x = { 1, 4, 8, 9 }, w = { 6, 2, 3, 2 }, b = { 6 }, attrs = { dilation = { 2, 1 }, groups = 2 } },
    { x = { 2, 8, 6, 6 }, w = { 8, 1, 3, 3 }, attrs = { padding = { 1, 1 }, groups = 8 } },
    { x = { 2, 16, 5, 5 }, w = { 16, 16, 1, 1 }, b = { 16 } },
    { x = { 2, 16, 5, 5 }, w = { 32, 16, 3, 3 }, b = { 32 }, residual = { 2, 32, 5, 5 },
      attrs = { padding = { 1, 1 }, relu = true } },
    { x = { 1, 1, 12, 12 }, w = { 16, 1, 7, 7 }, attrs = { stride = { 2, 2 }, padding = { 3, 3 } } },
    { x = { 2, 24, 5, 6 }, w = { 104, 24, 1, 1 }, b = { 104 }, attrs = { relu = true, ceiling = 1 } },
    { x = { 2, 20, 7, 6 }, w = { 20, 1, 3, 3 }, b = { 20 }, attrs = { stride = { 2, 2 }, padding = { 1, 1 },
      groups = 20, relu = true, ceiling = 1 } },
    { x = { 2, 16, 4, 35 }, w = { 16, 1, 3, 3 }, attrs = { padding = { 1, 1 }, groups = 16 } },
    { x = { 1, 24, 7, 40 }, w = { 24, 1, 5, 5 }, residual = { 1, 24, 4, 20 }, attrs = { stride = { 2, 2 },
      padding = { 2, 2 }, groups = 24, relu = true } },
    { x = { 3, 8, 9, 25 }, w = { 8, 1, 2, 3 }, attrs = { stride = { 3, 1 }, padding = { 0, 2 }, groups = 8 } },
  },
  tolerance = 2e-4,
  layer = {
    kind = "conv2d", doc = "Two-dimensional convolution, as torch.nn.Conv2d.",
    fields = {
      { name = "channels", type = "integer", min = 1, required = true, doc = "output channels" },
      { name = "kernel_size", type = "pair", min = 1, required = true, doc = "height and width of the window" },
      { name = "stride", type = "pair", min = 1, default = 1, doc = "rows and columns between windows" },
      { name = "padding", type = "pair", min = 0, default = 0, doc = "zeros around the image" },
      { name = "dilation", type = "pair", min = 1, default = 1, doc = "distance between taps" },
      { name = "groups", type = "integer", min = 1, default = 1, doc = "independent groups of channels" },
      { name = "bias", type = "boolean", default = true, doc = "whether there is a bias" },
      { name = "init", type = "enum",
        allowed = { "kaiming_uniform", "kaiming_normal_fan_out", "kaiming_normal_fan_in" },
        default = "kaiming_uniform",
        doc = "weights: torch's default, or He et al. 2015 by output channels as torchvision's ResNet, or by "
          .. "input channels as its DenseNet" },
      { name = "bias_init", type = "enum", allowed = { "uniform", "zero" }, default = "uniform",
        doc = "bias: torch's default, or zero" },
    },
    random = function(pick, shape)
      if #shape ~= 4 then return nil end
      local groups = pick:chance(0.25) and pick:of { 2, 4, 8, shape[2] } or 1
      local k = pick:chance(0.6) and pick:of { 1, 3, 5 } or { pick:int(1, 4), pick:int(1, 4) }
      return { kernel_size = k, groups = groups, channels = groups * pick:of { 1, 2, 3, 8, 16, 17 },
               bias = pick:chance(0.5),
               padding = pick:chance(0.6) and (type(k) == "table" and k[1] or k) // 2 or pick:int(0, 2),
               stride = pick:chance(0.7) and 1 or { pick:int(1, 3), pick:int(1, 3) },
               dilation = pick:chance(0.8) and 1 or { pick:int(1, 2), pick:int(1, 2) } }
    end,
    build = function(b, x, layer)
      if #x.shape ~= 4 then
        b:fail("conv2d expects images (N, C, H, W), found %s", graph.shape_text(x.shape))
      end
      local k, channels = b.pair(layer.kernel_size), x.shape[2]
      if channels % layer.groups ~= 0 then
        b:fail("conv2d: %d groups do not divide the %d channels of its input %s", layer.groups, channels,
          graph.shape_text(x.shape))
      end
      if layer.channels % layer.groups ~= 0 then
        b:fail("conv2d: %d groups do not divide its %d output channels", layer.groups, layer.channels)
      end
      local fan_in = channels // layer.groups * k[1] * k[2]
      local bound = 1 / math.sqrt(fan_in)
      local init = { kind = "uniform", a = -bound, b = bound } -- kaiming_uniform with a = sqrt(5)
      local weight_init = init
      if layer.init == "kaiming_normal_fan_out" then
        weight_init = { kind = "normal", a = 0, b = math.sqrt(2 / (layer.channels * k[1] * k[2])) }
      elseif layer.init == "kaiming_normal_fan_in" then
        weight_init = { kind = "normal", a = 0, b = math.sqrt(2 / fan_in) }
      end
      local bias_init = layer.bias_init == "zero" and { kind = "constant", a = 0 } or init
      return b:op("conv2d", {
        x = x,
        w = b:parameter("weight", { layer.channels, channels // layer.groups, k[1], k[2] }, weight_init),
        b = layer.bias and b:parameter("bias", { layer.channels }, bias_init) or nil,
      }, {
        stride = b.pair(layer.stride), padding = b.pair(layer.padding), dilation = b.pair(layer.dilation),
        groups = layer.groups,
      }).y
    end,
  },
}
