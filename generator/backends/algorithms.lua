-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The kernels of ops that an algorithm for convolutions makes of them (winograd.lua, direct.lua): the definition in
-- plain C and ours in vectors. An algorithm has
--
--   plain_forward(n, lanes, blocks)                 C of the definition, for a node and the layout of its x
--   forward(x, y, attributes, block, epilogue)      body and support in vectors; epilogue: { bias, residual, relu,
--                                                   ceiling }
--   plain_weight_gradients(n, of_x, of_y)           the same for the gradient by the weights, { lanes, blocks } of both
--   weight_gradients(x, y, attributes, block)

local M = {}

--- Kernels of x convolved with transformed weights u, b? and residual? → y. `x_layout`: a function of a node, or nil
--- where x is always blocked.
function M.forward(algorithm, x_layout)
  return {
    c = {
      layout = { x = "either", residual = "plain", y = "plain" },
      body = function(n, k)
        local lanes, blocks = k.lanes(n.inputs.x)
        return algorithm.plain_forward(n, lanes, blocks)
      end,
    },
    vector = {
      backend = "c", rank = 1,
      layout = function(n)
        return { x = x_layout and x_layout(n) or "blocked", residual = "blocked", y = "blocked" }
      end,
      when = function(n, target) return target.fast and n.inputs.u.shape[3] == 2 * target.block end,
      body = function(n, k)
        local i, a = n.inputs, n.attrs
        return algorithm.forward(i.x.shape, n.outputs.y.shape, a, k.block,
          { bias = i.b ~= nil, residual = i.residual ~= nil, relu = a.relu, ceiling = a.ceiling })
      end,
    },
  }
end

--- Kernels of x, dy → dw.
function M.weight_gradients(algorithm)
  return {
    c = {
      layout = { x = "either", dy = "either" },
      body = function(n, k)
        return algorithm.plain_weight_gradients(n, { k.lanes(n.inputs.x) }, { k.lanes(n.inputs.dy) })
      end,
    },
    vector = {
      backend = "c", rank = 1, layout = { x = "blocked", dy = "blocked" },
      when = function(n, target) return target.fast and n.attrs.block == target.block end,
      body = function(n, k)
        return algorithm.weight_gradients(n.inputs.x.shape, n.inputs.dy.shape, n.attrs, k.block)
      end,
    },
  }
end

return M
