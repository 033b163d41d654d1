-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Kernels of pooling ops. An image tensor in either layout is [N][CB][H][W][B]: plain is B = 1 with
-- CB = C, blocked has the ISA's B. One text serves both; with B lanes the innermost loop becomes one
-- vector instruction. Work is split over (n, cb) planes, which no two threads share.

local M = {}
local c = require "generator.backends.c"
local last = require "generator.backends.channels_last"
local graph = require "generator.graph.graph"
local vector = require "generator.backends.vector"
local render = require("generator.base.render").render

--- The attributes every pooling op has, then `more`.
function M.attributes(more)
  local list = {
    { name = "kernel_size", doc = "height and width of the window" },
    { name = "stride", doc = "rows and columns between windows" },
    { name = "padding", default = { 0, 0 }, doc = "rows above and below, columns left and right" },
  }
  return table.move(more or {}, 1, more and #more or 0, #list + 1, list)
end

--- What the gradients need besides: the size of the input image.
M.gradient_attributes = M.attributes {
  { name = "height", doc = "of the input" }, { name = "width", doc = "of the input" },
}

--- Geometry of a window: pads are top/left; floor rounding as the reference frameworks.
function M.output_size(input, kernel, stride, padding, dilation)
  return (input + 2 * padding - ((dilation or 1) * (kernel - 1) + 1)) // stride + 1
end

--- Output height and width of a window over `s` (N, C, H, W), or nil and a message.
function M.window_shape(s, a, shape_text)
  if #s ~= 4 then return nil, "expects images (N, C, H, W), found " .. shape_text(s) end
  local d = a.dilation or { 1, 1 }
  local h = M.output_size(s[3], a.kernel_size[1], a.stride[1], a.padding[1], d[1])
  local w = M.output_size(s[4], a.kernel_size[2], a.stride[2], a.padding[2], d[2])
  if h < 1 or w < 1 then
    return nil, string.format("a window of %dx%d (stride %d,%d, padding %d,%d) does not fit the input %s",
      a.kernel_size[1], a.kernel_size[2], a.stride[1], a.stride[2], a.padding[1], a.padding[2], shape_text(s))
  end
  return { h, w }
end

-- Constants every window kernel needs; `image` and `pooled` are the larger and smaller tensor.
local function window_values(n, k, image, pooled)
  local a, lanes, blocks = n.attrs, k.lanes(image)
  return {
    P = image.shape[1] * blocks, B = lanes,
    IH = image.shape[3], IW = image.shape[4], OH = pooled.shape[3], OW = pooled.shape[4],
    KH = a.kernel_size[1], KW = a.kernel_size[2], SH = a.stride[1], SW = a.stride[2],
    PH = a.padding[1], PW = a.padding[2],
    loop = c.outer_loop(image.shape[1] * blocks, image.shape[3] * image.shape[4] * lanes),
  }
end

-- Whether vector kernels of a window op serve: every window touches the image.
local function windows_touch(n, target)
  local a = n.attrs
  return target.fast and target.blocked and a.padding[1] < a.kernel_size[1] and a.padding[2] < a.kernel_size[2]
end

local function port_of(n, port) return n.inputs[port] or n.outputs[port] end

-- The kernel of a window op on bf16 images.
local function last_window(name, image_port, pooled_port)
  return {
    backend = "c", rank = 1, bf16 = "only", when = windows_touch,
    layout = { [image_port] = "channels_last", [pooled_port] = "channels_last", index = "channels_last" },
    body = function(n, k)
      local large, small = port_of(n, image_port), port_of(n, pooled_port)
      return last[name](large.shape, window_values(n, k, large, small))
    end,
  }
end

local function last_global(name, image_port, matrix_port)
  return {
    backend = "c", rank = 1, bf16 = "only", when = last.wanted,
    layout = { [image_port] = "channels_last", [matrix_port] = "plain" },
    body = function(n) return last[name](port_of(n, image_port).shape) end,
  }
end

-- The vector kernel of a window op on blocked images.
local function vector_window(name, image_port, pooled_port)
  return {
    backend = "c", rank = 1, when = windows_touch,
    layout = { [image_port] = "blocked", [pooled_port] = "blocked", index = "blocked" },
    body = function(n, k)
      local large, small = port_of(n, image_port), port_of(n, pooled_port)
      local w = window_values(n, k, large, small)
      return vector[name](w.P, k.block, w)
    end,
  }
end

local function vector_global(name, image_port, layout)
  return {
    backend = "c", rank = 1, layout = layout,
    when = function(_, target) return target.fast and target.blocked end,
    body = function(n, k) return vector[name]((n.inputs[image_port] or n.outputs[image_port]).shape, k.block) end,
  }
end

M.max_pool = {
  channels_last = last_window("max_pool", "x", "y"),
  vector = vector_window("max_pool", "x", "y"),
  c = {
    layout = "same",
    body = function(n, k)
      return render([[
/* the first of equal maxima wins; a NaN wins over every number */
${loop}
for (int p = 0; p < ${P}; p++) {
    const real *restrict plane = x + p * ${IH} * ${IW} * ${B};
    for (int oh = 0; oh < ${OH}; oh++)
        for (int ow = 0; ow < ${OW}; ow++) {
            real *restrict best = y + ((p * ${OH} + oh) * ${OW} + ow) * ${B};
            uint8_t *restrict where = index + ((p * ${OH} + oh) * ${OW} + ow) * ${B};
            for (int l = 0; l < ${B}; l++) {
                best[l] = -(real)INFINITY;
                where[l] = 0;
            }
            for (int kh = 0; kh < ${KH}; kh++) {
                const int ih = oh * ${SH} - ${PH} + kh;
                if (ih < 0 || ih >= ${IH}) continue;
                for (int kw = 0; kw < ${KW}; kw++) {
                    const int iw = ow * ${SW} - ${PW} + kw;
                    if (iw < 0 || iw >= ${IW}) continue;
                    const real *restrict v = plane + (ih * ${IW} + iw) * ${B};
                    const uint8_t here = (uint8_t)(kh * ${KW} + kw);
                    for (int l = 0; l < ${B}; l++) {
                        const int wins = (v[l] > best[l]) | (v[l] != v[l]);
                        where[l] = wins ? here : where[l];
                        best[l] = wins ? v[l] : best[l];
                    }
                }
            }
        }
}
]], window_values(n, k, n.inputs.x, n.outputs.y))
    end,
  },
}

M.max_pool_dx = {
  channels_last = last_window("max_pool_dx", "dx", "dy"),
  vector = vector_window("max_pool_dx", "dx", "dy"),
  c = {
    layout = "same",
    body = function(n, k)
      return render([[
${loop}
for (int p = 0; p < ${P}; p++) {
    real *restrict plane = dx + p * ${IH} * ${IW} * ${B};
    for (int i = 0; i < ${IH} * ${IW} * ${B}; i++) plane[i] = 0;
    for (int oh = 0; oh < ${OH}; oh++)
        for (int ow = 0; ow < ${OW}; ow++) {
            const int at = ((p * ${OH} + oh) * ${OW} + ow) * ${B};
            for (int kh = 0; kh < ${KH}; kh++) {
                const int ih = oh * ${SH} - ${PH} + kh;
                if (ih < 0 || ih >= ${IH}) continue;
                for (int kw = 0; kw < ${KW}; kw++) {
                    const int iw = ow * ${SW} - ${PW} + kw;
                    if (iw < 0 || iw >= ${IW}) continue;
                    real *restrict v = plane + (ih * ${IW} + iw) * ${B};
                    const uint8_t here = (uint8_t)(kh * ${KW} + kw);
                    #pragma omp simd
                    for (int l = 0; l < ${B}; l++) v[l] += index[at + l] == here ? dy[at + l] : 0;
                }
            }
        }
}
]], window_values(n, k, n.outputs.dx, n.inputs.dy))
    end,
  },
}

-- avg_pool divides by the whole window, padding included, as the reference frameworks' default.
M.avg_pool = {
  channels_last = last_window("avg_pool", "x", "y"),
  vector = vector_window("avg_pool", "x", "y"),
  c = {
    layout = "same",
    body = function(n, k)
      return render([[
${loop}
for (int p = 0; p < ${P}; p++)
    for (int oh = 0; oh < ${OH}; oh++)
        for (int ow = 0; ow < ${OW}; ow++) {
            real *restrict mean = y + ((p * ${OH} + oh) * ${OW} + ow) * ${B};
            for (int l = 0; l < ${B}; l++) mean[l] = 0;
            for (int kh = 0; kh < ${KH}; kh++) {
                const int ih = oh * ${SH} - ${PH} + kh;
                if (ih < 0 || ih >= ${IH}) continue;
                for (int kw = 0; kw < ${KW}; kw++) {
                    const int iw = ow * ${SW} - ${PW} + kw;
                    if (iw < 0 || iw >= ${IW}) continue;
                    const real *restrict v = x + ((p * ${IH} + ih) * ${IW} + iw) * ${B};
                    #pragma omp simd
                    for (int l = 0; l < ${B}; l++) mean[l] += v[l];
                }
            }
            for (int l = 0; l < ${B}; l++) mean[l] *= (real)1 / (${KH} * ${KW});
        }
]], window_values(n, k, n.inputs.x, n.outputs.y))
    end,
  },
}

M.avg_pool_dx = {
  channels_last = last_window("avg_pool_dx", "dx", "dy"),
  vector = vector_window("avg_pool_dx", "dx", "dy"),
  c = {
    layout = "same",
    body = function(n, k)
      return render([[
${loop}
for (int p = 0; p < ${P}; p++) {
    real *restrict plane = dx + p * ${IH} * ${IW} * ${B};
    for (int i = 0; i < ${IH} * ${IW} * ${B}; i++) plane[i] = 0;
    for (int oh = 0; oh < ${OH}; oh++)
        for (int ow = 0; ow < ${OW}; ow++) {
            const real *restrict d = dy + ((p * ${OH} + oh) * ${OW} + ow) * ${B};
            for (int kh = 0; kh < ${KH}; kh++) {
                const int ih = oh * ${SH} - ${PH} + kh;
                if (ih < 0 || ih >= ${IH}) continue;
                for (int kw = 0; kw < ${KW}; kw++) {
                    const int iw = ow * ${SW} - ${PW} + kw;
                    if (iw < 0 || iw >= ${IW}) continue;
                    real *restrict v = plane + (ih * ${IW} + iw) * ${B};
                    #pragma omp simd
                    for (int l = 0; l < ${B}; l++) v[l] += d[l] * ((real)1 / (${KH} * ${KW}));
                }
            }
        }
}
]], window_values(n, k, n.outputs.dx, n.inputs.dy))
    end,
  },
}

local function adaptive_values(k, image, pooled)
  local lanes, blocks = k.lanes(image)
  return {
    P = image.shape[1] * blocks, B = lanes,
    IH = image.shape[3], IW = image.shape[4], OH = pooled.shape[3], OW = pooled.shape[4],
    loop = c.outer_loop(image.shape[1] * blocks,
      math.max(image.shape[3] * image.shape[4], pooled.shape[3] * pooled.shape[4]) * lanes),
  }
end

local function vector_adaptive(name, image_port, pooled_port)
  return {
    backend = "c", rank = 1, layout = { [image_port] = "blocked", [pooled_port] = "blocked" },
    when = function(_, target) return target.fast and target.blocked end,
    body = function(n, k)
      local v = adaptive_values(k, port_of(n, image_port), port_of(n, pooled_port))
      return vector[name](v.P, k.block, v)
    end,
  }
end

M.adaptive_avg_pool = {
  vector = vector_adaptive("adaptive_avg_pool", "x", "y"),
  c = {
    layout = "same",
    body = function(n, k)
      return render([[
${loop}
for (int p = 0; p < ${P}; p++)
    for (int oh = 0; oh < ${OH}; oh++)
        for (int ow = 0; ow < ${OW}; ow++) {
            const int top = oh * ${IH} / ${OH}, bottom = ((oh + 1) * ${IH} + ${OH} - 1) / ${OH};
            const int left = ow * ${IW} / ${OW}, right = ((ow + 1) * ${IW} + ${OW} - 1) / ${OW};
            real *restrict mean = y + ((p * ${OH} + oh) * ${OW} + ow) * ${B};
            for (int l = 0; l < ${B}; l++) mean[l] = 0;
            for (int ih = top; ih < bottom; ih++)
                for (int iw = left; iw < right; iw++)
                    for (int l = 0; l < ${B}; l++) mean[l] += x[((p * ${IH} + ih) * ${IW} + iw) * ${B} + l];
            for (int l = 0; l < ${B}; l++) mean[l] /= (real)((bottom - top) * (right - left));
        }
]], adaptive_values(k, n.inputs.x, n.outputs.y))
    end,
  },
}

M.adaptive_avg_pool_dx = {
  vector = vector_adaptive("adaptive_avg_pool_dx", "dx", "dy"),
  c = {
    layout = "same",
    body = function(n, k)
      return render([[
${loop}
for (int p = 0; p < ${P}; p++) {
    real *restrict plane = dx + p * ${IH} * ${IW} * ${B};
    for (int i = 0; i < ${IH} * ${IW} * ${B}; i++) plane[i] = 0;
    for (int oh = 0; oh < ${OH}; oh++)
        for (int ow = 0; ow < ${OW}; ow++) {
            const int top = oh * ${IH} / ${OH}, bottom = ((oh + 1) * ${IH} + ${OH} - 1) / ${OH};
            const int left = ow * ${IW} / ${OW}, right = ((ow + 1) * ${IW} + ${OW} - 1) / ${OW};
            const real *restrict d = dy + ((p * ${OH} + oh) * ${OW} + ow) * ${B};
            const real share = (real)1 / (real)((bottom - top) * (right - left));
            for (int ih = top; ih < bottom; ih++)
                for (int iw = left; iw < right; iw++)
                    for (int l = 0; l < ${B}; l++) plane[(ih * ${IW} + iw) * ${B} + l] += d[l] * share;
        }
}
]], adaptive_values(k, n.outputs.dx, n.inputs.dy))
    end,
  },
}

-- (N, C) is dense: lane l of block cb is channel cb * B + l, and padding lanes are left out.
M.global_avg_pool = {
  channels_last = last_global("global_avg_pool", "x", "y"),
  vector = vector_global("global_avg_pool", "x", { x = "blocked", y = "plain" }),
  c = {
    layout = { x = "either", y = "plain" },
    body = function(n, k)
      local s = n.inputs.x.shape
      local lanes, blocks = k.lanes(n.inputs.x)
      return render([[
/* sums of a plane in order, in double */
${loop}
for (int p = 0; p < ${N} * ${CB}; p++) {
    const real *restrict plane = x + p * ${I} * ${B};
    const int channel = p % ${CB} * ${B};
    double sum[${B}] = {0};
    for (int i = 0; i < ${I}; i++)
        for (int l = 0; l < ${B}; l++) sum[l] += (double)plane[i * ${B} + l];
    for (int l = 0; l < ${B} && channel + l < ${C}; l++)
        y[p / ${CB} * ${C} + channel + l] = (real)(sum[l] / ${I});
}
]], { N = s[1], C = s[2], CB = blocks, B = lanes, I = s[3] * s[4],
        loop = c.outer_loop(s[1] * blocks, s[3] * s[4] * lanes) })
    end,
  },
}

M.global_avg_pool_dx = {
  channels_last = last_global("global_avg_pool_dx", "dx", "dy"),
  vector = vector_global("global_avg_pool_dx", "dx", { dy = "plain", dx = "blocked" }),
  c = {
    layout = { dy = "plain", dx = "prefer" },
    body = function(n, k)
      local s = n.outputs.dx.shape
      local lanes, blocks = k.lanes(n.outputs.dx)
      return render([[
${loop}
for (int p = 0; p < ${N} * ${CB}; p++) {
    real *restrict plane = dx + p * ${I} * ${B};
    const int channel = p % ${CB} * ${B};
    real value[${B}];
    for (int l = 0; l < ${B}; l++)
        value[l] = channel + l < ${C} ? dy[p / ${CB} * ${C} + channel + l] * ((real)1 / ${I}) : 0;
    for (int i = 0; i < ${I}; i++)
        for (int l = 0; l < ${B}; l++) plane[i * ${B} + l] = value[l];
}
]], { N = s[1], C = s[2], CB = blocks, B = lanes, I = s[3] * s[4],
        loop = c.outer_loop(s[1] * blocks, s[3] * s[4] * lanes) })
    end,
  },
}

--- What the ops max_pool and avg_pool have in common beside kernels: the shape, the cost, the gradient by the op
--- `kind`_dx (`more`: its inputs beside dy, by port), cases for the tests, and the layer that a spec names.
function M.window_op(kind, doc, more)
  local op = {
    name = kind, doc = doc, inputs = { "x" }, attrs = M.attributes(), bf16 = { "x", "y" }, kernels = M[kind],
    tests = {
      { x = { 2, 3, 6, 6 }, attrs = { kernel_size = { 2, 2 }, stride = { 2, 2 } } },
      { x = { 2, 20, 7, 8 }, attrs = { kernel_size = { 3, 3 }, stride = { 2, 2 }, padding = { 1, 1 } } },
      { x = { 1, 2, 5, 9 }, attrs = { kernel_size = { 2, 3 }, stride = { 1, 2 }, padding = { 1, 0 } } },
    },
  }
  function op.infer(n)
    local s = n.inputs.x.shape
    local size, message = M.window_shape(s, n.attrs, graph.shape_text)
    if not size then return nil, message end
    return { y = { shape = { s[1], s[2], size[1], size[2] } } }
  end
  function op.cost(n) return graph.count(n.outputs.y.shape) * n.attrs.kernel_size[1] * n.attrs.kernel_size[2] end
  function op.grad(g, n, d)
    local s, a, inputs = n.inputs.x.shape, n.attrs, { dy = d.y }
    for _, port in ipairs(more or {}) do inputs[port] = n.outputs[port] end
    return { x = g:node(kind .. "_dx", n.path, inputs, {
      kernel_size = a.kernel_size, stride = a.stride, padding = a.padding, height = s[3], width = s[4],
    }).dx }
  end
  op.layer = {
    kind = kind, doc = doc,
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
      return b:op(kind, { x = x }, {
        kernel_size = k, stride = layer.stride and b.pair(layer.stride) or k, padding = b.pair(layer.padding),
      }).y
    end,
  }
  return op
end

--- Its gradient's op.
function M.window_op_dx(kind, more)
  return {
    name = kind .. "_dx", doc = ("Gradient of `%s`."):format(kind),
    inputs = { "dy", table.unpack(more or {}) }, outputs = { "dx" },
    attrs = M.gradient_attributes,
    infer = function(n)
      local s = n.inputs.dy.shape
      return { dx = { shape = { s[1], s[2], n.attrs.height, n.attrs.width } } }
    end,
    cost = function(n)
      return graph.count(n.inputs.dy.shape) * n.attrs.kernel_size[1] * n.attrs.kernel_size[2]
    end,
    grad = false,
    bf16 = { "dy", "dx" },
    kernels = M[kind .. "_dx"],
    reference = false, -- its values are the gradients of the op's own vectors
    tests = {},
  }
end

return M
