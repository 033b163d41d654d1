-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Sequences: tensors (batch, length, features) of which only the first steps of each sample count. How many
-- is cell 0 of the sample's row in the port `ids` (i32, batch by 1 + length), the program's input. Ops on
-- sequences read no step behind those, and write zeros there, so that what a sample gives does not depend on
-- how far it was padded.

local M = {}
local c = require "generator.backends.c"
local graph = require "generator.graph.graph"
local render = require("generator.base.render").render
local vector = require "generator.backends.vector"

--- What is wrong with the port `name` or with `ids`, or nil.
function M.misfit(n, name)
  local s, ids = n.inputs[name].shape, n.inputs.ids
  if #s ~= 3 then
    return "expects a sequence (batch, length, features), found " .. graph.shape_text(s)
      .. "; put `embedding { … }` before it"
  end
  if ids.dtype ~= "i32" or graph.shape_text(ids.shape) ~= graph.shape_text { s[1], s[2] + 1 } then
    return string.format("ids: expects i32 %s, found %s", graph.shape_text { s[1], s[2] + 1 },
      graph.shape_text(ids.shape))
  end
end

--- Steps of sample `b` that count, as a C expression.
function M.steps(n, b) return string.format("ids[(ptrdiff_t)%s * %d]", b, n.inputs.ids.shape[2]) end

--- The ids of the graph that a layer is built in, and its sequence checked: what layers of sequences begin with.
function M.ids(b, kind, x)
  if #x.shape ~= 3 or not b.graph.ids then
    b:fail("%s expects a sequence (batch, length, features), found %s; put `embedding { … }` before it", kind,
      graph.shape_text(x.shape))
  end
  return b.graph.ids
end

--- A loop over samples of `work` operations each.
function M.samples(n, work) return c.outer_loop(n.inputs.ids.shape[1], work) end

-- ------------------------------------------------------------------ convolution along the steps

-- Sizes of y (B, L, O) = x (B, L, D) * w (K, D, O).
local function sizes(x, o, kernel, padding)
  return { N = x.shape[1], L = x.shape[2], D = x.shape[3], O = o, K = kernel, P = padding }
end

--- w is (D, O) where there is one tap.
function M.taps(w) return #w.shape == 3 and w.shape[1] or 1 end

function M.conv_plain(n)
  local w = n.inputs.w
  local v = sizes(n.inputs.x, w.shape[#w.shape], M.taps(w), n.attrs.padding)
  v.loop, v.steps = M.samples(n, v.L * v.K * v.D * v.O), M.steps(n, "n")
  v.start = n.inputs.b and "b[o]" or "0"
  v.finish = n.attrs.relu and render("for (int o = 0; o < ${O}; o++) row[o] = row[o] <= 0 ? 0 : row[o];", v) or ""
  return render([[
${loop}
for (int n = 0; n < ${N}; n++) {
    const int steps = ${steps};
    for (int t = 0; t < ${L}; t++) {
        real *restrict row = y + ((ptrdiff_t)n * ${L} + t) * ${O};
        for (int o = 0; o < ${O}; o++) row[o] = t < steps ? ${start} : 0;
        if (t >= steps) continue;
        for (int k = 0; k < ${K}; k++) {
            const int s = t - ${P} + k;
            if (s < 0 || s >= steps) continue;
            for (int d = 0; d < ${D}; d++) {
                const real v = x[((ptrdiff_t)n * ${L} + s) * ${D} + d];
                #pragma omp simd
                for (int o = 0; o < ${O}; o++) row[o] += v * w[(ptrdiff_t)(k * ${D} + d) * ${O} + o];
            }
        }
        ${finish}
    }
}
]], v)
end

-- Rows and columns of register tiles for m rows and n columns.
local function tile(m, n, block)
  local wide = n >= 2 * block and 2 * block or n >= block and block or n
  return vector.tile_rows(m, block, wide > block and 2 or 1), wide
end

M.tile = tile

--- Floats of the window of a tile that is copied, so that steps before the first and behind the last are zeros.
local function window(v, rows) return (rows + v.K - 1) * v.D end

function M.conv_fits(n, target)
  local w = n.inputs.w
  local v = sizes(n.inputs.x, 0, M.taps(w), 0)
  return target.fast and window(v, 16) <= 65536
end

function M.conv_fast(n, k)
  local w = n.inputs.w
  local v = sizes(n.inputs.x, w.shape[#w.shape], M.taps(w), n.attrs.padding)
  v.R, v.T = tile(v.L, v.O, k.block)
  v.MR = v.L % v.R == 0 and v.R or v.L % v.R
  v.depth = v.K * v.D
  v.whole = v.T >= k.block and v.depth or math.max(0, v.depth - (k.block - v.O + v.O - 1) // v.O)
  v.ahead = v.depth * v.O >= 8192 and 8 or 0
  v.bias, v.relu = n.inputs.b and "b + j" or "NULL", n.attrs.relu and 1 or 0
  v.window, v.steps = window(v, v.R), M.steps(n, "n")
  v.loop = v.N * v.L * v.depth * v.O >= vector.product_threshold
    and "#pragma omp parallel for collapse(2) schedule(static)" or ""
  return render(vector.template "sequence_conv", v), vector.support({ "vector", "vector_product" }, k.block)
end

-- ------------------------------------------------------------------ its weights' gradient

function M.conv_dw_plain(n)
  local v = sizes(n.inputs.x, n.inputs.dy.shape[3], n.attrs.kernel_size, n.attrs.padding)
  v.loop, v.steps = c.outer_loop(v.K * v.D, v.N * v.L * v.O), M.steps(n, "n")
  return render([[
${loop}
for (int i = 0; i < ${K} * ${D}; i++) {
    const int k = i / ${D}, d = i % ${D};
    real *restrict row = dw + (ptrdiff_t)i * ${O};
    for (int o = 0; o < ${O}; o++) row[o] = 0;
    for (int n = 0; n < ${N}; n++) {
        const int steps = ${steps};
        for (int t = 0; t < steps; t++) {
            const int s = t - ${P} + k;
            if (s < 0 || s >= steps) continue;
            const real v = x[((ptrdiff_t)n * ${L} + s) * ${D} + d];
            #pragma omp simd
            for (int o = 0; o < ${O}; o++) row[o] += v * dy[((ptrdiff_t)n * ${L} + t) * ${O} + o];
        }
    }
}
for (int o = 0; o < ${O}; o++) db[o] = 0;
for (int n = 0; n < ${N}; n++)
    for (int t = 0; t < ${steps}; t++)
        for (int o = 0; o < ${O}; o++) db[o] += dy[((ptrdiff_t)n * ${L} + t) * ${O} + o];
]], v)
end

function M.conv_dw_fast(n, k)
  local v = sizes(n.inputs.x, n.inputs.dy.shape[3], n.attrs.kernel_size, n.attrs.padding)
  v.R, v.T = tile(v.D, v.O, k.block)
  v.DR, v.TR = v.D % v.R > 0 and v.D % v.R or v.R, v.O % v.T > 0 and v.O % v.T or v.T
  v.steps, v.tiles = M.steps(n, "n"), (v.D + v.R - 1) // v.R
  v.total = v.K * v.tiles
  v.parts = v.N * v.L * v.K * v.D * v.O >= vector.product_threshold and math.min(k.target.threads, v.total) or 1
  v.loop = v.parts > 1 and "#pragma omp parallel for schedule(static)" or ""
  return render(vector.template "sequence_conv_dw", v),
    vector.support({ "vector", "vector_product", "sequence_tile" }, k.block)
end

return M
