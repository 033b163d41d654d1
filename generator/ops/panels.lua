-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Weights (in, out), or their transpose, copied into panels for the products of generator/backends/panels.lua.
-- Put in front of them by the kernels pass; in inference it runs once, when weights are loaded.

local panels = require "generator.backends.panels"

return {
  name = "panels",
  doc = "Copies weights into panels, the order in which large products read them.",
  inputs = { "x" }, outputs = { "y" },
  attrs = {
    { name = "block", doc = "floats of a vector" },
    { name = "transposed", default = false, doc = "panels of the transpose" },
  },
  infer = function(n)
    local s, a = n.inputs.x.shape, n.attrs
    local k, columns = s[1], s[2]
    if a.transposed then k, columns = columns, k end
    local width = panels.sizes(a.block).NR
    return { y = { shape = { panels.count(columns, a.block) * width * k } } }
  end,
  cost = function() return 0 end,
  grad = false,
  kernels = {
    c = {
      body = function(n)
        local s, a = n.inputs.x.shape, n.attrs
        if a.transposed then return panels.pack(s[2], s[1], true, a.block) end
        return panels.pack(s[1], s[2], false, a.block)
      end,
    },
  },
  reference = false, -- exercised by every product that reads panels
  tests = {},
}
