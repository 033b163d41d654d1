-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of sparse_linear with respect to those rows of its weights that occur in the batch: `rows` has how many
-- there are, then their numbers in the order in which they occur first; `values` their gradients, in that order.
-- What lies behind them is undefined. A row is one sum over the batch in order, whatever the number of threads.
--
-- Entries are gathered into a chain for each row through a table with open addressing (`table`), whose size in use
-- follows the entries that there are: the cost is that of the numbers that are not 0.

local graph = require "generator.graph.graph"
local render = require("generator.base.render").render

-- Entries of a batch at most, rows at most, places of the table.
local function sizes(n)
  local x = n.inputs.x.shape
  local entries = math.max(1, x[1] * ((x[2] - 1) // 2))
  local places = 16
  while places < 2 * entries do places = 2 * places end
  return entries, math.min(entries, n.attrs.rows), places
end

return {
  name = "sparse_linear_rows",
  doc = "Gradient of `sparse_linear` with respect to the rows of its weights that occur.",
  inputs = { "x", "dy" }, outputs = { "rows", "values", "chains" },
  attrs = { { name = "rows", doc = "rows of the weights" },
            { name = "entries", default = 1, doc = "numbers of a usual row that are not 0" } },
  infer = function(n)
    if #n.inputs.dy.shape ~= 2 then return nil, "expects (batch, outputs), found "
      .. graph.shape_text(n.inputs.dy.shape) end
    local entries, rows, places = sizes(n)
    return { rows = { shape = { 1 + rows }, dtype = "i32" }, values = { shape = { rows, n.inputs.dy.shape[2] } },
      chains = { shape = { places + 2 * entries + 2 * rows }, dtype = "i32" } }
  end,
  cost = function(n) return 2 * n.inputs.x.shape[1] * n.attrs.entries * n.inputs.dy.shape[2] end,
  grad = false,
  kernels = {
    c = {
      body = function(n)
        local x = n.inputs.x.shape
        local entries, most, places = sizes(n)
        return render([[
int32_t *table = chains, *next = chains + ${places}, *place = next + ${entries};
int32_t *head = place + ${entries}, *tail = head + ${most};
int32_t entries = 0, count = 0, at = 0;
for (int n = 0; n < ${N}; n++) entries += x[(size_t)n * ${W}];
uint32_t wrap = 15;
while (wrap + 1 < 2u * (uint32_t)entries) wrap = 2 * wrap + 1;
memset(table, 0xff, (wrap + 1) * sizeof *table);
for (int n = 0; n < ${N}; n++) {
    const int32_t *row = x + (size_t)n * ${W};
    for (int i = 0; i < row[0]; i++, at++) {
        const int32_t index = row[1 + 2 * i];
        uint32_t slot = ((uint32_t)index * 2654435761u >> 7) & wrap;
        while (table[slot] >= 0 && rows[table[slot] + 1] != index) slot = (slot + 1) & wrap;
        int32_t r = table[slot];
        if (r < 0) {
            r = table[slot] = count;
            rows[1 + count] = index;
            head[count++] = at;
        } else {
            const int32_t last = tail[r];
            next[last] = at;
        }
        tail[r] = at;
        next[at] = -1;
        place[at] = n * ${W} + 2 + 2 * i;
    }
}
rows[0] = count;
#pragma omp parallel for schedule(static) if (entries * ${H} >= 32768)
for (int r = 0; r < count; r++) {
    real *to = values + (size_t)r * ${H};
    for (int j = 0; j < ${H}; j++) to[j] = 0;
    for (int32_t e = head[r]; e >= 0; e = next[e]) {
        float value;
        memcpy(&value, x + place[e], sizeof value);
        const real v = value;
        const real *from = dy + (size_t)(place[e] / ${W}) * ${H};
        #pragma omp simd
        for (int j = 0; j < ${H}; j++) to[j] += v * from[j];
    }
}
]], { places = places, entries = entries, most = most, N = x[1], W = x[2], H = n.inputs.dy.shape[2] })
      end,
    },
  },
  reference = false, -- tests/ops/test_sparse.lua compares it with sparse_linear_dw
  tests = {},
}
