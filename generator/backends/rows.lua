-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Packed rows. A batch of sequences of different lengths lies as one matrix (rows, features), the rows of
-- one sample after another without gaps; its shape is that of the fullest batch, batch * length. The port
-- `rows` (i32, batch + 1) holds where each sample begins, rows[0] = 0, and rows[batch] is how many rows there
-- are: padding is neither stored nor computed. What lies in the rows after them is nobody's concern: an op
-- with the port neither reads nor writes them. Without the port all rows of the shape count.

local M = {}
local graph = require "generator.graph.graph"
local render = require("generator.base.render").render

--- How many rows an op works on, as C text: `t` is one of its matrices.
function M.count(n, t)
  local rows = n.inputs.rows
  if rows then return string.format("rows[%d]", rows.shape[1] - 1) end
  return tostring(graph.count(t.shape) // t.shape[#t.shape])
end

--- Samples of the batch, where there is a port `rows`.
function M.batch(n) return n.inputs.rows and n.inputs.rows.shape[1] - 1 end

--- What is wrong with the port, or nil.
function M.misfit(n)
  local rows = n.inputs.rows
  if rows and (rows.dtype ~= "i32" or #rows.shape ~= 1) then
    return "rows: expects i32 (batch + 1), found " .. graph.shape_text(rows.shape)
  end
end

--- `#pragma` line for a loop over rows of `work` operations each; the shape decides whether it is parallel.
function M.loop(t, work, clauses)
  local count = graph.count(t.shape) // t.shape[#t.shape]
  if count > 1 and count * work >= 32768 then
    return "#pragma omp parallel for schedule(static)" .. (clauses and " " .. clauses or "")
  end
  return ""
end

--- Shards that sums over rows are made in, each in order, then all in order: part of the sums' definition.
function M.shards(t)
  return graph.count(t.shape) // t.shape[#t.shape] >= 64 and 8 or 1
end

--- What random numbers a dropout draws: eight Philox blocks decide a chunk of 64 elements, half a word each.
--- Element i takes, of word i / 8 % 4 of block i / 64 * 8 + i % 8, the low half where i % 64 < 32, else the high
--- one, and is kept where that is at least p * 2^16: vectors of eight blocks become eight vectors of elements
--- (templates/vector_dropout.c) without a move between lanes. `scale` makes up for what that p really drops.
function M.dropout(attrs)
  local threshold = math.min(65535, math.floor(attrs.p * 65536 + 0.5))
  return { threshold = threshold, scale = 65536 / (65536 - threshold), stream = attrs.stream }
end

--- Elements of a row that begins a chunk, with those up to the next one.
function M.whole_chunks(width) return (width + 63) // 64 * 64 end

--- The factor of element `index` (C text) of a dropout, as a C expression, by the function of M.plain_dropout.
function M.factor(attrs, index)
  local d = M.dropout(attrs)
  d.index = index
  return render("dropout_factor(${index}, seed, step, ${stream}u, ${threshold}u, (real)${scale})", d)
end

--- File scope for M.factor.
M.plain_dropout = [[
/* What dropout multiplies element `index` by: 0 or `scale`. */
static inline __attribute__((unused)) real dropout_factor(int64_t index, uint64_t seed, uint64_t step,
                                                          uint32_t stream, uint32_t threshold, real scale) {
    const uint64_t block = ((uint64_t)index >> 6 << 3) + ((uint64_t)index & 7);
    const ingot_words4 counter = {{(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)step, stream}};
    const ingot_words4 r = ingot_philox(counter, (uint32_t)seed, (uint32_t)(seed >> 32));
    const uint32_t half = r.word[index >> 3 & 3] >> (index & 32 ? 16 : 0) & 0xffff;
    return half >= threshold ? scale : 0;
}
]]

return M
