-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The optimizer's step on those rows of a matrix that have a gradient: what it keeps of a row (means of gradients,
-- say) changes only in steps in which the row occurs, and so does the row itself, as torch.optim.SparseAdam does (but
-- with eps where torch.optim.Adam adds it); steps are counted over all. With optimizers for which a gradient of 0
-- changes nothing (SGD without momentum and decay, Adagrad without decay) it is the same step as optimizer_update's.

local clip = require "generator.backends.clip"
local render = require("generator.base.render").render
local updates = require "generator.backends.updates"

return {
  name = "row_update",
  doc = "The optimizer's step on the rows of a parameter that have a gradient.",
  inputs = { "rows", "gradients" }, outputs = {},
  attrs = updates.attributes {
    { name = "begin", doc = "where the parameter begins in the state block" },
    { name = "width", doc = "scalars of a row" },
    { name = "usual", default = 1, doc = "rows of a usual batch" },
  },
  infer = function() return {} end,
  cost = function(n) return 6 * n.attrs.usual * n.attrs.width end,
  grad = false,
  kernels = {
    c = {
      scalars = updates.scalars,
      state = updates.state,
      body = function(n)
        local width = n.attrs.width
        local values = updates.text(n.attrs, clip.gradient(n.attrs.clip_value, nil,
          ("gradients[(size_t)r * %d + (size_t)j]"):format(width)))
        values.width = width
        return render([[
const real lr = ${lr};
${constants}
${prepare}
const int32_t count = rows[0];
#pragma omp parallel for schedule(static) if (count * ${width} >= 32768)
for (int r = 0; r < count; r++) {
    const size_t first = (size_t)rows[1 + r] * ${width};
    #pragma omp simd
    for (int j = 0; j < ${width}; j++) {
        const size_t i = first + (size_t)j;
        ${element}
    }
}
]], values)
      end,
    },
  },
  reference = false, -- compared in tests/ops/test_sparse.lua
  tests = {},
}
