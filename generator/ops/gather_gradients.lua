-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- With train.accumulate, what a batch that is not the last of its group does in place of an update: its
-- gradients, means over the batch, are added to those gathered as sums over samples, so that batches of
-- different sizes count as their samples do. mean_gradients.lua ends a group.

local c = require "generator.backends.c"
local render = require("generator.base.render").render

return {
  name = "gather_gradients",
  doc = "Adds the gradients of a batch, times its samples, to those gathered in the state.",
  inputs = { "gradients" }, outputs = {},
  attrs = {
    { name = "parts", doc = "where gradients lie in their block: a list of { begin, count }" },
    { name = "gathered", doc = "where the sums lie in the state block, in the same order" },
    { name = "samples", doc = "of the batch" },
  },
  infer = function() return {} end,
  cost = function(n) return 2 * n.inputs.gradients.shape[1] end,
  grad = false,
  kernels = {
    c = {
      state = function(n) return { { name = "sums", offset = n.attrs.gathered } } end,
      body = function(n)
        local loops = {}
        for i, part in ipairs(n.attrs.parts) do
          loops[i] = render([[
${loop}
for (int i = ${begin}; i < ${stop}; i++) sums[i] += ${samples} * gradients[i];
]], { loop = c.simd_loop(part[2]), begin = part[1], stop = part[1] + part[2], samples = n.attrs.samples })
        end
        return table.concat(loops)
      end,
    },
  },
  reference = false, -- groups are compared with larger batches in tests/passes/test_accumulate.lua
  tests = {},
}
