-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The orders in which conv1d and its gradients want weights:
--   pack    (out, in, taps), as they are saved, to (taps, in, out)
--   unpack  back again, the gradient of pack
--   turn    (taps, in, out) to (taps, out, in) with the taps reversed, for the gradient of the input;
--           (in, out), one tap, to (out, in). Its own inverse.

local c = require "generator.backends.c"
local graph = require "generator.graph.graph"
local render = require("generator.base.render").render

local inverse = { pack = "unpack", unpack = "pack", turn = "turn" }

return {
  name = "conv1d_weights",
  doc = "Weights of `conv1d` in another order.",
  inputs = { "w" }, outputs = { "y" },
  attrs = { { name = "form", doc = "pack, unpack or turn" } },
  infer = function(n)
    local s = n.inputs.w.shape
    if #s == 2 and n.attrs.form == "turn" then return { y = { shape = { s[2], s[1] } } } end
    if #s ~= 3 then return nil, "expects three axes, found " .. graph.shape_text(s) end
    return { y = { shape = n.attrs.form == "turn" and { s[1], s[3], s[2] } or { s[3], s[2], s[1] } } }
  end,
  cost = function() return 0 end,
  grad = function(g, n, d)
    return { w = g:node("conv1d_weights", n.path, { w = d.y }, { form = inverse[n.attrs.form] }).y }
  end,
  kernels = {
    c = {
      body = function(n)
        local s, turn = n.inputs.w.shape, n.attrs.form == "turn"
        if #s == 2 then s = { 1, s[1], s[2] } end
        local v = { A = s[1], B = s[2], C = s[3], loop = c.outer_loop(turn and s[1] * s[3] or s[3], s[1] * s[2] * 4) }
        if turn then
          return render([[
${loop}
for (int i = 0; i < ${A} * ${C}; i++) {
    const int a = i / ${C}, c = i % ${C};
    for (int b = 0; b < ${B}; b++) y[i * ${B} + b] = w[((${A} - 1 - a) * ${B} + b) * ${C} + c];
}
]], v)
        end
        return render([[
${loop}
for (int c = 0; c < ${C}; c++)
    for (int b = 0; b < ${B}; b++)
        for (int a = 0; a < ${A}; a++) y[(c * ${B} + b) * ${A} + a] = w[(a * ${B} + b) * ${C} + c];
]], v)
      end,
    },
  },
  reference = [[
if form == "turn":
    y = w.flip(0).transpose(1, 2) if w.dim() == 3 else w.T
else:
    y = w.permute(2, 1, 0)
]],
  tests = {
    { w = { 5, 3, 4 }, attrs = { form = "pack" } }, { w = { 4, 3, 5 }, attrs = { form = "unpack" } },
    { w = { 4, 3, 5 }, attrs = { form = "turn" } }, { w = { 3, 5 }, attrs = { form = "turn" } },
  },
}
