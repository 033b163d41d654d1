-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What the rows of a table go through before the model: missing values (NaN) are filled, then a number is
-- subtracted and one divides, each for every element of a sample. The numbers are fitted on the training
-- split before training begins (runtime/data/fit.h) and are saved with the weights. Only the input of a
-- model goes through it, so there is no gradient.

local c = require "generator.backends.c"
local graph = require "generator.graph.graph"
local render = require("generator.base.render").render

return {
  name = "standardise",
  doc = "Missing values (NaN) filled, then `(x - mean) / std`, by element of a sample.",
  inputs = { "x", "fill", "mean", "std" }, outputs = { "y" }, attrs = {},
  infer = function(n)
    local s = n.inputs.x.shape
    local width = graph.count({ table.unpack(s, 2) })
    for _, port in ipairs { "fill", "mean", "std" } do
      local of = n.inputs[port].shape
      if #of ~= 1 or of[1] ~= width then
        return nil, ("%s is %s, a sample of %s has %d elements"):format(port, graph.shape_text(of),
          graph.shape_text(s), width)
      end
    end
    return { y = { shape = s } }
  end,
  cost = function(n) return 2 * graph.count(n.inputs.x.shape) end,
  grad = false,
  kernels = {
    c = {
      body = function(n)
        local s = n.inputs.x.shape
        local width = graph.count({ table.unpack(s, 2) })
        return render([[
${loop}
for (int n = 0; n < ${N}; n++) {
    for (int i = 0; i < ${W}; i++) {
        const real v = x[n * ${W} + i];
        y[n * ${W} + i] = ((v != v ? fill[i] : v) - mean[i]) / std[i];
    }
}
]], { N = s[1], W = width, loop = c.outer_loop(s[1], width * 8) })
      end,
    },
  },
  reference = "(torch.where(torch.isnan(x), fill, x) - mean) / std",
  tests = {
    { x = { 4, 3 }, fill = { 3 }, mean = { 3 }, std = { 3 }, positive = { "std" } },
    { x = { 3, 1, 1, 19 }, fill = { 19 }, mean = { 19 }, std = { 19 }, positive = { "std" } },
  },
}
