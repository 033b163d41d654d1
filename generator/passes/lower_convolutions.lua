-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The gradient of a convolution by its weights, on images of few pixels or channels, as a matrix product: dw = dy^T
-- im2col(x). Kernels that run along the rows of an image are slow on 2x2 and 4x4 pixels (24 and 65
-- GFLOP/s where a product reaches 180), and the product writes the weights in their own order.

local M = {}
local choices = require "generator.backends.choices"
local few_channels = require "generator.backends.few_channels"

-- Images of at most this many pixels; at 8x8 the direct kernels are as fast.
local most_pixels = 16
-- A product below this many operations is over before it is fast.
local least_flops = 1e8

-- oneDNN has no kernel for AVX2 that makes the weights of one, two or four input channels from a blocked image, and
-- ours (few_channels.lua) is not for every window.
local function without_library(x, dy, a, target)
  return not target.avx512 and x[2] <= 4 and x[2] ~= 3 and not few_channels.wanted(x, dy, a, target)
end

-- Whether a gradient by the weights is made so: as measured, else by the rules above.
local function wanted(g, n, dy, target)
  if n.attrs.groups ~= 1 then return false end
  local chosen = choices.of(n, target)
  if chosen then return chosen == "product" end
  if without_library(n.inputs.x.shape, dy, n.attrs, target) then return true end
  return dy[3] * dy[4] <= most_pixels and g.registry.conv2d_dw.cost(n) >= least_flops
end

function M.run(g, target)
  if not (target.fast and target.blocked) or g.bf16 then return g end
  local list = {}
  for _, n in ipairs({ table.unpack(g.nodes) }) do
    local dy = n.op == "conv2d_dw" and n.inputs.dy.shape
    if dy and wanted(g, n, dy, target) then
      local a = n.attrs
      local windows, first = g:node("im2col", n.path, { x = n.inputs.x },
        { kernel_size = a.kernel_size, stride = a.stride, padding = a.padding, dilation = a.dilation })
      local pixels, second = g:node("im2col", n.path, { x = n.inputs.dy }, { kernel_size = { 1, 1 } })
      -- windows beyond the convolution's own (a stride that leaves a rest) do not exist: both count dy's
      local product, third = g:node("linear_dw", n.path, { x = pixels.y, dy = windows.y })
      assert(#product.dw.shape == 2)
      third.outputs.dw = n.outputs.dw
      n.outputs.dw.producer = third
      for _, node in ipairs { first, second, third } do
        node.choice = n.choice
        list[#list + 1] = node
      end
    else
      list[#list + 1] = n
    end
  end
  g:set_nodes(list)
  return g
end

return M
