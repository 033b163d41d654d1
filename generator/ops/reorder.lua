-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Changes the memory order of an image tensor between plain (N, C, H, W) and blocked
-- [N][ceil(C/B)][H][W][B]; padding lanes become zero. Put there by the layout pass only.

local c = require "generator.backends.c"
local render = require("generator.base.render").render

return {
  name = "reorder",
  doc = "Changes the memory order of an image between plain and blocked.",
  inputs = { "x" }, outputs = { "y" },
  attrs = { { name = "to", doc = "`plain` or `blocked`" } },
  infer = function(n) return { y = { shape = n.inputs.x.shape, layout = n.attrs.to } } end,
  cost = function() return 0 end,
  grad = false,
  kernels = {
    c = {
      layout = { x = "either", y = "fixed" },
      body = function(n, k)
        local s = n.inputs.x.shape
        local to_blocked = n.attrs.to == "blocked"
        local lanes, blocks = k.lanes(to_blocked and n.outputs.y or n.inputs.x)
        local v = { N = s[1], C = s[2], I = s[3] * s[4], B = lanes, CB = blocks,
                    loop = c.outer_loop(s[1] * blocks, s[3] * s[4] * lanes) }
        v.copy = to_blocked
            and render("y[(p * ${I} + i) * ${B} + l] = ch + l < ${C} ? x[(n * ${C} + ch + l) * ${I} + i] : 0;", v)
          or render("if (ch + l < ${C}) y[(n * ${C} + ch + l) * ${I} + i] = x[(p * ${I} + i) * ${B} + l];", v)
        return render([[
${loop}
for (int p = 0; p < ${N} * ${CB}; p++) {
    const int n = p / ${CB}, ch = p % ${CB} * ${B};
    for (int i = 0; i < ${I}; i++)
        for (int l = 0; l < ${B}; l++) ${copy}
}
]], v)
      end,
    },
  },
  reference = false, -- tests/ops reorders there and back and looks at the padding
  tests = {},
}
