-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Changes the memory order of an image tensor: plain (N, C, H, W), blocked [N][ceil(C/B)][H][W][B] with
-- zeros in the padding lanes, channels-last (N, H, W, C). Put there by the kernels pass only.

local orders = require "generator.backends.orders"

return {
  name = "reorder",
  doc = "Changes the memory order of an image: plain, blocked, channels-last.",
  inputs = { "x" }, outputs = { "y" },
  attrs = { { name = "to", doc = "`plain`, `blocked` or `channels_last`" } },
  infer = function(n)
    return { y = { shape = n.inputs.x.shape, layout = n.attrs.to, dtype = n.inputs.x.dtype } }
  end,
  cost = function() return 0 end,
  grad = false,
  kernels = {
    c = {
      layout = { x = "either", y = "fixed" },
      bf16 = true,
      body = function(n, k) return orders.copy(n.inputs.x, n.outputs.y, k) end,
    },
  },
  reference = false, -- tests/ops reorders there and back and looks at the padding
  tests = {},
}
