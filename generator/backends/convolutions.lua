-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Kernels of convolution and its two gradients. Weights are (OC, IC / groups, KH, KW), plain and
-- canonical; images are plain for the kernels of ours and either layout for oneDNN's. The plain C
-- kernels are direct loops whose innermost loop runs along a row, so that it vectorises at stride 1.

local M = {}
local c = require "generator.backends.c"
local choices = require "generator.backends.choices"
local depthwise = require "generator.backends.depthwise"
local few_channels = require "generator.backends.few_channels"
local pools = require "generator.backends.pools"
local render = require("generator.base.render").render

--- The attributes every convolution op has, then `more`.
function M.attributes(more)
  local list = {
    { name = "stride", default = { 1, 1 }, doc = "rows and columns between windows" },
    { name = "padding", default = { 0, 0 }, doc = "zeros above and below, left and right" },
    { name = "dilation", default = { 1, 1 }, doc = "distance between the taps of a window" },
    { name = "groups", default = 1, doc = "independent groups of channels" },
  }
  return table.move(more, 1, #more, #list + 1, list)
end

--- What the gradients need besides: the window and the size of the input image.
M.gradient_attributes = M.attributes {
  { name = "kernel_size", doc = "height and width of the window" },
  { name = "height", doc = "of the input image" }, { name = "width", doc = "of the input image" },
}

--- Output (N, OC, OH, OW) of a convolution, or nil and a message naming both shapes.
function M.infer(x, w, a, shape_text)
  if #x ~= 4 then return nil, "expects images (N, C, H, W), found " .. shape_text(x) end
  if x[2] % a.groups ~= 0 or w[1] % a.groups ~= 0 then
    return nil, string.format("%d groups do not divide the channels: input %s, weights %s", a.groups,
      shape_text(x), shape_text(w))
  end
  if x[2] // a.groups ~= w[2] then
    return nil, string.format("input %s does not fit the weights %s", shape_text(x), shape_text(w))
  end
  local size, message = pools.window_shape(x, { kernel_size = { w[3], w[4] }, stride = a.stride,
    padding = a.padding, dilation = a.dilation }, shape_text)
  if not size then return nil, message end
  return { x[1], w[1], size[1], size[2] }
end

--- Multiplications and additions of one convolution, counted as 2 per product.
function M.cost(y, w)
  return 2 * y[1] * y[2] * y[3] * y[4] * w[2] * w[3] * w[4]
end

-- Constants shared by the three kernels; x, w, y are shapes.
function M.values(x, w, y, a)
  return {
    N = x[1], IC = x[2], IH = x[3], IW = x[4], OC = w[1], OH = y[3], OW = y[4], KH = w[3], KW = w[4],
    G = a.groups, ICG = w[2], OCG = w[1] // a.groups, SH = a.stride[1], SW = a.stride[2],
    PH = a.padding[1], PW = a.padding[2], DH = a.dilation[1], DW = a.dilation[2],
  }
end

-- The output columns a kernel column reaches: those whose input column lies inside the image.
local columns = [[
const int shift = kw * ${DW} - ${PW};
const int low = shift >= 0 ? 0 : (-shift + ${SW} - 1) / ${SW};
const int last = (${IW} - 1 - shift) / ${SW};
const int high = ${IW} - 1 - shift < 0 ? 0 : last + 1 < ${OW} ? last + 1 : ${OW};]]

local function with_columns(text, values)
  local filled = {}
  for key, v in pairs(values) do filled[key] = v end -- copied by key: order does not matter
  filled.columns = render(columns, values)
  return render(text, filled)
end

-- ---- oneDNN ------------------------------------------------------------------------------------

-- Whether an image of `channels` in `groups` is blocked for oneDNN: not the few channels of a network's
-- input (its kernels for those read plain images), nor groups that do not end at a block.
local function blocked(channels, groups, block)
  if channels <= 4 then return false end
  return groups == 1 or groups == channels or (channels // groups) % block == 0
end

-- Whether oneDNN's kernel for AVX2 refuses a forward convolution of few input channels: windows wider than 7
-- with both a stride and padding, as AlexNet's first. Its reference loops would take minutes where a
-- product over plain images takes a fraction of a second.
local function refused(x_channels, w, a, target)
  return not target.avx512 and x_channels <= 4 and w[4] > 7 and a.stride[1] * a.stride[2] > 1
    and a.padding[1] + a.padding[2] > 0
end

local function layouts(x_channels, y_channels, w, a, target, bf16, task)
  local groups = a.groups
  if bf16 then return "channels_last", "channels_last" end
  -- Few channels are plain, and of kernels between those and blocks oneDNN has the forward one and the weights' for a
  -- few of x. The others would be its reference loops.
  if groups == 1 and (y_channels <= 4 or task == "BACKWARD_DATA" and x_channels <= 4) then return "plain", "plain" end
  -- A dense convolution over a last block with channels missing has no fast kernel in oneDNN 2.6: its
  -- reference loops are hundreds of times slower than its matrix products, which take plain images. Its
  -- kernels for windows of one pixel know such blocks; narrow layers gain nothing by them.
  local one = w[3] == 1 and w[4] == 1 and math.max(x_channels, y_channels) >= 96
  if groups == 1 and not one and x_channels > 4 and x_channels % target.block ~= 0 then return "plain", "plain" end
  if refused(x_channels, w, a, target) then return "plain", "plain" end
  local x, y = blocked(x_channels, groups, target.block), blocked(y_channels, groups, target.block)
  if groups > 1 and not (x and y) then x, y = false, false end
  return x and "blocked" or "plain", y and "blocked" or "plain"
end

-- The two images, the larger first, and the window of a node of one of the three convolutions.
local function geometry(n)
  local x, y = n.inputs.x or n.outputs.dx, n.outputs.y or n.inputs.dy
  local w = n.inputs.w and n.inputs.w.shape
  return x.shape, y.shape, w and { w[3], w[4] } or n.attrs.kernel_size
end

-- Whether a node gets our depthwise kernel: in floats always, which is as fast as oneDNN's forward and 1.2 to
-- 2 times as fast in the gradients.
local function is_depthwise(n, target)
  local x, y, kernel_size = geometry(n)
  return depthwise.wanted(x, y, kernel_size, n.attrs, target)
end

local function depthwise_kernel(name, layout)
  return {
    backend = "c", rank = 1, layout = layout, when = is_depthwise,
    body = function(n, k)
      local x, y, kernel_size = geometry(n)
      return depthwise[name](x, y, kernel_size, n.attrs, k.block,
        { bias = n.inputs.b ~= nil, residual = n.inputs.residual ~= nil })
    end,
  }
end

-- Whether a gradient by the weights is our kernel's for few input channels.
local function has_few_channels(n, target)
  return few_channels.wanted(n.inputs.x.shape, n.inputs.dy.shape, n.attrs, target)
end

-- Makes the oneDNN kernel of one of the three convolutions. ports: { x, w, y } by the op's names.
local function onednn(task, ports)
  local function is_bf16(n) return (n.inputs[ports.x] or n.outputs[ports.x]).dtype == "bf16" end
  local function shapes(n)
    local function at(port) return (n.inputs[port] or n.outputs[port]).shape end
    local x, y = at(ports.x), at(ports.y)
    return x, ports.w and at(ports.w), y
  end
  local kernel = {
    slot = true, libraries = { "onednn" }, bf16 = true,
    thread_dependent = task == "BACKWARD_WEIGHTS", -- of large layers it cuts the batch by the threads
    pays = function(n, target)
      if is_bf16(n) then return true end
      return not is_depthwise(n, target) and not (task == "BACKWARD_WEIGHTS" and has_few_channels(n, target))
    end,
    layout = function(n, target)
      local x, w, y = shapes(n)
      local lx, ly = layouts(x[2], y[2], w, n.attrs, target, is_bf16(n), task)
      return { [ports.x] = lx, [ports.y] = ly, residual = ly }
    end,
  }
  kernel.library = function(n, k)
    local x, w, y = shapes(n)
    local v = M.values(x, w, y, n.attrs)
    v.task, v.slot, v.path = task, n.slot, n.path
    if task == "FORWARD" and not k.graph.training then v.task = "INFERENCE" end
    local bf16 = is_bf16(n)
    local measured = choices.of(n, k.target)
    v.algorithm = bf16 and "DIRECT" or measured and (measured == "onednn_winograd" and "WINOGRAD" or "DIRECT")
      or M.algorithm(v, task, k.target)
    v.bf16 = bf16 and ", .bf16 = 1" or ""
    local lx, ly = layouts(x[2], y[2], w, n.attrs, k.target, bf16, task)
    v.x_layout, v.y_layout = lx:upper(), ly:upper()
    v.PB = (v.OH - 1) * v.SH + v.DH * (v.KH - 1) + 1 - v.IH - v.PH
    v.PR = (v.OW - 1) * v.SW + v.DW * (v.KW - 1) + 1 - v.IW - v.PW
    v.bias = n.inputs.b and 1 or 0
    v.sum, v.relu = n.inputs.residual and 1 or 0, n.attrs.relu and 1 or 0
    v.ceiling = n.attrs.ceiling and render(", .ceiling = ${ceiling}", n.attrs) or ""
    local function a(port) return k.address(n.inputs[port] or n.outputs[port]) end
    local run
    if task == "FORWARD" then
      run = string.format("ingot_onednn_conv2d_forward(m->backend, %d, %s, %s, %s, %s);", n.slot, a "x", a "w",
        n.inputs.b and a "b" or "NULL", a "y")
      if n.inputs.residual and a "residual" ~= a "y" then
        run = string.format("memcpy(%s, %s, %d);\n", a "y", a "residual",
          k.count(n.outputs.y) * (bf16 and 2 or 4)) .. run
      end
    elseif task == "BACKWARD_DATA" then
      run = string.format("ingot_onednn_conv2d_backward_data(m->backend, %d, %s, %s, %s);", n.slot, a "dy", a "w",
        a "dx")
    else
      run = string.format("ingot_onednn_conv2d_backward_weights(m->backend, %d, %s, %s, %s, NULL);", n.slot, a "x",
        a "dy", a "dw")
    end
    return {
      include = "backends/onednn.h", open_once = "onednn", run = run,
      open = render([[
static const ingot_onednn_conv2d slot_${slot} = {
    .path = "${path}", .task = INGOT_ONEDNN_${task}, .algorithm = INGOT_ONEDNN_${algorithm},
    .batch = ${N}, .groups = ${G},
    .in_channels = ${IC}, .in_height = ${IH}, .in_width = ${IW},
    .out_channels = ${OC}, .out_height = ${OH}, .out_width = ${OW},
    .kernel_height = ${KH}, .kernel_width = ${KW}, .stride_height = ${SH}, .stride_width = ${SW},
    .dilation_height = ${DH}, .dilation_width = ${DW},
    .pad_top = ${PH}, .pad_left = ${PW}, .pad_bottom = ${PB}, .pad_right = ${PR},
    .x_layout = INGOT_ONEDNN_${x_layout}, .y_layout = INGOT_ONEDNN_${y_layout},
    .bias = ${bias}, .sum = ${sum}, .relu = ${relu}${ceiling}${bf16}};
if (status == INGOT_OK) status = ingot_onednn_open_conv2d(m->backend, ${slot}, &slot_${slot}, error);]], v),
    }
  end
  if task ~= "BACKWARD_WEIGHTS" then
    kernel.packs = "w"
    kernel.pack_kernel = {
      libraries = { "onednn" },
      library = function(n, k)
        return {
          include = "backends/onednn.h", open_once = "onednn",
          run = string.format("ingot_onednn_conv2d_pack(m->backend, %d, %s);", n.owner.slot,
            k.address(n.inputs.w)),
        }
      end,
    }
  end
  return kernel
end

--- DIRECT or WINOGRAD for a convolution (v as from M.values). Winograd's F(4x4, 3x3) does a quarter of
--- the products but moves more memory: it wins on wide layers with enough tiles, whose tiles are mostly
--- inside the image (measured: bench/convolutions.c); the gradient by the weights sums over the tiles and
--- is content with fewer. Only oneDNN's AVX-512 kernels have it.
function M.algorithm(v, task, target)
  local high, across = (v.OH + 3) // 4, (v.OW + 3) // 4
  local tiles, wide = v.N * high * across, math.max(v.IC, v.OC)
  local enough = task == "BACKWARD_WEIGHTS" and 8 or 2
  local fits = v.KH == 3 and v.KW == 3 and v.SH == 1 and v.SW == 1 and v.DH == 1 and v.DW == 1 and v.G == 1
  local pays = math.min(v.IC, v.OC) >= 64 and v.OH * v.OW * 10 >= 7 * 16 * high * across and enough * tiles >= wide
  return target.avx512 and fits and pays and "WINOGRAD" or "DIRECT"
end

local tasks = { conv2d = "FORWARD", conv2d_dx = "BACKWARD_DATA", conv2d_dw = "BACKWARD_WEIGHTS" }

--- The algorithm that the rule above gives a node of one of the three convolutions.
function M.rule(n, target)
  local function at(a, b) return (n.inputs[a] or n.outputs[b]).shape end
  return M.algorithm(M.values(at("x", "dx"), at("w", "dw"), at("dy", "y"), n.attrs), tasks[n.op], target)
end

M.forward = {
  onednn = onednn("FORWARD", { x = "x", w = "w", y = "y" }),
  vector = depthwise_kernel("forward", { x = "blocked", residual = "blocked", y = "blocked" }),
  c = {
    body = function(n)
      local x, w, y = n.inputs.x.shape, n.inputs.w.shape, n.outputs.y.shape
      local v = M.values(x, w, y, n.attrs)
      v.loop = c.outer_loop(v.N * v.OC, v.OH * v.OW * v.ICG * v.KH * v.KW)
      -- the residual is the start of the sum, so that it may lie where the result goes
      local start = {}
      if n.inputs.residual then start[1] = render("residual[p * ${OH} * ${OW} + i]", v) end
      if n.inputs.b then start[#start + 1] = "b[o]" end
      v.start = #start > 0 and table.concat(start, " + ") or "0"
      v.finish = n.attrs.relu
        and render("for (int i = 0; i < ${OH} * ${OW}; i++) plane[i] = ", v)
          .. c.rectified("plane[i]", n.attrs.ceiling) .. ";" or ""
      return with_columns([[
${loop}
for (int p = 0; p < ${N} * ${OC}; p++) {
    const int n = p / ${OC}, o = p % ${OC}, first = o / ${OCG} * ${ICG};
    real *restrict plane = y + p * ${OH} * ${OW};
    for (int i = 0; i < ${OH} * ${OW}; i++) plane[i] = ${start};
    for (int c = 0; c < ${ICG}; c++)
        for (int kh = 0; kh < ${KH}; kh++)
            for (int kw = 0; kw < ${KW}; kw++) {
                const real weight = w[((o * ${ICG} + c) * ${KH} + kh) * ${KW} + kw];
                ${columns}
                for (int oh = 0; oh < ${OH}; oh++) {
                    const int ih = oh * ${SH} - ${PH} + kh * ${DH};
                    if (ih < 0 || ih >= ${IH}) continue;
                    const real *restrict row = x + ((n * ${IC} + first + c) * ${IH} + ih) * ${IW} + shift;
                    real *restrict out = plane + oh * ${OW};
                    #pragma omp simd
                    for (int ow = low; ow < high; ow++) out[ow] += weight * row[ow * ${SW}];
                }
            }
    ${finish}
}
]], v)
    end,
  },
}

M.backward_data = {
  onednn = onednn("BACKWARD_DATA", { x = "dx", w = "w", y = "dy" }),
  vector = depthwise_kernel("backward_data", { dy = "blocked", dx = "blocked" }),
  c = {
    body = function(n)
      local y, w, x = n.inputs.dy.shape, n.inputs.w.shape, n.outputs.dx.shape
      local v = M.values(x, w, y, n.attrs)
      v.loop = c.outer_loop(v.N * v.IC, v.OH * v.OW * v.OCG * v.KH * v.KW)
      return with_columns([[
${loop}
for (int p = 0; p < ${N} * ${IC}; p++) {
    const int n = p / ${IC}, group = p % ${IC} / ${ICG}, c = p % ${ICG};
    real *restrict plane = dx + p * ${IH} * ${IW};
    for (int i = 0; i < ${IH} * ${IW}; i++) plane[i] = 0;
    for (int o = group * ${OCG}; o < (group + 1) * ${OCG}; o++)
        for (int kh = 0; kh < ${KH}; kh++)
            for (int kw = 0; kw < ${KW}; kw++) {
                const real weight = w[((o * ${ICG} + c) * ${KH} + kh) * ${KW} + kw];
                ${columns}
                for (int oh = 0; oh < ${OH}; oh++) {
                    const int ih = oh * ${SH} - ${PH} + kh * ${DH};
                    if (ih < 0 || ih >= ${IH}) continue;
                    real *restrict row = plane + ih * ${IW} + shift;
                    const real *restrict d = dy + ((n * ${OC} + o) * ${OH} + oh) * ${OW};
                    #pragma omp simd
                    for (int ow = low; ow < high; ow++) row[ow * ${SW}] += weight * d[ow];
                }
            }
}
]], v)
    end,
  },
}

M.backward_weights = {
  onednn = onednn("BACKWARD_WEIGHTS", { x = "x", w = "dw", y = "dy" }),
  vector = depthwise_kernel("backward_weights", { x = "blocked", dy = "blocked" }),
  few_channels = {
    backend = "c", rank = 1, layout = { x = "plain", dy = "blocked" }, when = has_few_channels,
    body = function(n, k)
      return few_channels.backward_weights(n.inputs.x.shape, n.inputs.dy.shape, n.attrs, k.block)
    end,
  },
  c = {
    body = function(n)
      local x, y, w = n.inputs.x.shape, n.inputs.dy.shape, n.outputs.dw.shape
      local v = M.values(x, w, y, n.attrs)
      v.loop = c.outer_loop(v.OC * v.ICG, v.N * v.OH * v.OW * v.KH * v.KW)
      return with_columns([[
/* every weight is one sum over batch and rows in order, rows in real, their total in double */
${loop}
for (int p = 0; p < ${OC} * ${ICG}; p++) {
    const int o = p / ${ICG}, input = o / ${OCG} * ${ICG} + p % ${ICG};
    for (int kh = 0; kh < ${KH}; kh++)
        for (int kw = 0; kw < ${KW}; kw++) {
            ${columns}
            double total = 0;
            for (int n = 0; n < ${N}; n++)
                for (int oh = 0; oh < ${OH}; oh++) {
                    const int ih = oh * ${SH} - ${PH} + kh * ${DH};
                    if (ih < 0 || ih >= ${IH}) continue;
                    const real *restrict row = x + ((n * ${IC} + input) * ${IH} + ih) * ${IW} + shift;
                    const real *restrict d = dy + ((n * ${OC} + o) * ${OH} + oh) * ${OW};
                    real sum = 0;
                    #pragma omp simd reduction(+ : sum)
                    for (int ow = low; ow < high; ow++) sum += row[ow * ${SW}] * d[ow];
                    total += (double)sum;
                }
            dw[(p * ${KH} + kh) * ${KW} + kw] = (real)total;
        }
}
]], v)
    end,
  },
}

return M
