-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Convolutions by their definition in vectors, on blocked images: windows, strides and dilations of every kind, one
-- group, whole blocks of channels. Forward and the gradient by the input (of stride 1) are one kernel, the second
-- with the weights turned around.
--
--   weights   [pairs of output blocks][input blocks][taps][B][2 B], zero past the last output
--
-- Images of few channels are plain; there a tap is a channel of a pixel, and the weights are
--
--             [pairs of output blocks][channels, rows, columns of the window][2 B]
--
-- Pixels of the result are taken R at a time, wherever they lie, each with a pointer to where its window begins; with
-- two blocks of outputs their sums fill the registers. An image with padding is copied into scratch with zeros around
-- it, some rows at a time; where windows are one pixel, pixels are copied there in the order in which they are read.
-- The gradient by the weights keeps Q channels of x by three blocks of dy in registers. That of a strided convolution
-- by its input is phase by phase a convolution of stride 1 (M.phases).
--
-- Every sum has an order that shapes alone decide; nothing depends on the number of threads.
-- Functions return body, support as those of vector.lua. w is a window: { kernel_size, stride, padding, dilation },
-- pairs of rows and columns.

local M = {}
local c = require "generator.backends.c"
local gather = require "generator.backends.gather"
local render = require("generator.base.render").render
local vector = require "generator.backends.vector"

-- Pixels of a forward tile, channels of x in one of the weights' gradient.
local function sizes(block) return block == 16 and 12 or 6, block == 16 and 8 or 4 end

--- What shapes the units of work: pixels of a unit, floats of the weights that stay in the first cache, rows of the
--- gradient, pixels of an image whose channels lie far apart. Tests make them small.
M.unit_pixels, M.panel_floats, M.piece_pixels, M.far_pixels = 128, 4096, 128, 2048

--- Whether the image x of the forward kernel is plain: few channels, as those of a network's input.
function M.plain(x) return x[2] <= 4 end

local function taps(w) return w.kernel_size[1] * w.kernel_size[2] end

--- The window of the convolution that is the gradient by the input, or nil where none is.
function M.turned(w)
  local padding = {}
  for i = 1, 2 do
    padding[i] = w.dilation[i] * (w.kernel_size[i] - 1) - w.padding[i]
    if w.stride[i] ~= 1 or padding[i] < 0 then return nil end
  end
  return { kernel_size = w.kernel_size, stride = { 1, 1 }, padding = padding, dilation = w.dilation }
end

--- Whether a convolution can run so: x and y, shapes of its images, groups of its attributes. `op`: conv2d or one of
--- its gradients, which want whole blocks.
function M.possible(x, y, groups, block, op)
  return groups == 1 and y[2] % block == 0 and (x[2] % block == 0 or op == "conv2d" and M.plain(x))
end

--- The gradient by the input of a strided convolution: pixels of x whose rows and columns have the same rest by the
--- stride form a phase, and are sums over the taps that meet them, as of a convolution of stride 1. Phases in the order
--- of their rests, each with `row`, `column`, its rests, and `taps`: { tap = k, row, column: from the cell's to dy's };
--- then the least and the most of these rows and columns, { low, high } each.
function M.phases(w)
  local list, rows, columns = {}, { 0, 0 }, { 0, 0 }
  local function meets(axis, rest, k) -- how far from the cell, or nil
    local at = rest + w.padding[axis] - k * w.dilation[axis]
    return at % w.stride[axis] == 0 and at // w.stride[axis] or nil
  end
  for row = 0, w.stride[1] - 1 do
    for column = 0, w.stride[2] - 1 do
      local phase = { row = row, column = column, taps = {} }
      for kh = 0, w.kernel_size[1] - 1 do
        for kw = 0, w.kernel_size[2] - 1 do
          local down, across = meets(1, row, kh), meets(2, column, kw)
          if down and across then
            table.insert(phase.taps, { tap = kh * w.kernel_size[2] + kw, row = down, column = across })
            rows = { math.min(rows[1], down), math.max(rows[2], down) }
            columns = { math.min(columns[1], across), math.max(columns[2], across) }
          end
        end
      end
      list[#list + 1] = phase
    end
  end
  return list, rows, columns
end

-- C tables of phases: `order`, taps one phase after the other, and `first`, where each begins.
local function tables_of(phases)
  local order, first = {}, { 0 }
  for i, phase in ipairs(phases) do
    for _, tap in ipairs(phase.taps) do order[#order + 1] = tap.tap end
    first[i + 1] = #order
  end
  return table.concat(order, ", "), table.concat(first, ", "), order, first
end

-- What the forward kernel sees of an image x: blocks of inputs, inputs of a block, taps of the window.
local function inputs_of(x, w, block)
  if M.plain(x) then return 1, 1, x[2] * taps(w) end
  return x[2] // block, block, taps(w)
end

--- Shape of the weights of a kernel from `inputs` to `outputs` channels.
function M.weights_shape(inputs, outputs, kernel_size, block)
  return { (outputs + 2 * block - 1) // (2 * block), inputs * kernel_size[1] * kernel_size[2], 2 * block }
end

--- The block of u, a shape, where it is that of weights from the channels of `image` = { name, shape } to a.channels;
--- else nil and why.
function M.block_of(u, image, a, shape_text)
  local block = #u == 3 and u[3] // 2
  local wanted = block and #image.shape == 4 and M.weights_shape(image.shape[2], a.channels, a.kernel_size, block)
  if wanted and u[1] == wanted[1] and u[2] == wanted[2] then return block end
  return nil, string.format("%s %s does not fit the weights %s", image.name, shape_text(image.shape), shape_text(u))
end

-- The function that computes a tile: of windows of one pixel, of more, or of a plain image (block `inputs` is 1).
local function tile_of(block, inputs, count)
  local r, one = sizes(block), count == 1 and inputs > 1
  local v = { B = block, R = r, I = inputs,
    -- more, and GCC 12 keeps a sum of windows of several pixels on the stack
    unroll = one and 8 or 2,
    name = one and "direct_pixels" or inputs > 1 and "direct_windows" or "direct_planes",
    of = one and "of windows of one pixel" or "with `taps` taps to a window",
    terms = one and render("b, i of image[from[r] + b * plane + i] w[b * ${B} + i][o]", { B = block })
      or inputs > 1 and render("b, k, i of image[from[r] + b * plane + shift[k] + i] w[(b * taps + k) * ${B} + i][o]",
        { B = block })
      or "b, k of image[from[r] + b * plane + shift[k]] w[b * taps + k][o]",
    parameters = one and "" or "int taps, const int *shift, ",
    taps_begin = one and "" or "for (int k = 0; k < taps; k++) {\n    const ptrdiff_t at = shift[k];",
    taps_end = one and "" or "}" }
  local function each(key, text)
    local lines = {}
    for i = 0, r - 1 do lines[i + 1] = render(text, { r = i, B = block, at = one and "i" or "at + i" }) end
    v[key] = table.concat(lines, "\n")
  end
  each("pointers", "const real *a${r} = image + from[${r}];\nvec left${r} = {0}, right${r} = {0};")
  each("products", "left${r} += a${r}[${at}] * w0;\nright${r} += a${r}[${at}] * w1;")
  each("advance", "a${r} += plane;")
  each("results", "store(tile + 2 * ${r} * ${B}, left${r});\nstore(tile + (2 * ${r} + 1) * ${B}, right${r});")
  return render(vector.template "direct_tile", v)
end

local function support(block, text)
  local texts = vector.support({ "vector" }, block)
  texts[#texts + 1] = text
  return texts
end

-- Whether that many pixels are one unit: their outputs are divided among threads, for all pixels of a unit use the
-- weights that it reads.
local function few(pixels) return pixels <= 2 * M.unit_pixels end

-- Blocks of inputs taken at a time, of like size, and how many times.
local function depth_of(x, w, block)
  local blocks, inputs, count = inputs_of(x, w, block)
  local most = math.max(1, math.min(blocks, M.panel_floats // (count * 2 * block * inputs)))
  local parts = (blocks + most - 1) // most
  return (blocks + parts - 1) // parts, parts
end

-- How the pixels of a result become units: of whole rows where the image is padded, of pixels alone elsewhere. `slot`:
-- floats of scratch of a thread. `w.copied`: as if the image were padded.
local function units(x, y, w, block, threads)
  local r = sizes(block)
  local v = { padded = w.copied or w.padding[1] + w.padding[2] > 0 }
  -- copying pays where many outputs, or some and pixels far apart, read what is copied
  v.packed = not v.padded and taps(w) == 1 and x[2] > 8 * block
    and (y[2] >= 16 * block or y[2] >= 4 * block and x[3] * x[4] >= M.far_pixels)
  if v.padded then
    v.strips = few(y[3] * y[4]) and 1 or math.min(y[3], (y[3] * y[4] + M.unit_pixels - 1) // M.unit_pixels)
    v.rows = (y[3] + v.strips - 1) // v.strips
    v.strips = (y[3] + v.rows - 1) // v.rows
    v.count, v.M = x[1] * v.strips, v.rows * y[4]
    v.height = (v.rows - 1) * w.stride[1] + w.dilation[1] * (w.kernel_size[1] - 1) + 1
    v.width = (y[4] - 1) * w.stride[2] + w.dilation[2] * (w.kernel_size[2] - 1) + 1
    v.slot = (x[2] * v.height * v.width + 15) // 16 * 16
  else
    local pixels = x[1] * y[3] * y[4]
    local number = (pixels + M.unit_pixels - 1) // M.unit_pixels
    number = few(pixels) and 1 or (number + threads - 1) // threads * threads
    v.M = ((pixels + number - 1) // number + r - 1) // r * r
    v.count = (pixels + v.M - 1) // v.M
    v.slot = v.packed and v.M * depth_of(x, w, block) * block or 0
  end
  return v
end

--- Floats of scratch of the forward kernel, or 0.
function M.scratch(x, y, w, block, threads)
  return threads * units(x, y, w, block, threads).slot
end

--- Weights w (OC, IC, KH, KW) → u. `turned`: for the gradient by the input. `window`: of a strided convolution whose
--- gradient by the input they are for, phase by phase.
function M.weights(w, block, turned, window)
  local inputs, outputs = turned and w[1] or w[2], turned and w[2] or w[1]
  local count = w[3] * w[4]
  local along = w[2] * count
  if M.plain { 0, inputs } then inputs, count, along = 1, along, along end
  local v = {
    P = M.weights_shape(inputs, outputs, { 1, 1 }, block)[1], CB = math.max(1, inputs // block), B = block,
    I = math.min(inputs, block), TAPS = count, lane_step = turned and count or along,
    channel_step = turned and along or count, tap = turned and count - 1 .. " - k" or "k", inside = "",
  }
  v.loop = c.outer_loop(v.P, inputs * count * 2 * block)
  if outputs % (2 * block) ~= 0 then
    v.inside = render("p * ${W} + l >= ${N} ? 0 : ", { W = 2 * block, N = outputs })
  end
  if window then
    local phases = M.phases(window)
    v.order, v.first = tables_of(phases)
    v.PHASES = #phases
    return render(vector.template "direct_weights_phases", v), {}
  end
  return render(vector.template "direct_weights", v), {}
end

-- C statements that copy the rows of a unit's image with zeros around them.
local function copied(v)
  return render([[
real *const image = scratch + (ptrdiff_t)slot * ${slot};
const int n = unit${part} / ${strips}, top = unit${part} % ${strips} * ${rows};
for (int cb = 0; cb < ${x_planes}; cb++)
    for (int r = 0; r < ${height}; r++) {
        const int row = top * ${SH} - ${PH} + r;
        real *const line = image + ((ptrdiff_t)cb * ${height} + r) * ${width} * ${I};
        if (row < 0 || row >= ${IH}) {
            memset(line, 0, ${width} * ${I} * sizeof(real));
            continue;
        }
        const real *const whole = ${image} + (((ptrdiff_t)n * ${x_planes} + cb) * ${IH} + row) * ${IW} * ${I};
        for (int q = 0; q < ${left} * ${I}; q++) line[q] = 0;
        memcpy(line + ${left} * ${I}, whole, ${middle} * ${I} * sizeof(real));
        for (int q = (${left} + ${middle}) * ${I}; q < ${width} * ${I}; q++) line[q] = 0;
    }]], v)
end

-- C statements that list the pixels of a unit.
local function pixels_of(v)
  if not v.padded then
    return render([[
const real *const image = x;
for (int m = unit${part} * ${M}; count < ${M} && m < ${PIXELS}; m++) {
    const int n = m / (${OH} * ${OW}), i = m / ${OW} % ${OH}, j = m % ${OW};
    from[count] = (ptrdiff_t)n * ${x_planes} * ${plane} + ((ptrdiff_t)i * ${SH} * ${IW} + j * ${SW}) * ${I};
    to[count++] = (ptrdiff_t)n * ${OB} * ${y_plane} + ((ptrdiff_t)i * ${OW} + j) * ${B};
}]], v)
  end
  return copied(v) .. "\n" .. render([[
for (int i = 0; i < ${rows} && top + i < ${OH}; i++)
    for (int j = 0; j < ${OW}; j++) {
        from[count] = ((ptrdiff_t)i * ${SH} * ${width} + j * ${SW}) * ${I};
        to[count++] = (ptrdiff_t)n * ${OB} * ${y_plane} + ((ptrdiff_t)(top + i) * ${OW} + j) * ${B};
    }]], v)
end

-- What bodies of both kernels say: units of work, divided among threads with their outputs where there are few of them
-- (`units_begin`, `first_pair`, `last_pair`), and images. w: the window; `image`: the port of x.
local function work_of(x, y, w, block, threads, image)
  local blocks, inputs, count = inputs_of(x, w, block)
  local v = c.merged(units(x, y, w, block, threads), {
    B = block, R = (sizes(block)), CB = blocks, I = inputs, OB = y[2] // block, TAPS = count, x_planes = x[2] // inputs,
    PIXELS = x[1] * y[3] * y[4], image = image,
    IH = x[3], IW = x[4], OH = y[3], OW = y[4], SH = w.stride[1], SW = w.stride[2], PH = w.padding[1],
    left = w.padding[2], y_plane = y[3] * y[4] * block, panel = count * 2 * block * inputs, part = "",
  })
  v.plane = v.padded and v.height * v.width * inputs or x[3] * x[4] * inputs
  if v.padded then
    v.left = math.min(v.left, v.width)
    v.middle = math.max(0, math.min(x[4], v.width - v.left))
  end
  v.KC, v.parts = depth_of(x, w, block)
  local pairs_count, pieces = (v.OB + 1) // 2, 1
  v.first_pair, v.last_pair = "0", tostring(pairs_count)
  while v.count * pieces < 2 * threads and pieces < pairs_count do pieces = pieces + 1 end
  if pieces > 1 then
    v.part = " / " .. pieces
    v.first_pair = render("unit % ${n} * ${p} / ${n}", { n = pieces, p = pairs_count })
    v.last_pair = render("(unit % ${n} + 1) * ${p} / ${n}", { n = pieces, p = pairs_count })
  end
  local many = c.parallel_threshold <= v.PIXELS * y[2] * x[2] * taps(w)
  if v.slot > 0 then
    v.units_begin = render([[
int next = 0; /* which thread takes which unit changes no result */
${loop}
for (int slot = 0; slot < ${threads}; slot++)
for (;;) {
    int unit;
    #pragma omp atomic capture
    unit = next++;
    if (unit >= ${count}) break;]], { loop = c.parallel(many), threads = threads, count = v.count * pieces })
  else
    local dynamic = v.count * pieces >= 4 * threads
    v.units_begin = render("${loop}\nfor (int unit = 0; unit < ${count}; unit++) {", { count = v.count * pieces,
      loop = many and "#pragma omp parallel for schedule(" .. (dynamic and "dynamic" or "static") .. ")" or "" })
  end
  v.units_end = "}"
  return v
end

-- A statement for the two blocks of outputs, the second of which may not be there: text with ${v}, ${o}.
local function both_of(v)
  return function(text)
    local second = render(text, { v = "v1", o = " + " .. v.y_plane })
    return render(text, { v = "v0", o = "" }) .. "\n"
      .. (v.OB % 2 == 1 and render("if (p * 2 + 1 < ${OB}) ", v) .. second or second)
  end
end

--- x convolved with weights u → y, with `scratch` (M.scratch); w has `threads` too, as algorithms.lua says.
function M.forward(x, y, w, block, a)
  local r = sizes(block)
  local _, inputs, count = inputs_of(x, w, block)
  local v = work_of(x, y, w, block, w.threads, "x")
  v.pixels = pixels_of(v)
  v.call = render("direct_pixels(depth, image + (ptrdiff_t)k * ${plane}, from + t, ${plane}", v)
  v.shift, v.pack = "", ""
  if v.packed then
    local beside = {}
    for i = 0, r - 1 do beside[i + 1] = i * block end
    v.shift = render("static const ptrdiff_t beside[] = {${list}};", { list = table.concat(beside, ", ") })
    v.pack = render([[
real *const packed = scratch + (ptrdiff_t)slot * ${slot};
for (int cb = 0; cb < depth; cb++)
    for (int t = 0; t < count; t += ${R})
        for (int r = 0; r < ${R}; r++)
            store(packed + (ptrdiff_t)t * (${KC} * ${B}) + (cb * ${R} + r) * ${B},
                  load(image + (ptrdiff_t)(k + cb) * ${plane} + from[t + r]));]], v)
    v.call = render("direct_pixels(depth, packed + (ptrdiff_t)t * (${KC} * ${B}), beside, ${R} * ${B}", v)
  end
  local shifts = {}
  for channel = 0, inputs > 1 and 0 or x[2] - 1 do
    for kh = 0, w.kernel_size[1] - 1 do
      for kw = 0, w.kernel_size[2] - 1 do
        shifts[#shifts + 1] = channel * v.plane
          + (kh * w.dilation[1] * (v.padded and v.width or x[4]) + kw * w.dilation[2]) * inputs
      end
    end
  end
  if #shifts > 1 or inputs == 1 then
    v.call = (inputs > 1 and "direct_windows" or "direct_planes")
      .. render("(depth, ${TAPS}, shift, image + (ptrdiff_t)k * ${plane}, from + t, ${plane}", v)
    v.shift = "static const int shift[] = {" .. table.concat(shifts, ", ") .. "};"
  end
  local both = both_of(v)
  v.bias = ""
  local first, last, lines = {}, {}, {}
  if a.bias then
    -- as channels: parameters are not aligned
    v.bias = render("const vec bias0 = load_channels(b + p * 2 * ${B}, ${B});\n"
      .. "const vec bias1 = load_channels(b + (p * 2 + 1) * ${B}, ${here});",
      c.merged(v, { here = v.OB % 2 == 1 and render("p * 2 + 1 < ${OB} ? ${B} : 0", v) or v.B }))
    first[1] = "v0 += bias0;\nv1 += bias1;"
  end
  -- the residual may lie where the result goes: it is read before anything is written
  if a.residual then first[#first + 1] = both "${v} += load(residual + at${o});" end
  local relu = vector.rectify(a)
  if relu ~= "" then
    last[1] = relu:gsub("%f[%w]v%f[%W]", "v0") .. "\n" .. relu:gsub("%f[%w]v%f[%W]", "v1")
  end
  local function add(condition, list, otherwise)
    if #list == 0 then return end
    if condition then lines[#lines + 1] = (otherwise and "} else {" or "if (" .. condition .. ") {") end
    lines[#lines + 1] = gather.indented(table.concat(list, "\n"))
  end
  if v.parts > 1 then
    add("k > 0", { both "${v} += load(y + at${o});" })
    add("k == 0", first, true)
    lines[#lines + 1] = "}"
    if #last > 0 then
      add(render("k + depth == ${CB}", v), last)
      lines[#lines + 1] = "}"
    end
  else
    add(nil, first)
    add(nil, last)
  end
  lines[#lines + 1] = both "store(y + at${o}, ${v});"
  v.finish = table.concat(lines, "\n")
  local texts = support(block, tile_of(block, inputs, count))
  table.insert(texts, vector.template "fetch_lines")
  if a.relu and a.ceiling then table.insert(texts, 2, vector.support({ "vector_ceiling" }, block)[1]) end
  return render(vector.template "direct_conv2d", v), texts
end

-- The gradient by the input as a convolution of dy for cells of a pixel of each phase: shape of the cells, the window
-- that the phases share, and M.phases.
local function cells_of(x, w)
  local phases, rows, columns = M.phases(w)
  local size = { rows[2] - rows[1] + 1, columns[2] - columns[1] + 1 }
  return { x[1], x[2], (x[3] + w.stride[1] - 1) // w.stride[1], (x[4] + w.stride[2] - 1) // w.stride[2] },
    { kernel_size = size, stride = { 1, 1 }, dilation = { 1, 1 }, padding = { -rows[1], -columns[1] }, copied = true },
    phases
end

--- Floats of scratch of the gradient by the input of a strided convolution; x: shape of the gradient.
function M.spread_scratch(dy, x, w, block)
  local cells, window = cells_of(x, w)
  return w.threads * units(dy, cells, window, block, w.threads).slot
end

--- The gradient by the input of a strided convolution: dy, u (of M.phases) → dx, with `scratch`; x: shape of dx.
function M.input_gradients(dy, x, w, block)
  local cells, window, phases = cells_of(x, w)
  local v = work_of(dy, cells, window, block, w.threads, "dy")
  v.TAPS, v.PHASES, v.H, v.W, v.SH_out, v.SW_out = taps(w), #phases, x[3], x[4], w.stride[1], w.stride[2]
  v.y_plane = x[3] * x[4] * block
  local shifts, down, across = {}, {}, {}
  for i, phase in ipairs(phases) do
    down[i], across[i] = phase.row, phase.column
    for _, tap in ipairs(phase.taps) do
      shifts[#shifts + 1] = ((tap.row + window.padding[1]) * v.width + tap.column + window.padding[2]) * block
    end
  end
  local _, first = tables_of(phases)
  v.tables = render([[
/* taps phase by phase: where dy lies from the cell; the first of each phase, and the pixel of a cell */
static const int shift[] = {${shifts}};
static const int first[] = {${first}};
static const int down[] = {${down}}, across[] = {${across}};]], { shifts = table.concat(shifts, ", "), first = first,
    down = table.concat(down, ", "), across = table.concat(across, ", ") })
  v.copy = copied(v)
  local both = both_of(v)
  v.more, v.finish = both "${v} += load(dx + at${o});", both "store(dx + at${o}, ${v});"
  return render(vector.template "direct_dx", v), support(block, tile_of(block, block, 2))
end

--- Floats of scratch of the gradient by the weights.
function M.sum_floats(x, y, w) return x[2] * y[2] * taps(w) end

-- How the gradient's work is divided: `PS` ranges of panels by `CS` of blocks of x, `most` in all, for each of which x
-- and dy are read once. What is read least is taken.
local function ranges(v, most)
  local best
  for ps = 1, math.min(v.P, most) do
    local cs = math.min(v.CB, (most + ps - 1) // ps)
    -- too few is worst, for threads would wait
    local cost = { -math.min(most, ps * cs), ps * v.CB * v.x_plane + cs * v.OB * v.y_plane }
    if not best or cost[1] < best[1] or cost[1] == best[1] and cost[2] < best[2] then
      best, v.PS, v.CS = cost, ps, cs
    end
  end
  v.UNITS = v.PS * v.CS
end

--- The gradient by the weights: x, dy → dw (OC, IC, KH, KW), with `scratch`; y: shape of dy, w has `threads` too.
function M.weight_gradients(x, y, w, block)
  local _, q = sizes(block)
  local v = c.merged(vector.panels(y[2] // block), {
    B = block, Q = q, N = x[1], CB = x[2] // block, OB = y[2] // block,
    IH = x[3], IW = x[4], OH = y[3], OW = y[4], SH = w.stride[1], SW = w.stride[2], TAPS = taps(w),
    x_plane = x[3] * x[4] * block, y_plane = y[3] * y[4] * block, square = block * block * taps(w),
  })
  v.ROWS = math.max(1, math.min(v.OH, M.piece_pixels // v.OW))
  v.PIECES = (v.OH + v.ROWS - 1) // v.ROWS
  ranges(v, w.threads > 1 and 2 * w.threads or 1)
  v.loop = v.UNITS > 1 and v.N * v.OH * v.OW * y[2] * x[2] * v.TAPS >= c.parallel_threshold
    and "#pragma omp parallel for schedule(dynamic)" or ""
  local lines = {}
  local one = v.TAPS == 1 and w.padding[1] + w.padding[2] == 0
  if one and v.SH == 1 and v.SW == 1 then
    lines[1] = v.call(function(wide)
      return render("direct_sum_${w}(1, (bottom - top) * ${OW}, image + (ptrdiff_t)top * ${IW} * ${B}, 0, ${B}, "
        .. "d + (ptrdiff_t)top * ${OW} * ${B}, 0, ${y_plane}, sums, step);", c.merged(v, { w = wide }))
    end)
  else
    for kh = 0, w.kernel_size[1] - 1 do
      local down = kh * w.dilation[1] - w.padding[1]
      -- rows and columns of dy whose tap lies in the image
      local low = down < 0 and (-down + v.SH - 1) // v.SH or 0
      local high = math.min(v.OH, v.IH - 1 - down < 0 and 0 or (v.IH - 1 - down) // v.SH + 1)
      for kw = 0, w.kernel_size[2] - 1 do
        local across = kw * w.dilation[2] - w.padding[2]
        local left = across < 0 and (-across + v.SW - 1) // v.SW or 0
        local right = math.min(v.OW, v.IW - 1 - across < 0 and 0 or (v.IW - 1 - across) // v.SW + 1)
        if right > left and high > low then
          local tap = c.merged(v, { low = low, high = high, columns = right - left, down = down,
            at = left * v.SW + across, left = left, k = kh * w.kernel_size[2] + kw })
          tap.call_sum = v.call(function(wide)
            return render("direct_sum_${w}(last_row - first_row, ${columns}, from, ${SH} * ${IW} * ${B}, ${SW} * ${B}, "
              .. "to, ${OW} * ${B}, ${y_plane}, sums + ${k} * wide * ${B}, step);", c.merged(tap, { w = wide }))
          end)
          lines[#lines + 1] = render([[
{
    const int first_row = top > ${low} ? top : ${low}, last_row = bottom < ${high} ? bottom : ${high};
    const real *const from = image + (((ptrdiff_t)first_row * ${SH} + ${down}) * ${IW} + ${at}) * ${B};
    const real *const to = d + ((ptrdiff_t)first_row * ${OW} + ${left}) * ${B};
    ${call_sum}
}]], tap)
        end
      end
    end
  end
  v.taps = table.concat(lines, "\n")
  local texts = support(block, vector.transpose(block))
  for _, wide in ipairs(v.widths) do
    texts[#texts + 1] = render(vector.template "direct_sum", { B = block, Q = q, W = wide })
  end
  return render(vector.template "direct_dw", v), texts
end

-- ---- the definition, in plain C ----------------------------------------------------------------

--- Forward on an image x of `lanes` and `blocks`, all else plain.
function M.plain_forward(n, lanes, blocks)
  local x, y, u, a = n.inputs.x.shape, n.outputs.y.shape, n.inputs.u.shape, n.attrs
  local v = { N = x[1], IC = x[2], IH = x[3], IW = x[4], OC = y[2], OH = y[3], OW = y[4], W = u[3], B = u[3] // 2,
    KH = a.kernel_size[1], KW = a.kernel_size[2], SH = a.stride[1], SW = a.stride[2], PH = a.padding[1],
    PW = a.padding[2], DH = a.dilation[1], DW = a.dilation[2], pixel = c.pixel("x", x, lanes, blocks),
    bias = n.inputs.b and " + b[o]" or "", residual = n.inputs.residual and " + residual[at]" or "" }
  v.loop = c.outer_loop(x[1] * y[2], y[3] * y[4] * x[2] * v.KH * v.KW)
  v.I = M.plain(x) and 1 or v.B
  v.finish = a.relu and c.rectified("sum", a.ceiling) or "sum"
  v.scratch = n.outputs.scratch and "scratch[0] = 0;" or ""
  return render([[
${scratch}
${loop}
for (int p = 0; p < ${N} * ${OC}; p++)
    for (int i = 0; i < ${OH}; i++)
        for (int j = 0; j < ${OW}; j++) {
            const int n = p / ${OC}, o = p % ${OC}, at = (p * ${OH} + i) * ${OW} + j;
            real total = 0;
            for (int c = 0; c < ${IC}; c++)
                for (int k = 0; k < ${KH} * ${KW}; k++) {
                    const int row = i * ${SH} - ${PH} + k / ${KW} * ${DH};
                    const int column = j * ${SW} - ${PW} + k % ${KW} * ${DW};
                    if (row < 0 || row >= ${IH} || column < 0 || column >= ${IW}) continue;
                    const int group = (o / ${W} * (${IC} / ${I}) + c / ${I}) * (${KH} * ${KW}) + k;
                    total += ${pixel} * u[(group * ${I} + c % ${I}) * ${W} + o % ${W}];
                }
            const real sum = total${bias}${residual};
            y[at] = ${finish};
        }
]], v), {}
end

--- The gradient by the input of a strided convolution, of an image dy of `lanes` and `blocks`, all else plain.
function M.plain_input_gradients(n, lanes, blocks)
  local dy, x, u, a = n.inputs.dy.shape, n.outputs.dx.shape, n.inputs.u.shape, n.attrs
  local _, _, order, first = tables_of(M.phases(a))
  local place, begin, size = {}, {}, {}
  for i = 2, #first do
    for q = first[i - 1] + 1, first[i] do
      place[order[q] + 1], begin[order[q] + 1], size[order[q] + 1] = q - 1, first[i - 1], first[i] - first[i - 1]
    end
  end
  return render([[
static const int place[] = {${place}}, begin[] = {${begin}}, size[] = {${size}};
scratch[0] = 0;
${loop}
for (int p = 0; p < ${N} * ${IC}; p++)
    for (int i = 0; i < ${H}; i++)
        for (int j = 0; j < ${W}; j++) {
            const int n = p / ${IC}, o = p % ${IC};
            real total = 0;
            for (int c = 0; c < ${OC}; c++)
                for (int k = 0; k < ${KH} * ${KW}; k++) {
                    const int down = i + ${PH} - k / ${KW} * ${DH}, across = j + ${PW} - k % ${KW} * ${DW};
                    const int row = down / ${SH}, column = across / ${SW};
                    if (down < 0 || down % ${SH} || row >= ${OH}) continue;
                    if (across < 0 || across % ${SW} || column >= ${OW}) continue;
                    const int group = (o / ${L} * ${CB}) * (${KH} * ${KW}) + ${CB} * begin[k] + c / ${B} * size[k]
                        + place[k] - begin[k];
                    total += ${pixel} * u[(group * ${B} + c % ${B}) * ${L} + o % ${L}];
                }
            dx[(p * ${H} + i) * ${W} + j] = total;
        }
]], { N = dy[1], OC = dy[2], OH = dy[3], OW = dy[4], IC = x[2], H = x[3], W = x[4], L = u[3], B = u[3] // 2,
      CB = dy[2] // (u[3] // 2), KH = a.kernel_size[1], KW = a.kernel_size[2], SH = a.stride[1], SW = a.stride[2],
      PH = a.padding[1], PW = a.padding[2], DH = a.dilation[1], DW = a.dilation[2],
      pixel = c.pixel("dy", dy, lanes, blocks), loop = c.outer_loop(x[1] * x[2], x[3] * x[4] * dy[2] * taps(a)),
      place = table.concat(place, ", "), begin = table.concat(begin, ", "), size = table.concat(size, ", ") }), {}
end

--- The gradient by the weights on images of { lanes, blocks }.
function M.plain_weight_gradients(n, of_x, of_y)
  local x, y, a = n.inputs.x.shape, n.inputs.dy.shape, n.attrs
  return render([[
scratch[0] = 0;
${loop}
for (int p = 0; p < ${OC} * ${IC}; p++)
    for (int k = 0; k < ${KH} * ${KW}; k++) {
        real total = 0;
        for (int n = 0; n < ${N}; n++)
            for (int i = 0; i < ${OH}; i++)
                for (int j = 0; j < ${OW}; j++) {
                    int row = i * ${SH} - ${PH} + k / ${KW} * ${DH};
                    int column = j * ${SW} - ${PW} + k % ${KW} * ${DW};
                    if (row < 0 || row >= ${IH} || column < 0 || column >= ${IW}) continue;
                    int c = p % ${IC};
                    const real value = ${x};
                    c = p / ${IC}, row = i, column = j;
                    total += value * ${dy};
                }
        dw[p * (${KH} * ${KW}) + k] = total;
    }
]], { N = x[1], IC = x[2], IH = x[3], IW = x[4], OC = y[2], OH = y[3], OW = y[4], KH = a.kernel_size[1],
      KW = a.kernel_size[2], SH = a.stride[1], SW = a.stride[2], PH = a.padding[1], PW = a.padding[2],
      DH = a.dilation[1], DW = a.dilation[2], x = c.pixel("x", x, of_x[1], of_x[2]),
      dy = c.pixel("dy", y, of_y[1], of_y[2]), loop = c.outer_loop(x[2] * y[2], x[1] * y[3] * y[4]) }), {}
end

return M
