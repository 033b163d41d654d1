-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Convolutions of 3x3 windows, and their gradients, become those by Winograd's algorithm where that is faster: a
-- quarter of the products, but weights and images are transformed first (generator/backends/winograd.lua). On
-- AVX-512 oneDNN has such kernels, and convolutions.lua asks for them. What was measured goes before these rules
-- (generator/backends/choices.lua).

local choices = require "generator.backends.choices"
local winograd = require "generator.backends.winograd"

local M = {}

-- Seconds of the two ways, from rates measured on two cores with AVX2, in GFLOP/s and GB/s: direct kernels reach 110
-- (gradients by the weights 65); the matrices of Winograd's 140 and 110, transforms on top; transformed weights
-- are read, and in training written first. Only the comparison counts.
local function pays(x, y, by_weights, training, block)
  local _, _, tiles = winograd.tiles_of(y)
  local products = 2e-9 * x[2] * y[2]
  local direct = 9 * x[1] * y[3] * y[4] * products / (by_weights and 65 or 110)
  local rows = winograd.rounded_tiles(tiles, block)
  local weights = 36 * 4e-9 * x[2] * y[2]
  local ours = 36 * rows * products / (by_weights and 110 or 140) + 36 * 4e-9 * tiles * (x[2] + y[2]) / 12
    + weights / 15 * (by_weights and 2 or training and 3 or 1)
  return ours < direct
end

--- Whether a convolution node is made so. options.always (tests): wherever it can be.
local function wanted(g, n, target, x, y, kernel_size, options)
  if not winograd.possible(x, y, kernel_size, n.attrs, target.block) then return false end
  if options.always then return true end
  local chosen = choices.of(n, target)
  if chosen then return chosen == "winograd" end
  if target.avx512 then return false end
  return pays(x, y, n.op == "conv2d_dw", g.training, target.block)
end

local function weights(g, n, w, target, turned)
  local made, node = g:node("winograd_weights", n.path, { w = w }, { block = target.block, turned = turned }, n.phase)
  node.choice = n.choice
  return made.u
end

-- The node that takes the place of n: its output `port` is n's.
local function replace(g, n, op, inputs, attrs, port, of)
  local outputs, node = g:node(op, n.path, inputs, attrs, n.phase)
  assert(#outputs[port].shape == #n.outputs[of].shape)
  node.outputs[port], n.outputs[of].producer, node.choice = n.outputs[of], node, n.choice
end

--- options.always: wherever it is possible, for tests.
function M.run(g, target, options)
  options = options or {}
  if not (target.fast and target.blocked or options.always) or g.bf16 then return g end
  local old = g.nodes
  g:set_nodes({})
  for _, n in ipairs(old) do
    local i, o, a = n.inputs, n.outputs, n.attrs
    if n.op == "conv2d" and wanted(g, n, target, i.x.shape, o.y.shape, { i.w.shape[3], i.w.shape[4] }, options) then
      replace(g, n, "winograd_conv2d", { x = i.x, u = weights(g, n, i.w, target, false), b = i.b,
        residual = i.residual }, { padding = a.padding, slots = target.threads, relu = a.relu, ceiling = a.ceiling },
        "y", "y")
    elseif n.op == "conv2d_dx" and wanted(g, n, target, i.dy.shape, o.dx.shape, a.kernel_size, options) then
      replace(g, n, "winograd_conv2d", { x = i.dy, u = weights(g, n, i.w, target, true) },
        { padding = { 2 - a.padding[1], 2 - a.padding[2] }, slots = target.threads }, "y", "dx")
    elseif n.op == "conv2d_dw" and wanted(g, n, target, i.x.shape, i.dy.shape, a.kernel_size, options) then
      replace(g, n, "winograd_dw", { x = i.x, dy = i.dy }, { padding = a.padding, block = target.block }, "dw", "dw")
    else
      g.nodes[#g.nodes + 1] = n
    end
  end
  g:set_nodes(g.nodes)
  return g
end

return M
