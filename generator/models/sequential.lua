-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Layers one after another: the container every model is made of.

return {
  kind = "sequential", section = "layer", children = true,
  doc = "Its layers one after another.",
  fields = {},
  build = function(b, x, layer)
    for i, child in ipairs(layer) do x = b:child(child, i, x) end
    return x
  end,
}
