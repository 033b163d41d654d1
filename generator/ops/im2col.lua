-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The windows of an image as rows of a matrix (Chellapilla et al. 2006): row (n, oh, ow), column
-- (c, kh, kw), zeros where a window reaches into the padding. With a 1x1 window it lists the pixels of an
-- image, one a row. Used where a gradient of a convolution is better made as a matrix product.

local c = require "generator.backends.c"
local graph = require "generator.graph.graph"
local pools = require "generator.backends.pools"
local render = require("generator.base.render").render

return {
  name = "im2col",
  doc = "The windows of an image as rows of a matrix.",
  inputs = { "x" }, outputs = { "y" },
  attrs = {
    { name = "kernel_size", doc = "height and width of the window" },
    { name = "stride", default = { 1, 1 }, doc = "rows and columns between windows" },
    { name = "padding", default = { 0, 0 }, doc = "zeros above and below, left and right" },
    { name = "dilation", default = { 1, 1 }, doc = "distance between the taps of a window" },
  },
  infer = function(n)
    local s, k = n.inputs.x.shape, n.attrs.kernel_size
    local size, message = pools.window_shape(s, n.attrs, graph.shape_text)
    if not size then return nil, message end
    return { y = { shape = { s[1] * size[1] * size[2], s[2] * k[1] * k[2] } } }
  end,
  cost = function() return 0 end,
  grad = false,
  kernels = {
    c = {
      layout = { x = "either", y = "plain" },
      body = function(n, k)
        local s, a = n.inputs.x.shape, n.attrs
        local size = pools.window_shape(s, a, graph.shape_text)
        local lanes, blocks = k.lanes(n.inputs.x)
        return render([[
${loop}
for (int row = 0; row < ${N} * ${OH} * ${OW}; row++) {
    const int n = row / (${OH} * ${OW}), oh = row / ${OW} % ${OH}, ow = row % ${OW};
    real *restrict out = y + (ptrdiff_t)row * (${C} * ${KH} * ${KW});
    for (int cb = 0; cb < ${CB}; cb++)
        for (int kh = 0; kh < ${KH}; kh++)
            for (int kw = 0; kw < ${KW}; kw++) {
                const int ih = oh * ${SH} - ${PH} + kh * ${DH}, iw = ow * ${SW} - ${PW} + kw * ${DW};
                const int inside = ih >= 0 && ih < ${IH} && iw >= 0 && iw < ${IW};
                const real *restrict pixel =
                    x + (((ptrdiff_t)(n * ${CB} + cb) * ${IH} + (inside ? ih : 0)) * ${IW} + (inside ? iw : 0)) * ${B};
                const int lanes = ${C} - cb * ${B} < ${B} ? ${C} - cb * ${B} : ${B};
                for (int l = 0; l < lanes; l++)
                    out[((cb * ${B} + l) * ${KH} + kh) * ${KW} + kw] = inside ? pixel[l] : 0;
            }
}
]], { N = s[1], C = s[2], IH = s[3], IW = s[4], OH = size[1], OW = size[2], B = lanes, CB = blocks,
        KH = a.kernel_size[1], KW = a.kernel_size[2], SH = a.stride[1], SW = a.stride[2], PH = a.padding[1],
        PW = a.padding[2], DH = a.dilation[1], DW = a.dilation[2],
        loop = c.outer_loop(s[1] * size[1] * size[2], s[2] * a.kernel_size[1] * a.kernel_size[2]) })
      end,
    },
  },
  reference = "F.unfold(x, tuple(kernel_size), tuple(dilation), tuple(padding), tuple(stride))"
    .. ".transpose(1, 2).reshape(-1, x.shape[1] * kernel_size[0] * kernel_size[1])",
  tests = {
    { x = { 2, 3, 4, 5 }, attrs = { kernel_size = { 3, 3 }, padding = { 1, 1 } } },
    { x = { 2, 20, 4, 4 }, attrs = { kernel_size = { 3, 2 }, stride = { 2, 1 }, padding = { 1, 0 } } },
    { x = { 2, 16, 2, 3 }, attrs = { kernel_size = { 1, 1 } } },
  },
}
