-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Multi-layer perceptron: hidden layers with ReLU (and dropout), then one output per class.

return {
  kinds = { "mlp" }, section = "model",
  doc = "Fully connected layers with ReLU between them.",
  fields = {
    { name = "hidden", type = "list", of = { type = "integer", min = 1 }, required = true,
      doc = "sizes of the hidden layers" },
    { name = "dropout", type = "number", min = 0, below = 1, default = 0,
      doc = "probability of zero after every hidden layer" },
  },
  build = function(l, p, context)
    local layers = { l.flatten {} }
    for _, size in ipairs(p.hidden) do
      layers[#layers + 1] = l.linear { outputs = size }
      layers[#layers + 1] = l.relu {}
      if p.dropout > 0 then layers[#layers + 1] = l.dropout { p = p.dropout } end
    end
    layers[#layers + 1] = l.linear { outputs = context.classes }
    return l.sequential(layers)
  end,
}
