-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0

return {
  kind = "identity", section = "layer",
  doc = "Its input, unchanged: the plain branch of a residual `add { …, identity {} }`.",
  fields = {},
  build = function(_, x) return x end,
}
