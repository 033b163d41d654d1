-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of max_over_time: dy goes to the step that had the largest value, zeros to all others.

local graph = require "generator.graph.graph"
local c = require "generator.backends.c"
local render = require("generator.base.render").render

return {
  name = "max_over_time_dx",
  doc = "Gradient of `max_over_time`.",
  inputs = { "dy", "index" }, outputs = { "dx" },
  attrs = { { name = "length", doc = "steps of the sequence" } },
  infer = function(n)
    local s = n.inputs.dy.shape
    if graph.shape_text(n.inputs.index.shape) ~= graph.shape_text(s) then
      return nil, "index is " .. graph.shape_text(n.inputs.index.shape) .. ", expected " .. graph.shape_text(s)
    end
    return { dx = { shape = { s[1], n.attrs.length, s[2] } } }
  end,
  cost = function(n) return graph.count(n.outputs.dx.shape) end,
  grad = false,
  kernels = {
    c = {
      body = function(n)
        local s, length = n.inputs.dy.shape, n.attrs.length
        return render([[
${loop}
for (int n = 0; n < ${N}; n++) {
    real *to = dx + (ptrdiff_t)n * ${L} * ${D};
    memset(to, 0, (size_t)${L} * ${D} * sizeof(real));
    for (int d = 0; d < ${D}; d++) {
        const int32_t t = index[(ptrdiff_t)n * ${D} + d];
        if (t >= 0) to[(ptrdiff_t)t * ${D} + d] = dy[(ptrdiff_t)n * ${D} + d];
    }
}
]], { N = s[1], L = length, D = s[2], loop = c.outer_loop(s[1], length * s[2]) })
      end,
    },
  },
  reference = [[
dx = torch.zeros(dy.shape[0], length, dy.shape[1], dtype=dy.dtype)
for i in range(length):
    dx[:, i] = torch.where(index == i, dy, 0.0)
]],
  tests = {
    { dy = { 2, 3 }, attrs = { length = 4 }, int = { index = { 2, 3, values = { 0, 3, 1, -1, 2, 0 } } } },
    { dy = { 3, 33 }, attrs = { length = 5 }, int = { index = { 3, 33, max = 4 } } },
  },
}
