-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Where each text of a batch begins among the packed rows (generator/backends/rows.lua). A text is 1 + L
-- numbers: how many ids it has, then the ids, padded. One without ids counts as one of its padding.

local graph = require "generator.graph.graph"
local render = require("generator.base.render").render

return {
  name = "token_rows",
  doc = "Where each text begins among the packed rows, from the lengths in `x`.",
  inputs = { "x" }, outputs = { "rows" }, attrs = {},
  infer = function(n)
    local s = n.inputs.x.shape
    if #s ~= 2 or s[2] < 2 or n.inputs.x.dtype ~= "i32" then
      return nil, string.format("expects token ids, i32 (batch, 1 + length), found %s %s", n.inputs.x.dtype,
        graph.shape_text(s))
    end
    return { rows = { shape = { s[1] + 1 }, dtype = "i32" } }
  end,
  cost = function(n) return n.inputs.x.shape[1] end,
  grad = false,
  kernels = {
    c = {
      body = function(n)
        local s = n.inputs.x.shape
        return render([[
rows[0] = 0;
for (int n = 0; n < ${N}; n++) {
    const int32_t length = x[n * ${L}];
    rows[n + 1] = rows[n] + (length < 1 ? 1 : length < ${L} ? length : ${L} - 1);
}
]], { N = s[1], L = s[2] })
      end,
    },
  },
  reference = "rows = torch.cat([torch.zeros(1, dtype=x.dtype), x[:, 0].clamp(1, x.shape[1] - 1).cumsum(0)])",
  tests = { { int = { x = { 3, 5, values = { 2, 7, 8, 0, 0, 0, 0, 0, 0, 0, 9, 1, 2, 3, 4 } } } } },
}
