-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Depthwise convolution (as many groups as channels, one output for each) and its gradients in vectors, on
-- blocked images. A block of channels is one vector at every position: the weights of the block are laid out
-- as vectors once, rows of the image are read in order, results stay in registers along a tile of a row
-- (gather.lua). Work is cut into shards of rows by the shape alone and sums over shards have a fixed order:
-- nothing depends on the number of threads.

local M = {}
local c = require "generator.backends.c"
local gather = require "generator.backends.gather"
local render = require("generator.base.render").render
local vector = require "generator.backends.vector"

--- Whether a convolution is one; x, y: shapes of its images, a: its attributes.
function M.wanted(x, y, kernel_size, a, target)
  return target.fast and target.blocked and a.groups == x[2] and y[2] == x[2] and x[2] > 4
    and a.dilation[1] == 1 and a.dilation[2] == 1 and kernel_size[1] * kernel_size[2] <= 49
    and a.padding[1] < kernel_size[1] and a.padding[2] < kernel_size[2]
end

-- Columns of a tile: that many sums, the weights of a row and what is read fit into the registers.
local function columns(block) return block == 16 and 16 or 8 end

-- Shards of `rows` rows, for `blocks` blocks of channels with `work` operations.
local function cut(v, blocks, rows, work, most)
  local units = blocks >= 16 and blocks or math.min(most, 16)
  v.S = math.max(1, math.min(rows, (units + blocks - 1) // blocks))
  if work < 4 * c.parallel_threshold then v.S = 1 end
  v.ROWS = rows
  v.loop = blocks * v.S > 1 and work >= c.parallel_threshold and "#pragma omp parallel for schedule(static)" or ""
end

-- x, y: shapes of the larger and the smaller image.
local function values(x, y, kernel_size, a, block)
  local blocks = (x[2] + block - 1) // block
  return {
    B = block, C = x[2], CB = blocks, TAPS = kernel_size[1] * kernel_size[2],
    IH = x[3], IW = x[4], OH = y[3], OW = y[4],
    work = x[1] * blocks * block * y[3] * y[4] * kernel_size[1] * kernel_size[2],
  }, {
    KH = kernel_size[1], KW = kernel_size[2], SH = a.stride[1], SW = a.stride[2],
    PH = a.padding[1], PW = a.padding[2],
  }
end

local function gathered(x, result, source, kernel_size, a, block, direction, text)
  local v, w = values(x, direction == "window" and result or source, kernel_size, a, block)
  w.H, w.W, w.source = result[3], result[4], { height = source[3], width = source[4] }
  v.H, v.W, v.source, v.plane = w.H, w.W, text.port, source[3] * source[4] * block
  cut(v, v.CB, result[1] * result[3], v.work, 16)
  v.weight = render("w[(channel + l) * ${TAPS} + k]", v)
  if v.C % block ~= 0 then v.weight = render("channel + l < ${C} ? ${weight} : 0", v) end
  v.start = text.bias and render("const vec start = load_channels(b + channel, ${C} - channel);", v) or ""
  v.range = gather.range(w, direction)
  v.row = gather.row(w, direction, columns(block), {
    start = function() return text.bias and "start" or "(vec){0}" end,
    before = function(kws)
      local lines = {}
      for i, kw in ipairs(kws) do
        lines[i] = string.format("const vec w%d = load(weights + (kh * %d + %d) * %d);", kw, w.KW, kw, block)
      end
      return table.concat(lines, "\n")
    end,
    source = function(name, column)
      return string.format("const vec %s = load(image + %s * %d);", name, column, block)
    end,
    tap = function(i, name, kw) return string.format("v%d += w%d * %s;", i, kw, name) end,
    finish = text.finish,
  })
  return render(vector.template "depthwise", v)
end

--- Forward. Ports: x, w, b, residual → y (which may be the residual). a also has relu and ceiling.
function M.forward(x, y, kernel_size, a, block, has)
  local function finish(i, column)
    local at, name = string.format("out + (%s) * %d", column, block), "v" .. i
    local lines = {}
    if has.residual then lines[1] = string.format("%s += load(residual + %s);", name, at) end
    local relu = vector.rectify(a):gsub("%f[%w]v%f[%W]", name)
    if relu ~= "" then lines[#lines + 1] = relu end
    lines[#lines + 1] = string.format("store(y + %s, %s);", at, name)
    return table.concat(lines, "\n")
  end
  return gathered(x, y, x, kernel_size, a, block, "window", { port = "x", bias = has.bias, finish = finish }),
    vector.support(vector.with_ceiling(a, { "vector" }), block)
end

--- Gradient by the input. Ports: dy, w → dx.
function M.backward_data(x, y, kernel_size, a, block)
  local function finish(i, column)
    return string.format("store(dx + out + (%s) * %d, v%d);", column, block, i)
  end
  return gathered(x, x, y, kernel_size, a, block, "transpose", { port = "dy", finish = finish }),
    vector.support({ "vector" }, block)
end

-- Sums of one row of dy over columns, into sums[]; `rows`: list of C texts of kh, each with a row of taps. `lanes`:
-- how many numbers of the source stand at a position, the block or one that counts for all of it.
local function row_sums(w, rows, block, lanes)
  local lines, ends = {}, {}
  for i, kh in ipairs(rows) do
    lines[#lines + 1] = string.format("const real *const row%d = image + (ptrdiff_t)(top + %s) * %d;", i, kh,
      w.source.width * lanes)
    for kw = 0, w.KW - 1 do
      local sum = string.format("sums[(%s) * %d + %d]", kh, w.KW, kw)
      lines[#lines + 1] = string.format("vec a%d_%d = %s;", i, kw, sum)
      ends[#ends + 1] = string.format("%s = a%d_%d;", sum, i, kw)
    end
  end
  local tap_text = lanes == 1 and "a%d_%d += g * row%d[%s%d];"
    or "a%d_%d += g * load(row%d + (%s%d) * " .. lanes .. ");"
  for _, tile in ipairs(gather.tiles(w, "window", 1)) do
    local first, _, repeats = table.unpack(tile)
    local t, step = repeats > 1 and "t + " or "", repeats > 1 and string.format("t * %d + ", w.SW) or ""
    lines[#lines + 1] = repeats > 1 and string.format("for (int t = 0; t < %d; t++) {", repeats) or "{"
    lines[#lines + 1] = string.format("const vec g = load(d + (%s%d) * %d);", t, first, block)
    for i in ipairs(rows) do
      for _, tap in ipairs((gather.taps(w, "window", first))) do
        lines[#lines + 1] = string.format(tap_text, i, tap[1], i, step, tap[2])
      end
    end
    lines[#lines + 1] = "}"
  end
  table.move(ends, 1, #ends, #lines + 1, lines)
  return table.concat(lines, "\n")
end

--- C text that adds one row of dy (at `d`) to sums[kh * KW + kw], as many rows of taps at once as the registers
--- hold sums. Declared before it: image, the source; top, kh0, kh1 (gather.range).
function M.rows_of_sums(w, block, lanes)
  local group = math.max(1, math.min(w.KH, (block == 16 and 27 or 12) // w.KW))
  local parts = {}
  for first = 0, w.KH - 1, group do
    local last, rows = math.min(w.KH, first + group) - 1, {}
    for kh = first, last do rows[#rows + 1] = tostring(kh) end
    parts[#parts + 1] = string.format("if (kh0 <= %d && kh1 > %d) {\n%s\n} else {", first, last,
      row_sums(w, rows, block, lanes))
    parts[#parts + 1] = string.format("for (int kh = kh0 > %d ? kh0 : %d; kh < kh1 && kh <= %d; kh++) {\n%s\n}\n}",
      first, first, last, row_sums(w, { "kh" }, block, lanes))
  end
  return gather.indented(table.concat(parts, "\n"))
end

--- Gradient by the weights. Ports: x, dy → dw.
function M.backward_weights(x, y, kernel_size, a, block)
  local v, w = values(x, y, kernel_size, a, block)
  w.H, w.W, w.source = y[3], y[4], { height = x[3], width = x[4] }
  v.plane = x[3] * x[4] * block
  cut(v, v.CB, y[1] * y[3], v.work, v.CB % 2 == 0 and 2 or 16)
  v.F = math.max(1, 64 // y[4])
  v.range = gather.range(w, "window")
  v.row = M.rows_of_sums(w, block, block)
  local store = [[
for (int k = 0; k < ${TAPS}; k++)
    for (int l = 0; l < ${B} && cb * ${B} + l < ${C}; l++)
        dw[(cb * ${B} + l) * ${TAPS} + k] = (real)${total}[k][l];]]
  v.shards, v.combine = "", ""
  v.total = "total"
  if v.S == 1 then
    v.keep = render(store, v)
  else
    v.shards = render("wide_vec totals[${CB}][${S}][${TAPS}];", v)
    v.keep = render("for (int k = 0; k < ${TAPS}; k++) totals[cb][u % ${S}][k] = total[k];", v)
    v.total = "totals[cb][0]"
    v.store = render(store, v)
    v.combine = render([[
for (int cb = 0; cb < ${CB}; cb++) {
    for (int s = 1; s < ${S}; s++)
        for (int k = 0; k < ${TAPS}; k++) totals[cb][0][k] += totals[cb][s][k];
    ${store}
}]], v)
  end
  return render(vector.template "depthwise_dw", v), vector.support({ "vector" }, block)
end

return M
