-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Kernels of recurrent layers over sequences (generator/backends/sequences.lua). In the fast ones a thread takes a
-- group of samples of about one length through all steps: their states stay in its cache, and the recurrent weights
-- are read once for all of them at each step.

local M = {}
local render = require("generator.base.render").render
local sequences = require "generator.backends.sequences"
local vector = require "generator.backends.vector"

local function sizes(n, t)
  local s = t.shape
  return { N = s[1], L = s[2], H = s[3], G = 4 * s[3], steps = sequences.steps(n, "n"),
    at = n.attrs.reverse and "steps - 1 - k" or "k", before = n.attrs.reverse and "t + 1" or "t - 1",
    keep = n.attrs.keep }
end

local plain_support = [[
#define TANH_OF(x) _Generic((x), float : tanhf, double : tanh)(x)

static inline __attribute__((unused)) real lstm_sigmoid(real x) {
    return 1 / (1 + EXP(-x));
}
]]

function M.lstm_plain(n)
  local v = sizes(n, n.outputs.y)
  v.loop = sequences.samples(n, v.L * v.H * v.G)
  v.keep_gates = v.keep and "memcpy(gates + row * 4, pre, sizeof pre);" or ""
  v.keep_cells = v.keep and "memcpy(cells + row, c, sizeof c);" or ""
  return render([[
${loop}
for (int n = 0; n < ${N}; n++) {
    const int steps = ${steps};
    real h[${H}] = {0}, c[${H}] = {0}, pre[${G}];
    for (int k = 0; k < ${L}; k++) {
        const int t = k < steps ? ${at} : k;
        const ptrdiff_t row = ((ptrdiff_t)n * ${L} + t) * ${H};
        if (k >= steps) {
            memset(y + row, 0, sizeof h);
            continue;
        }
        for (int j = 0; j < ${G}; j++) pre[j] = x[row * 4 + j] + b[j];
        for (int i = 0; i < ${H}; i++)
            for (int j = 0; j < ${G}; j++) pre[j] += h[i] * w[(ptrdiff_t)i * ${G} + j];
        for (int i = 0; i < ${H}; i++) {
            pre[i] = lstm_sigmoid(pre[i]);
            pre[${H} + i] = lstm_sigmoid(pre[${H} + i]);
            pre[2 * ${H} + i] = TANH_OF(pre[2 * ${H} + i]);
            pre[3 * ${H} + i] = lstm_sigmoid(pre[3 * ${H} + i]);
            c[i] = pre[${H} + i] * c[i] + pre[i] * pre[2 * ${H} + i];
            h[i] = pre[3 * ${H} + i] * TANH_OF(c[i]);
        }
        memcpy(y + row, h, sizeof h);
        ${keep_gates}
        ${keep_cells}
    }
}
]], v), { plain_support }
end

function M.lstm_dx_plain(n)
  local v = sizes(n, n.inputs.dy)
  v.loop = sequences.samples(n, v.L * v.H * v.G)
  return render([[
${loop}
for (int n = 0; n < ${N}; n++) {
    const int steps = ${steps};
    real dh[${H}] = {0}, dc[${H}] = {0};
    memset(dx + ((ptrdiff_t)n * ${L} + steps) * ${G}, 0, (size_t)(${L} - steps) * ${G} * sizeof(real));
    for (int k = steps - 1; k >= 0; k--) {
        const int t = ${at};
        const ptrdiff_t row = ((ptrdiff_t)n * ${L} + t) * ${H}, before = ((ptrdiff_t)n * ${L} + ${before}) * ${H};
        const real *gate = gates + row * 4;
        real *d = dx + row * 4;
        for (int i = 0; i < ${H}; i++) {
            const real in = gate[i], forget = gate[${H} + i], cell = gate[2 * ${H} + i], out = gate[3 * ${H} + i];
            const real squashed = TANH_OF(cells[row + i]), last = k > 0 ? cells[before + i] : 0;
            const real h = dy[row + i] + dh[i], c = dc[i] + h * out * (1 - squashed * squashed);
            d[i] = c * cell * in * (1 - in);
            d[${H} + i] = c * last * forget * (1 - forget);
            d[2 * ${H} + i] = c * in * (1 - cell * cell);
            d[3 * ${H} + i] = h * squashed * out * (1 - out);
            dc[i] = c * forget;
        }
        memset(dh, 0, sizeof dh);
        for (int j = 0; j < ${G}; j++)
            for (int i = 0; i < ${H}; i++) dh[i] += d[j] * w[(ptrdiff_t)j * ${H} + i];
    }
}
]], v), { plain_support }
end

-- Samples of a group, as rows of a register tile; an even number of groups where there are several.
local function group(v, columns, block)
  v.R, v.T = sequences.tile(v.N, columns, block)
  v.half = (v.R + 1) // 2
  v.groups = (v.N + v.R - 1) // v.R
  v.B = block
  return v
end

--- Whether the states of a group fit a thread's stack.
function M.fits(n, target)
  local s = (n.inputs.dy or n.outputs.y).shape
  return target.fast and s[3] <= 2048
end

local function tail(columns, depth, v, block)
  v.ahead = depth * columns >= 8192 and 8 or 0
  v.whole = v.T >= block and depth or math.max(0, depth - (block - columns + columns - 1) // columns)
end

local support = { "vector", "vector_product", "vector_rows", "vector_choose", "vector_exp", "vector_tanh",
  "lstm_order" }

function M.lstm_fast(n, k)
  local v = group(sizes(n, n.outputs.y), 4 * n.outputs.y.shape[3], k.block)
  tail(v.G, v.H, v, k.block)
  v.steps = sequences.steps(n, "n")
  v.ids_row = n.inputs.ids.shape[2]
  v.loop = v.groups > 1 and v.N * v.L * v.H * v.G >= vector.product_threshold
    and "#pragma omp parallel for schedule(static, 1)" or ""
  v.keep_gates = v.keep and render([[
store_some(gates + row * 4 + i, left, in);
store_some(gates + row * 4 + ${H} + i, left, forget);
store_some(gates + row * 4 + 2 * ${H} + i, left, cell);
store_some(gates + row * 4 + 3 * ${H} + i, left, out);
store_some(cells + row + i, left, next);]], v) or ""
  return render(vector.template "lstm", v), vector.support(support, k.block)
end

function M.lstm_dx_fast(n, k)
  local v = group(sizes(n, n.inputs.dy), n.inputs.dy.shape[3], k.block)
  tail(v.H, v.G, v, k.block)
  v.ids_row = n.inputs.ids.shape[2]
  v.loop = v.groups > 1 and v.N * v.L * v.H * v.G >= vector.product_threshold
    and "#pragma omp parallel for schedule(static, 1)" or ""
  return render(vector.template "lstm_dx", v), vector.support(support, k.block)
end

return M
