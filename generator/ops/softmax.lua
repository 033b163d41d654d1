-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Softmax over the last axis of (batch, classes), shifted by the row's maximum so that it cannot
-- overflow.

local c = require "generator.backends.c"
local graph = require "generator.graph.graph"
local render = require("generator.base.render").render

return {
  name = "softmax",
  doc = "Softmax over the last axis.",
  inputs = { "x" }, outputs = { "y" }, attrs = {},
  infer = function(n)
    if #n.inputs.x.shape ~= 2 then
      return nil, "expects (batch, features), found " .. graph.shape_text(n.inputs.x.shape)
    end
    return { y = { shape = n.inputs.x.shape } }
  end,
  cost = function(n) return 5 * graph.count(n.inputs.x.shape) end,
  grad = function(g, n, d) return { x = g:node("softmax_dx", n.path, { dy = d.y, y = n.outputs.y }).dx } end,
  kernels = {
    c = {
      body = function(n)
        local s = n.inputs.x.shape
        return render([[
${loop}
for (int n = 0; n < ${N}; n++) {
    const real *row = x + n * ${C};
    real *out = y + n * ${C};
    real top = row[0];
    for (int i = 1; i < ${C}; i++) top = row[i] > top ? row[i] : top;
    real sum = 0;
    for (int i = 0; i < ${C}; i++) {
        out[i] = EXP(row[i] - top);
        sum += out[i];
    }
    for (int i = 0; i < ${C}; i++) out[i] /= sum;
}
]], { N = s[1], C = s[2], loop = c.outer_loop(s[1], s[2] * 20) })
      end,
    },
  },
  reference = "F.softmax(x, dim=1)",
  tests = { { x = { 3, 5 } }, { x = { 2, 40 } } },
  layer = {
    kind = "softmax", doc = "Softmax over the features.", fields = {},
    build = function(b, x) return b:op("softmax", { x = x }).y end,
  },
}
