-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Copies weights into the order a library's kernel wants, in memory of the library's. Its output is a
-- token: it orders the copy before the use and takes no room in the plan.

return {
  name = "pack_weights",
  doc = "Copies weights into a library's own order.",
  inputs = { "w" }, outputs = { "packed" }, attrs = {},
  infer = function(n) return { packed = { shape = n.inputs.w.shape, role = "token" } } end,
  cost = function() return 0 end,
  grad = false,
  kernels = { c = { body = function() error("packing belongs to the kernel that asked for it") end } },
  reference = false, -- exercised by every kernel that packs
  tests = {},
}
