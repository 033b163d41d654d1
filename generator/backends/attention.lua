-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Kernels of attention and its gradient on packed rows (generator/backends/rows.lua), queries, keys and values
-- (rows, heads * features). The fast ones work on tiles of scores that fit the first cache, with the
-- softmax of a row kept up to date from tile to tile, as Dao et al. 2022 ("FlashAttention") do: no matrix of
-- scores is ever stored, and what a text does not have is not computed. A text and a head are one task; no two
-- tasks write the same numbers, and every sum has its own order.

local M = {}
local panels = require "generator.backends.panels"
local render = require("generator.base.render").render
local rows = require "generator.backends.rows"
local vector = require "generator.backends.vector"

--- Samples, longest sequence, features of a head.
function M.sizes(n)
  local q, a = n.inputs.q.shape, n.attrs
  local batch = rows.batch(n)
  return { N = batch, L = a.length, D = q[2], H = a.heads, F = q[2] // a.heads, scale = 1 / math.sqrt(q[2] // a.heads) }
end

-- Index of a score's random number, as C text.
local function index(v, i, j) return render("((int64_t)(rows[n] + ${i}) * ${H} + head) * ${LQ} + ${j}",
  { i = i, j = j, H = v.H, LQ = rows.whole_chunks(v.L) }) end

--- The factor of a score in plain C, times; "" without dropout.
local function plain_factor(n, v, i, j)
  return n.attrs.p > 0 and " * " .. rows.factor(n.attrs, index(v, i, j)) or ""
end

function M.plain(n)
  local v = M.sizes(n)
  v.factor = plain_factor(n, v, "i", "j")
  v.keep = n.attrs.keep and render("lse[(rows[n] + i) * ${H} + head] = top + LOG(sum);", v) or ""
  return render([[
#pragma omp parallel for collapse(2) schedule(dynamic)
for (int n = 0; n < ${N}; n++)
    for (int head = 0; head < ${H}; head++) {
        const int length = rows[n + 1] - rows[n];
        const ptrdiff_t base = (ptrdiff_t)rows[n] * ${D} + head * ${F};
        for (int i = 0; i < length; i++) {
            const real *asked = q + base + (ptrdiff_t)i * ${D};
            real *out = y + base + (ptrdiff_t)i * ${D};
            real row[${L}], top = 0, sum = 0;
            for (int j = 0; j < length; j++) {
                real dot = 0;
                for (int d = 0; d < ${F}; d++) dot += asked[d] * k[base + (ptrdiff_t)j * ${D} + d];
                row[j] = dot * (real)${scale};
                top = j == 0 || row[j] > top ? row[j] : top;
            }
            for (int j = 0; j < length; j++) {
                row[j] = EXP(row[j] - top);
                sum += row[j];
            }
            for (int d = 0; d < ${F}; d++) out[d] = 0;
            for (int j = 0; j < length; j++) {
                const real share = row[j] / sum${factor};
                for (int d = 0; d < ${F}; d++) out[d] += share * v[base + (ptrdiff_t)j * ${D} + d];
            }
            ${keep}
        }
    }
]], v), n.attrs.p > 0 and { rows.plain_dropout } or nil
end

function M.plain_dx(n)
  local v = M.sizes(n)
  v.factor = plain_factor(n, v, "i", "j")
  return render([[
#pragma omp parallel for collapse(2) schedule(dynamic)
for (int n = 0; n < ${N}; n++)
    for (int head = 0; head < ${H}; head++) {
        const int length = rows[n + 1] - rows[n];
        const ptrdiff_t base = (ptrdiff_t)rows[n] * ${D} + head * ${F};
        for (int j = 0; j < length; j++)
            for (int d = 0; d < ${F}; d++) {
                const ptrdiff_t at = base + (ptrdiff_t)j * ${D} + d;
                dq[at] = dk[at] = dv[at] = 0;
            }
        for (int i = 0; i < length; i++) {
            const ptrdiff_t at = base + (ptrdiff_t)i * ${D};
            real whole = 0;
            for (int d = 0; d < ${F}; d++) whole += dy[at + d] * y[at + d];
            for (int j = 0; j < length; j++) {
                const ptrdiff_t other = base + (ptrdiff_t)j * ${D};
                real dot = 0, slope = 0;
                for (int d = 0; d < ${F}; d++) {
                    dot += q[at + d] * k[other + d];
                    slope += dy[at + d] * v[other + d];
                }
                const real share = EXP(dot * (real)${scale} - lse[(rows[n] + i) * ${H} + head]);
                const real kept = share${factor};
                slope = (slope * kept - whole * share) * (real)${scale};
                for (int d = 0; d < ${F}; d++) {
                    dq[at + d] += slope * k[other + d];
                    dk[other + d] += slope * q[at + d];
                    dv[other + d] += kept * dy[at + d];
                }
            }
        }
    }
]], v), n.attrs.p > 0 and { rows.plain_dropout } or nil
end

--- Whether the fast kernels take a node: heads of whole tiles.
function M.fits(n, target)
  return target.fast and M.sizes(n).F % panels.sizes(target.block).NR == 0
end

local function tiled(n, target)
  local v, s = M.sizes(n), panels.sizes(target.block)
  v.B, v.MR, v.NR = s.B, s.MR, s.NR
  v.LP = (v.L + s.NR - 1) // s.NR * s.NR
  return v
end

local function support_of(n, v)
  local names = { "vector", "vector_product", "vector_rows", "vector_choose", "vector_exp" }
  if n.attrs.p > 0 then names[#names + 1] = "vector_dropout" end
  local list = vector.support(names, v.B)
  list[#list + 1] = render(vector.template "panel_tile", v)
  list[#list + 1] = render(vector.template "attention_tile", v)
  return list
end

-- The factors of a row of scores.
local function draw(n, v, i)
  local f = rows.dropout(n.attrs)
  f.index, f.room = index(v, i, "j"), rows.whole_chunks(v.KB)
  return render([[
real factors[${room}] __attribute__((aligned(64)));
dropout_factors(factors, ${index}, keys, seed, step, ${stream}u, ${threshold}u, (real)${scale});]], f)
end

function M.fast(n, k)
  local v = tiled(n, k.target)
  v.KB, v.QB = math.min(v.LP, 256), 4 * v.MR
  v.dropout = n.attrs.p > 0 and draw(n, v, "i + r") .. render([[

for (int c = 0; c < wide; c += ${B}) store(row + c, load(row + c) * load(factors + c));]], v) or ""
  v.keep = n.attrs.keep and render("lse[(rows[n] + i + r) * ${H} + head] = top[r] + LOG(sum[r]);", v) or ""
  return render(vector.template "attention", v), support_of(n, v)
end

function M.fast_dx(n, k)
  local v = tiled(n, k.target)
  v.KB, v.QB = 64, 48 -- keys: whole chunks of random numbers; queries: whole tiles
  v.KR = (v.KB + v.MR - 1) // v.MR * v.MR
  v.LQ = (v.L + v.MR - 1) // v.MR * v.MR
  v.factors = n.attrs.p > 0 and draw(n, v, "i + r") or ""
  v.factor = n.attrs.p > 0 and " * load(factors + c)" or ""
  return render(vector.template "attention_dx", v), support_of(n, v)
end

return M
