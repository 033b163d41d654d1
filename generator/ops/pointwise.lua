-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- A chain of element-wise ops as one loop, made by the fuse_pointwise pass.

local c = require "generator.backends.c"
local graph = require "generator.graph.graph"
local render = require("generator.base.render").render

local ports = { "x1", "x2", "x3", "x4", "x5", "x6" }

return {
  name = "pointwise",
  doc = "A fused chain of element-wise ops.",
  inputs = { "x1", "x2?", "x3?", "x4?", "x5?", "x6?" }, outputs = { "y" },
  attrs = {
    { name = "expression", doc = "C expression with a hole per input" },
    { name = "chain", doc = "names of the ops it came from" },
  },
  infer = function(n) return { y = { shape = n.inputs.x1.shape } } end,
  cost = function(n)
    local _, operators = n.attrs.expression:gsub("[%+%-%*/%?]", "")
    return operators * graph.count(n.inputs.x1.shape)
  end,
  grad = false,
  kernels = {
    c = {
      layout = "same", bf16 = true,
      body = function(n, k)
        local elements = {}
        for _, port in ipairs(ports) do
          elements[port] = n.inputs[port] and k.read(n.inputs[port], port .. "[i]")
        end
        local count = k.count(n.outputs.y)
        return render("${loop}\nfor (int i = 0; i < ${count}; i++) ${statement}\n", {
          loop = c.simd_loop(count), count = count,
          statement = k.write(n.outputs.y, "y[i]", render(n.attrs.expression, elements)),
        })
      end,
    },
  },
  bf16 = "follow",
  inplace = { y = ports },
  reference = false, -- compared with the unfused graph
  tests = {},
}
