-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The optimizer's step on those rows of a matrix that have a gradient: what it keeps of a row (means of gradients,
-- say) changes only in steps in which the row occurs, and so does the row itself, as torch.optim.SparseAdam does (but
-- with eps where torch.optim.Adam adds it); steps are counted over all. With optimizers for which a gradient of 0
-- changes nothing (SGD without momentum and decay, Adagrad without decay) it is the same step as optimizer_update's.

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
        local values = updates.text(n.attrs)
        values.width, values.g = n.attrs.width, "const real g = gradients[(size_t)r * ${width} + (size_t)j];"
        if n.attrs.clip_value then
          values.g = "const real raw = gradients[(size_t)r * ${width} + (size_t)j], most = (real)${most};\n"
            .. "const real low = raw < -most ? -most : raw;\nconst real g = low > most ? most : low;"
        end
        values.g = render(values.g, { width = n.attrs.width, most = (n.attrs.clip_value or 0) + 0.0 })
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
        ${g}
        real w = weights[i];
        ${load}
        ${update}
        ${store}
        weights[i] = w;
    }
}
]], values)
      end,
    },
  },
  reference = false, -- compared in tests/ops/test_sparse.lua
  tests = {},
}
