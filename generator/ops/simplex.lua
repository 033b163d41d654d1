-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The probability distribution nearest to a row, in squared distance: max(x - c, 0) with the c for which
-- the row adds up to 1 (Duchi et al. 2008; "sparsemax", Martins and Astudillo 2016). Keeps the order of
-- a row, and a row that already is a distribution. What losses on plain outputs (mse, l1, huber) report as
-- probabilities. c comes from leaving out what is not above it until nothing more falls out (Michelot 1986).

local c = require "generator.backends.c"
local graph = require "generator.graph.graph"
local render = require("generator.base.render").render

return {
  name = "simplex",
  doc = "The probability distribution nearest to each row.",
  inputs = { "x" }, outputs = { "y" }, attrs = {},
  infer = function(n)
    if #n.inputs.x.shape ~= 2 then
      return nil, "expects (batch, features), found " .. graph.shape_text(n.inputs.x.shape)
    end
    return { y = { shape = n.inputs.x.shape } }
  end,
  cost = function(n) return 6 * graph.count(n.inputs.x.shape) end,
  grad = false,
  kernels = {
    c = {
      body = function(n)
        local s = n.inputs.x.shape
        return render([[
${loop}
for (int n = 0; n < ${N}; n++) {
    const real *row = x + n * ${C};
    real *out = y + n * ${C};
    real least = row[0], cut;
    for (int i = 1; i < ${C}; i++) least = row[i] < least ? row[i] : least;
    int kept = ${C} + 1, before;
    cut = least - 1; /* everything is above it */
    do {
        before = kept;
        real sum = 0;
        kept = 0;
        for (int i = 0; i < ${C}; i++) {
            if (row[i] > cut) {
                sum += row[i];
                kept++;
            }
        }
        if (kept > 0) cut = (sum - 1) / (real)kept;
    } while (kept > 0 && kept < before);
    for (int i = 0; i < ${C}; i++) out[i] = row[i] < cut ? 0 : row[i] - cut;
}
]], { N = s[1], C = s[2], loop = c.outer_loop(s[1], s[2] * 20) })
      end,
    },
  },
  reference = [[
order = x.sort(dim=1, descending=True).values
total = order.cumsum(dim=1) - 1
place = torch.arange(1, x.shape[1] + 1, dtype=x.dtype)
count = (order * place > total).sum(dim=1, keepdim=True)
y = (x - total.gather(1, count - 1) / count).clamp(min=0)
]],
  tests = { { x = { 4, 5 } }, { x = { 2, 40 } } },
}
