-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of softmax from its output: dx = y (dy - sum(dy y)).

local c = require "generator.backends.c"
local graph = require "generator.graph.graph"
local render = require("generator.base.render").render

return {
  name = "softmax_dx",
  doc = "Gradient of `softmax`.",
  inputs = { "dy", "y" }, outputs = { "dx" }, attrs = {},
  infer = function(n) return { dx = { shape = n.inputs.y.shape } } end,
  cost = function(n) return 4 * graph.count(n.inputs.y.shape) end,
  grad = false,
  kernels = {
    c = {
      body = function(n)
        local s = n.inputs.y.shape
        return render([[
${loop}
for (int n = 0; n < ${N}; n++) {
    real dot = 0;
    for (int i = n * ${C}; i < (n + 1) * ${C}; i++) dot += dy[i] * y[i];
    for (int i = n * ${C}; i < (n + 1) * ${C}; i++) dx[i] = y[i] * (dy[i] - dot);
}
]], { N = s[1], C = s[2], loop = c.outer_loop(s[1], s[2] * 4) })
      end,
    },
  },
  reference = "y * (dy - (dy * y).sum(1, keepdim=True))",
  tests = { { dy = { 3, 5 }, y = { 3, 5 } } },
}
