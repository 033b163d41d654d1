-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- C text that copies an image from one memory order (and type of number) into another: plain
-- (N, C, H, W), blocked [N][ceil(C/B)][H][W][B] with zeros in the padding lanes, channels-last
-- (N, H, W, C).

local M = {}
local c = require "generator.backends.c"
local render = require("generator.base.render").render

-- Where channel `ch` (an expression) of position i of image n lies.
local function place(t, k, ch)
  local lanes, blocks = k.lanes(t)
  local v = { C = t.shape[2], I = t.shape[3] * t.shape[4], B = lanes, CB = blocks, ch = ch }
  if t.layout == "plain" then return render("(n * ${C} + ${ch}) * ${I} + i", v) end
  if t.layout == "channels_last" then return render("(n * ${I} + i) * ${C} + ${ch}", v) end
  return render("((n * ${CB} + ${ch} / ${B}) * ${I} + i) * ${B} + ${ch} % ${B}", v)
end

--- Statements for y = x. x and y have the same shape; ports are called x and y.
function M.copy(x, y, k)
  if x.layout == y.layout then
    local count = k.count(y)
    return render("${loop}\nfor (int i = 0; i < ${count}; i++) ${statement}\n", {
      loop = c.simd_loop(count), count = count, statement = k.write(y, "y[i]", k.read(x, "x[i]")) })
  end
  local s = x.shape
  local v = { N = s[1], C = s[2], I = s[3] * s[4] }
  if x.layout == "channels_last" or y.layout == "channels_last" then
    -- chunks of positions of one image; a blocked partner has lanes past the last channel
    local lanes, blocks = k.lanes(y)
    v.CP = y.layout == "blocked" and lanes * blocks or v.C
    v.size = math.min(v.I, 256)
    v.chunks = (v.I + v.size - 1) // v.size
    v.loop = c.outer_loop(v.N * v.chunks, v.size * v.C)
    v.value = k.read(x, "x[" .. place(x, k, "c") .. "]")
    if v.CP > v.C then v.value = render("(c < ${C} ? ${value} : 0)", v) end
    v.statement = k.write(y, "y[" .. place(y, k, "c") .. "]", v.value)
    return render([[
${loop}
for (int p = 0; p < ${N} * ${chunks}; p++) {
    const int n = p / ${chunks}, first = p % ${chunks} * ${size};
    const int end = ${I} - first < ${size} ? ${I} : first + ${size};
    for (int i = first; i < end; i++)
        for (int c = 0; c < ${CP}; c++) ${statement}
}
]], v)
  end
  local to_blocked = y.layout == "blocked"
  local lanes, blocks = k.lanes(to_blocked and y or x)
  v.B, v.CB, v.loop = lanes, blocks, c.outer_loop(s[1] * blocks, s[3] * s[4] * lanes)
  local plain = render("(n * ${C} + ch + l) * ${I} + i", v)
  local blocked = render("(p * ${I} + i) * ${B} + l", v)
  v.copy = to_blocked
      and k.write(y, "y[" .. blocked .. "]", render("ch + l < ${C} ? ", v) .. k.read(x, "x[" .. plain .. "]") .. " : 0")
    or render("if (ch + l < ${C}) ", v) .. k.write(y, "y[" .. plain .. "]", k.read(x, "x[" .. blocked .. "]"))
  return render([[
${loop}
for (int p = 0; p < ${N} * ${CB}; p++) {
    const int n = p / ${CB}, ch = p % ${CB} * ${B};
    for (int i = 0; i < ${I}; i++)
        for (int l = 0; l < ${B}; l++) ${copy}
}
]], v)
end

return M
