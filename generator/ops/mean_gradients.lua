-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- With train.accumulate, the end of a group of batches: the last batch's gradients and those gathered
-- (gather_gradients.lua) become the mean over all samples of the group, and nothing is gathered any more.

local c = require "generator.backends.c"
local render = require("generator.base.render").render

return {
  name = "mean_gradients",
  doc = "The mean of the gradients of a group of batches, in place of the last batch's.",
  inputs = { "gradients" }, outputs = {},
  attrs = {
    { name = "parts", doc = "where gradients lie in their block: a list of { begin, count }" },
    { name = "gathered", doc = "where the sums lie in the state block, in the same order" },
    { name = "samples", doc = "of the last batch" },
  },
  mutates = { "gradients" },
  infer = function() return {} end,
  cost = function(n) return 3 * n.inputs.gradients.shape[1] end,
  grad = false,
  kernels = {
    c = {
      scalars = { "gathered" },
      state = function(n) return { { name = "sums", offset = n.attrs.gathered } } end,
      body = function(n)
        local loops = {}
        for i, part in ipairs(n.attrs.parts) do
          loops[i] = render([[
${loop}
for (int i = ${begin}; i < ${stop}; i++) {
    gradients[i] = (sums[i] + ${samples} * gradients[i]) / total;
    sums[i] = 0;
}
]], { loop = c.simd_loop(part[2]), begin = part[1], stop = part[1] + part[2], samples = n.attrs.samples })
        end
        return "const real total = (real)gathered;\n" .. table.concat(loops)
      end,
    },
  },
  reference = false, -- groups are compared with larger batches in tests/passes/test_accumulate.lua
  tests = {},
}
