-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Convolutions of 3x3 windows by Winograd's F(4x4, 3x3) (Lavin & Gray 2016) in vectors, on blocked images: a
-- quarter of the multiplications. Forward and the gradient by the input are one kernel (the second with the
-- weights turned around), the gradient by the weights is the transposed algorithm. Tiles of 6x6 pixels are
-- transformed, the 36 values multiplied as matrices over channels, the results transformed back.
--
--   pixels    [36][groups of R tiles][channel blocks][R][B]        T tiles at a time, in the scratch of the node
--   weights   [36][pairs of output blocks][channels][2 B]
--   products  [36][groups of R tiles][pairs of output blocks][2][R][B]    some pairs at a time, so that they stay
--                                                                   in the second cache
--
-- and after each of the 36 planes 2 B floats that nobody uses: planes a power of two apart would share the few
-- lines of one set of the cache. What a product reads lies in the order in which it is read; while it is computed
-- the weights of the next are fetched.
--
-- The gradient by the weights keeps Q channels of x by three blocks of dy in registers (two at the end):
--
--   pixels    [groups of GC channel blocks][36][GC][T tiles][B]
--   gradients [panels of two or three blocks of dy][36][T tiles][blocks of the panel][B]
--   sums      [panels][groups][36][GC * B channels][blocks of the panel][B]
--
-- Every sum has an order that shapes alone decide; nothing depends on the number of threads.
-- Functions return body, support as those of vector.lua.

local M = {}
local c = require "generator.backends.c"
local render = require("generator.base.render").render
local vector = require "generator.backends.vector"

--- Tiles that are multiplied at once, and channels of x in a tile of the weights' gradient: as many sums as
--- the registers hold.
local function rows_of(block) return block == 16 and 12 or 6, block == 16 and 8 or 4 end

--- Whether a convolution can run so: x and y, shapes of its images; kernel_size and a, its attributes.
function M.possible(x, y, kernel_size, a, block)
  return kernel_size[1] == 3 and kernel_size[2] == 3 and a.stride[1] == 1 and a.stride[2] == 1
    and a.dilation[1] == 1 and a.dilation[2] == 1 and a.groups == 1 and a.padding[1] <= 2 and a.padding[2] <= 2
    and x[2] % (2 * block) == 0 and y[2] % (2 * block) == 0
end

--- Tiles of an image y.
local function tiles_of(y)
  local high, across = (y[3] + 3) // 4, (y[4] + 3) // 4
  return high, across, y[1] * high * across
end

local function round_up(value, step) return (value + step - 1) // step * step end

M.tiles_of = tiles_of

--- Tiles as the forward kernel multiplies them.
function M.rounded_tiles(tiles, block) return round_up(tiles, (rows_of(block))) end

-- `count` in equal chunks of at most `most`: the size of one, a multiple of `step`, and how many.
local function chunks(count, most, step)
  most = math.max(step, most // step * step)
  local number = (count + most - 1) // most
  local size = round_up((count + number - 1) // number, step)
  return size, (count + size - 1) // size
end

local function support(block)
  local texts = vector.support({ "vector" }, block)
  texts[#texts + 1] = render(vector.template "winograd", { B = block, R = (rows_of(block)) })
  return texts
end

--- What shapes the forward kernel's work: tiles of a thread's own chunk, output channels whose products are kept, the
--- fewest tiles for a thread that has chunks of its own, floats of a chunk that all threads share. Tests change them.
M.own_tiles, M.kept_outputs, M.least_tiles, M.shared_floats = { 24, 48 }, 64, 18, 4 * 1024 * 1024

-- Tiles of a chunk of a thread's own: what makes the last thread end first, where each chunk costs as much as three
-- tiles more, for it reads all weights.
local function own_tiles(tiles, threads, r)
  local best, least
  for size = round_up(M.own_tiles[1], r), math.max(r, M.own_tiles[2]), r do
    local rounds = ((tiles + size - 1) // size + threads - 1) // threads
    local cost = rounds * (math.min(size, round_up(tiles, r)) + 3)
    if not least or cost < least then best, least = size, cost end
  end
  return best
end

--- How the forward kernel works through an image: `T` tiles in a chunk, `chunks`, `slots`: threads that
--- work on chunks of their own (0: all work on one chunk after the other), `pairs` of output blocks whose products
--- are kept, `floats` of scratch.
function M.forward_plan(x, y, block, threads)
  local r = rows_of(block)
  local _, _, tiles = tiles_of(y)
  local plan = { slots = threads, pairs = y[2] // (2 * block) }
  -- too few tiles for chunks of their own: each would read all weights
  if tiles < M.least_tiles * threads then plan.slots = 0 end
  if plan.slots == 0 then
    plan.T, plan.chunks = chunks(tiles, M.shared_floats // (36 * (x[2] + y[2])), r)
  else
    plan.T = own_tiles(tiles, threads, r)
    plan.chunks = (tiles + plan.T - 1) // plan.T
    local parts = (y[2] + M.kept_outputs - 1) // M.kept_outputs
    plan.pairs = math.max(1, (plan.pairs + parts - 1) // parts)
  end
  plan.v_step = plan.T * x[2] + 2 * block
  plan.m_step = plan.T * plan.pairs * 2 * block + 2 * block
  plan.floats = math.max(plan.slots, 1) * 36 * (plan.v_step + plan.m_step)
  return plan
end

--- Shape of the transformed weights of a kernel from `inputs` to `outputs` channels.
function M.weights_shape(inputs, outputs, block) return { 36, outputs // (2 * block) * inputs + 1, 2 * block } end

--- Output channels of such weights for `inputs` channels.
function M.outputs_of(u, inputs) return (u[2] - 1) // inputs * u[3] end

--- Transforms weights w (OC, IC, 3, 3) → u. `turned`: for the gradient by the input.
function M.weights(w, block, turned)
  local inputs, outputs = turned and w[1] or w[2], turned and w[2] or w[1]
  local along = w[2] * 9
  return render(vector.template "winograd_weights", {
    P = outputs // (2 * block), K = inputs, B = block,
    u_step = inputs * outputs + 2 * block,
    lane_step = turned and 9 or along, channel_step = turned and along or 9, tap = turned and "8 - k" or "k",
    loop = c.outer_loop(outputs // (2 * block), inputs * block * 200),
  }), support(block)
end

--- x convolved with transformed weights u → y, with `scratch`; a = { padding, threads }, as algorithms.lua says.
function M.forward(x, y, a, block, epilogue)
  local plan, r = M.forward_plan(x, y, block, a.threads), rows_of(block)
  local high, across, tiles = tiles_of(y)
  local lines, groups = block * block // 8, plan.T // r
  local v = c.merged(plan, {
    B = block, R = r, TILES = tiles, TH = high, TW = across, CHUNKS = plan.chunks, S = plan.slots,
    CB = x[2] // block, OB = y[2] // block, P = y[2] // (2 * block), PAIRS = plan.pairs,
    IH = x[3], IW = x[4], OH = y[3], OW = y[4], PH = a.padding[1], PW = a.padding[2],
    x_plane = x[3] * x[4] * block, panel = x[2] * 2 * block, u_step = x[2] * y[2] + 2 * block,
    group = plan.pairs * 2 * r * block, lines = (lines + groups - 1) // groups,
    bias = "",
  })
  local finish = {}
  if epilogue.bias then
    v.bias = render("const vec start = load_channels(b + (first_pair * 2 + ob) * ${B}, ${B});", v)
    finish[1] = "v += start;"
  end
  if epilogue.residual then finish[#finish + 1] = render("v += load(residual + at + (r * ${OW} + c) * ${B});", v) end
  local relu = vector.rectify(epilogue)
  if relu ~= "" then finish[#finish + 1] = relu end
  v.finish = table.concat(finish, "\n")
  v.v_floats = 36 * v.v_step
  v.loop = plan.slots == 0 and "#pragma omp parallel for collapse(2) schedule(static)" or ""
  v.pairs_begin, v.pairs_end = "enum { first_pair = 0, pairs = ${P} };", ""
  if v.PAIRS < v.P then
    v.pairs_begin = [[
for (int first_pair = 0; first_pair < ${P}; first_pair += ${PAIRS}) {
const int pairs = first_pair + ${PAIRS} <= ${P} ? ${PAIRS} : ${P} - first_pair;]]
    v.pairs_end = "}"
  end
  v.pairs_begin = render(v.pairs_begin, v)
  if plan.slots == 0 then
    v.chunks_begin = render([[
real *const pixels = scratch, *const products = scratch + ${v_floats};
for (int first = 0; first < ${TILES}; first += ${T}) {]], v)
    v.chunks_end = "}"
  else
    v.slot_floats = 36 * (v.v_step + v.m_step)
    v.chunks_begin = render([[
int next = 0; /* which thread takes which chunk changes no result */
#pragma omp parallel for schedule(static)
for (int slot = 0; slot < ${S}; slot++) {
real *const pixels = scratch + (ptrdiff_t)slot * ${slot_floats}, *const products = pixels + ${v_floats};
for (;;) {
    int chunk;
    #pragma omp atomic capture
    chunk = next++;
    if (chunk >= ${CHUNKS}) break;
    const int first = chunk * ${T};]], v)
    v.chunks_end = "}\n}"
  end
  local texts = support(block)
  if epilogue.relu and epilogue.ceiling then table.insert(texts, vector.support({ "vector_ceiling" }, block)[1]) end
  return render(vector.template "winograd_conv2d", v), texts
end

--- What shapes the work of the gradient by the weights: tiles in a chunk, blocks of x in a group, planes of a unit
--- where there are few of them. Tests change them.
M.sum_tiles, M.sum_blocks, M.few_planes = 128, 4, 4

--- How the gradient by the weights does: T tiles in a chunk, `GC` blocks of x in each of `groups`, panels of dy and the
--- floats of scratch.
function M.sum_plan(x, y, block)
  local _, _, tiles = tiles_of(y)
  local cb, plan = x[2] // block, vector.panels(y[2] // block)
  plan.GC = 2
  if cb % M.sum_blocks == 0 then plan.GC = M.sum_blocks end
  plan.groups = cb // plan.GC
  plan.T, plan.chunks = chunks(tiles, M.sum_tiles, 4)
  plan.v_step = plan.GC * plan.T * block + 2 * block
  plan.v_floats = plan.groups * 36 * plan.v_step
  plan.d_floats = 36 * (plan.T * y[2] + plan.P * 2 * block)
  plan.sums_gap = plan.groups * 36 * 2 * block -- of a panel
  plan.floats = plan.v_floats + plan.d_floats + 36 * x[2] * y[2] + plan.P * plan.sums_gap
  return plan
end

--- The gradient by the weights: x, dy → dw (OC, IC, 3, 3), with `scratch`; y: shape of dy, a = { padding, threads }.
function M.weight_gradients(x, y, a, block)
  local plan, _, q = M.sum_plan(x, y, block), rows_of(block)
  local high, across, tiles = tiles_of(y)
  -- few units: a unit is some of the planes, and the last transform a loop of its own
  local few = plan.P * plan.groups < 4 * a.threads
  local v = c.merged(plan, {
    B = block, Q = q, HALVES = block // q, TILES = tiles, TH = high, TW = across, CB = x[2] // block,
    OB = y[2] // block, IH = x[3], IW = x[4], OH = y[3], OW = y[4], PH = a.padding[1], PW = a.padding[2],
    x_plane = x[3] * x[4] * block, y_plane = y[3] * y[4] * block, channels = plan.GC * block,
    planes = few and M.few_planes or 36, panel_floats = 36 * x[2] * block,
  })
  v.sum = plan.call(function(wide)
    return render("winograd_sum_${w}(tiles, first > 0, from, d, to);", { w = wide })
  end)
  local finish = "winograd_gradients_out(${channels}, wide, sums_of, ${CB} * ${B}, "
    .. "dw + ((ptrdiff_t)begin * ${B} * (${CB} * ${B}) + group * ${channels}) * 9);"
  v.finish = few and "" or render("if (first + ${T} >= ${TILES}) " .. finish, v)
  v.last_loop = few and render([[
#pragma omp parallel for collapse(2) schedule(static)
for (int p = 0; p < ${P}; p++)
    for (int group = 0; group < ${groups}; group++) {
        const int wide = ${wide}, begin = ${begin};
        const real *const sums_of = sums + (ptrdiff_t)begin * ${panel_floats} + (ptrdiff_t)p * ${sums_gap}
            + (ptrdiff_t)group * (36 * 2 * ${B} + 36 * ${channels} * wide * ${B});
        ]] .. finish .. "\n    }", v) or ""
  local texts = support(block)
  texts[#texts + 1] = vector.transpose(block)
  for _, wide in ipairs(plan.widths) do
    texts[#texts + 1] = render(vector.template "winograd_sum", { B = block, Q = q, W = wide })
  end
  texts[#texts + 1] = render(vector.template "winograd_gradients_out", { B = block })
  return render(vector.template "winograd_dw", v), texts
end

-- ---- the definition, in plain C ----------------------------------------------------------------

local matrices = [[
/* the transforms of F(4x4, 3x3) */
static const real pixels_of[6][6] = {{4, 0, -5, 0, 1, 0},  {0, -4, -4, 1, 1, 0}, {0, 4, -4, -1, 1, 0},
                                     {0, -2, -1, 2, 1, 0}, {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1}};
static const real results_of[4][6] = {
    {1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}};
static const real weights_of[6][3] = {{(real)1 / 4, 0, 0}, {(real)-1 / 6, (real)-1 / 6, (real)-1 / 6},
    {(real)-1 / 6, (real)1 / 6, (real)-1 / 6}, {(real)1 / 24, (real)1 / 12, (real)1 / 6},
    {(real)1 / 24, (real)-1 / 12, (real)1 / 6}, {0, 0, 1}};

/* t (n, n) = m d m', m (n, k) and d (k, k); `turned`: m is (k, n), and taken the other way round */
static void __attribute__((unused)) both_sides(int n, int k, const real *m, int turned, const real *d, real *t) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            real sum = 0;
            for (int a = 0; a < k; a++)
                for (int b = 0; b < k; b++)
                    sum += (turned ? m[a * n + i] * m[b * n + j] : m[i * k + a] * m[j * k + b]) * d[a * k + b];
            t[i * n + j] = sum;
        }
}]]

--- As M.weights.
function M.plain_weights(w, block, turned)
  local inputs, outputs = turned and w[1] or w[2], turned and w[2] or w[1]
  return render([[
for (int o = 0; o < ${N}; o++)
    for (int c = 0; c < ${K}; c++) {
        real g[9], t[36];
        for (int k = 0; k < 9; k++) g[k] = w[${weight}];
        both_sides(6, 3, weights_of[0], 0, g, t);
        for (int k = 0; k < 36; k++) u[((k * ${P} + o / ${W}) * ${K} + k + c) * ${W} + o % ${W}] = t[k];
    }
]], { N = outputs, K = inputs, W = 2 * block, P = outputs // (2 * block),
      weight = render(turned and "(c * ${C} + o) * 9 + 8 - k" or "(o * ${C} + c) * 9 + k", { C = w[2] }) }),
    { matrices }
end

-- C text that reads a tile of `size` pixels of a port from (top, left) on into d, zero outside.
local function tile(size, port, shape, lanes, blocks)
  return render([[
for (int r = 0; r < ${S}; r++)
    for (int q = 0; q < ${S}; q++) {
        const int row = ${top} + r, column = ${left} + q;
        d[r * ${S} + q] = row >= 0 && row < ${H} && column >= 0 && column < ${W} ? ${pixel} : 0;
    }]], { S = size, H = shape[3], W = shape[4], pixel = c.pixel(port, shape, lanes, blocks),
    top = size == 6 and "4 * i - " .. shape.padding[1] or "4 * i",
    left = size == 6 and "4 * j - " .. shape.padding[2] or "4 * j" })
end

--- Forward on an image x of `lanes` and `blocks`, all else plain.
function M.plain_forward(n, lanes, blocks)
  local x, y, u = n.inputs.x.shape, n.outputs.y.shape, n.inputs.u.shape
  local high, across = tiles_of(y)
  local v = { N = x[1], IC = x[2], OC = y[2], OH = y[3], OW = y[4], TH = high, TW = across, P = u[2] // x[2], W = u[3],
    tile = tile(6, "x", { x[1], x[2], x[3], x[4], padding = n.attrs.padding }, lanes, blocks),
    loop = c.outer_loop(x[1] * y[2], high * across * x[2] * 36),
    bias = n.inputs.b and "+ b[o]" or "", residual = n.inputs.residual and "+ residual[at]" or "" }
  v.finish = n.attrs.relu and c.rectified("sum", n.attrs.ceiling) or "sum"
  return render([[
scratch[0] = 0;
${loop}
for (int p = 0; p < ${N} * ${OC}; p++)
    for (int i = 0; i < ${TH}; i++)
        for (int j = 0; j < ${TW}; j++) {
            const int n = p / ${OC}, o = p % ${OC};
            real m[36] = {0}, d[36], t[36], s[16];
            for (int c = 0; c < ${IC}; c++) {
                ${tile}
                both_sides(6, 6, pixels_of[0], 0, d, t);
                for (int k = 0; k < 36; k++)
                    m[k] += t[k] * u[((k * ${P} + o / ${W}) * ${IC} + k + c) * ${W} + o % ${W}];
            }
            both_sides(4, 6, results_of[0], 0, m, s);
            for (int r = 0; r < 4 && 4 * i + r < ${OH}; r++)
                for (int q = 0; q < 4 && 4 * j + q < ${OW}; q++) {
                    const int at = (p * ${OH} + 4 * i + r) * ${OW} + 4 * j + q;
                    const real sum = s[r * 4 + q] ${bias} ${residual};
                    y[at] = ${finish};
                }
        }
]], v), { matrices }
end

--- The gradient by the weights on images of { lanes, blocks }.
function M.plain_weight_gradients(n, of_x, of_y)
  local x, y, p = n.inputs.x.shape, n.inputs.dy.shape, n.attrs.padding
  local high, across = tiles_of(y)
  return render([[
scratch[0] = 0;
${loop}
for (int p = 0; p < ${OC} * ${IC}; p++) {
    real sum[36] = {0}, d[36], t[36], g[36];
    for (int n = 0; n < ${N}; n++)
        for (int i = 0; i < ${TH}; i++)
            for (int j = 0; j < ${TW}; j++) {
                int c = p % ${IC};
                ${x_tile}
                both_sides(6, 6, pixels_of[0], 0, d, t);
                c = p / ${IC};
                ${y_tile}
                both_sides(6, 4, results_of[0], 1, d, g);
                for (int k = 0; k < 36; k++) sum[k] += t[k] * g[k];
            }
    both_sides(3, 6, weights_of[0], 1, sum, dw + p * 9);
}
]], { N = x[1], IC = x[2], OC = y[2], TH = high, TW = across,
      x_tile = tile(6, "x", { x[1], x[2], x[3], x[4], padding = p }, of_x[1], of_x[2]),
      y_tile = tile(4, "dy", y, of_y[1], of_y[2]), loop = c.outer_loop(x[2] * y[2], x[1] * high * across * 36) }),
    { matrices }
end

return M
