-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Convolutions, and their gradients, become nodes of another algorithm where that is faster than a library's kernel:
--
--   winograd   a quarter of the products for 3x3 windows, but weights and images are transformed first
--              (generator/backends/winograd.lua)
--   direct     the definition, in vectors (generator/backends/direct.lua)
--
-- both on blocked images. On AVX-512 oneDNN's kernels are as fast, Winograd's too (convolutions.lua asks for them).
-- What was measured goes before these rules (generator/backends/choices.lua).

local c = require "generator.backends.c"
local choices = require "generator.backends.choices"
local direct = require "generator.backends.direct"
local winograd = require "generator.backends.winograd"

local M = {}

-- What the two algorithms share of a node of one of the three convolutions: shapes of its images, the larger first, and
-- its window.
local function geometry(n)
  local i, a = n.inputs, n.attrs
  local x, y, w = i.x or n.outputs.dx, n.outputs.y or i.dy, i.w and i.w.shape
  return { x = x.shape, y = y.shape, kernel_size = w and { w[3], w[4] } or a.kernel_size, stride = a.stride,
    padding = a.padding, dilation = a.dilation, groups = a.groups }
end

local function weights(g, n, op, target, turned, window)
  local made, node = g:node(op, n.path, { w = n.inputs.w },
    c.merged({ block = target.block, turned = turned }, window), n.phase)
  node.choice = n.choice
  return made.u
end

-- ---- Winograd ------------------------------------------------------------------------------------

-- Seconds of the two ways, from rates measured on two cores with AVX2, in GFLOP/s and GB/s: direct kernels reach 130
-- (gradients by the weights 120); the matrices of Winograd's 165 and 150, transforms on top; transformed weights
-- are read, and in training written first. Only the comparison counts.
local function winograd_pays(x, y, by_weights, training, block)
  local _, _, tiles = winograd.tiles_of(y)
  local products = 2e-9 * x[2] * y[2]
  local direct_time = 9 * x[1] * y[3] * y[4] * products / (by_weights and 120 or 130)
  local rows = winograd.rounded_tiles(tiles, block)
  local read = 36 * 4e-9 * x[2] * y[2]
  local ours = 36 * rows * products / (by_weights and 150 or 165) + 36 * 4e-9 * tiles * (x[2] + y[2]) / 12
    + read / 15 * (by_weights and 2 or training and 3 or 1)
  return ours < direct_time
end

local algorithms = {
  {
    name = "winograd",
    possible = function(n, of, target)
      return winograd.possible(of.x, of.y, of.kernel_size, n.attrs, target.block)
    end,
    pays = function(n, of, target, training)
      local x, y = of.x, of.y
      if n.op == "conv2d_dx" then x, y = y, x end
      return not target.avx512 and winograd_pays(x, y, n.op == "conv2d_dw", training, target.block)
    end,
    conv2d = function(g, n, _, target)
      local i, a = n.inputs, n.attrs
      return "winograd_conv2d", { x = i.x, u = weights(g, n, "winograd_weights", target, false), b = i.b,
        residual = i.residual }, { padding = a.padding, threads = target.threads, relu = a.relu, ceiling = a.ceiling }
    end,
    conv2d_dx = function(g, n, _, target)
      local p = n.attrs.padding
      return "winograd_conv2d", { x = n.inputs.dy, u = weights(g, n, "winograd_weights", target, true) },
        { padding = { 2 - p[1], 2 - p[2] }, threads = target.threads }
    end,
    conv2d_dw = function(_, n, _, target)
      return "winograd_dw", { x = n.inputs.x, dy = n.inputs.dy },
        { padding = n.attrs.padding, block = target.block, threads = target.threads }
    end,
  },
  {
    name = "direct",
    possible = function(n, of, target)
      return direct.possible(of.x, of.y, of.groups, target.block, n.op)
    end,
    pays = function(_, _, target) return not target.avx512 end,
    conv2d = function(g, n, of, target)
      local i, a = n.inputs, n.attrs
      return "direct_conv2d", { x = i.x, u = weights(g, n, "direct_weights", target, false), b = i.b,
        residual = i.residual }, { channels = of.y[2], kernel_size = of.kernel_size, stride = of.stride,
        padding = of.padding, dilation = of.dilation, threads = target.threads, relu = a.relu, ceiling = a.ceiling }
    end,
    conv2d_dx = function(g, n, of, target)
      local w = direct.turned(of)
      if not w then
        local window = { stride = of.stride, padding = of.padding, dilation = of.dilation }
        return "direct_dx", { dy = n.inputs.dy, u = weights(g, n, "direct_weights", target, true, window) },
          c.merged(window, { kernel_size = of.kernel_size, channels = of.x[2], height = of.x[3],
            width = of.x[4], threads = target.threads })
      end
      return "direct_conv2d", { x = n.inputs.dy, u = weights(g, n, "direct_weights", target, true) },
        { channels = of.x[2], kernel_size = w.kernel_size, stride = w.stride, padding = w.padding,
          dilation = w.dilation, threads = target.threads }
    end,
    conv2d_dw = function(_, n, of, target)
      return "direct_dw", { x = n.inputs.x, dy = n.inputs.dy }, { kernel_size = of.kernel_size, stride = of.stride,
        padding = of.padding, dilation = of.dilation, threads = target.threads, block = target.block }
    end,
  },
}

-- ---- the pass ------------------------------------------------------------------------------------

local results = { conv2d = "y", conv2d_dx = "dx", conv2d_dw = "dw" }

-- The algorithm that a convolution node gets, or nil. always (tests): the name of the one it gets wherever it can be.
local function algorithm_of(g, n, of, target, always)
  local chosen = choices.of(n, target)
  for _, algorithm in ipairs(algorithms) do
    if algorithm.possible(n, of, target) then
      if always then
        if always == algorithm.name then return algorithm end
      elseif chosen then
        if chosen == algorithm.name then return algorithm end
      elseif algorithm.pays(n, of, target, g.training) then
        return algorithm
      end
    end
  end
end

--- options.always: the name of an algorithm, for tests.
function M.run(g, target, options)
  local always = options and options.always
  if not (target.fast and target.blocked or always) or g.bf16 then return g end
  local old = g.nodes
  g:set_nodes({})
  for _, n in ipairs(old) do
    local of = results[n.op] and geometry(n)
    local algorithm = of and algorithm_of(g, n, of, target, always)
    if algorithm then
      -- the node that takes the place of n: its first output is n's
      local op, inputs, attrs = algorithm[n.op](g, n, of, target)
      local _, node = g:node(op, n.path, inputs, attrs, n.phase)
      local port = node.outputs.y and "y" or node.outputs.dx and "dx" or "dw"
      local was = n.outputs[results[n.op]]
      assert(#node.outputs[port].shape == #was.shape)
      node.outputs[port], was.producer, node.choice = was, node, n.choice
    else
      g.nodes[#g.nodes + 1] = n
    end
  end
  g:set_nodes(g.nodes)
  return g
end

return M
