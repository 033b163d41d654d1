-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- linear_dw and the optimizer's step on those weights in one (generator/passes/fuse_updates.lua): a tile of the
-- gradient, summed as linear_dw sums it, goes to the optimizer while it is in the first cache, so that the
-- gradient is neither written nor read. The weights lie in memory order (in, out).

local clip = require "generator.backends.clip"
local render = require("generator.base.render").render
local updates = require "generator.backends.updates"
local vector = require "generator.backends.vector"

-- The optimizer's texts, `gradient` being element `i` of the gradient.
local function texts(n, gradient)
  return updates.text(n.attrs, clip.gradient(n.attrs.clip_value, nil, gradient))
end

return {
  name = "linear_update",
  doc = "The optimizer's step on the weights of `linear`, with their gradient.",
  inputs = { "x", "dy" }, outputs = {},
  attrs = updates.attributes { { name = "begin", doc = "where the weights begin in the state block" } },
  infer = function(n)
    local x, dy = n.inputs.x.shape, n.inputs.dy.shape
    if #x ~= 2 or #dy ~= 2 or x[1] ~= dy[1] then return nil, "x and dy must be matrices with as many rows" end
    return {}
  end,
  cost = function(n)
    local x, dy = n.inputs.x.shape, n.inputs.dy.shape
    return (2 * x[1] + 6) * x[2] * dy[2]
  end,
  -- The gradient's part of it, which counts as the training step's work like any other gradient's.
  gradient_cost = function(n) return 2 * n.inputs.x.shape[1] * n.inputs.x.shape[2] * n.inputs.dy.shape[2] end,
  grad = false,
  kernels = {
    vector = {
      backend = "c", rank = 1, scalars = updates.scalars, state = updates.state,
      when = function(_, target) return target.fast end,
      body = function(n, k)
        local x, dy = n.inputs.x.shape, n.inputs.dy.shape
        local values = texts(n, "gradients[i - begin]")
        values.a, values.b, values.blocks = "x", "dy", {}
        for i, region in ipairs(updates.state(n)) do values.blocks[i] = region.name end
        return vector.product_update(x[2], dy[2], x[1], k.block, values)
      end,
    },
    c = {
      scalars = updates.scalars, state = updates.state,
      body = function(n)
        local x, dy = n.inputs.x.shape, n.inputs.dy.shape
        local values = texts(n, "row[j]")
        values.K, values.M, values.N = x[1], x[2], dy[2]
        return render([[
const real lr = ${lr};
${constants}
${prepare}
#pragma omp parallel for schedule(static)
for (int r = 0; r < ${M}; r++) {
    real row[${N}];
    for (int j = 0; j < ${N}; j++) row[j] = 0;
    for (int k = 0; k < ${K}; k++) {
        const real a = x[k * ${M} + r];
        #pragma omp simd
        for (int j = 0; j < ${N}; j++) row[j] += a * dy[k * ${N} + j];
    }
    #pragma omp simd
    for (int j = 0; j < ${N}; j++) {
        const int i = r * ${N} + j;
        ${element}
    }
}
]], values)
      end,
    },
  },
  reference = false, -- compared with linear_dw and optimizer_update in tests/passes/test_fuse_updates.lua
  tests = {},
}
