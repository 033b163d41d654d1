-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Nodes that several kernels can compute: what each is called, which kernels those are, and which one was
-- measured to be the fastest (target.choices, from SPEC.tune: generator/tuning.lua). The rules in passes and
-- kernels decide where nothing was measured.
--
-- A node is called by all that its time depends on, as `conv2d 16x64x56x56 64x64x3x3 stride 1x1 padding 1x1
-- dilation 1x1 groups 1`, with `training` after it in a training step: the same layer of another network has the same
-- name. The kernels of choices:
--
--   onednn            a library, as its name says; convolutions directly
--   openblas
--   onednn_winograd   oneDNN's Winograd kernels, which it has for AVX-512
--   winograd          ours (backends/winograd.lua), of 3x3 windows
--   direct            ours (backends/direct.lua), by the definition
--   vector            ours: depthwise convolutions, dense products
--   product           the gradient of a convolution by its weights as im2col and a dense product

local M = {}
local depthwise = require "generator.backends.depthwise"
local direct = require "generator.backends.direct"
local winograd = require "generator.backends.winograd"

M.kernels = { "direct", "onednn", "onednn_winograd", "openblas", "product", "vector", "winograd" }

-- Pixels of an image up to which `product` is tried: its windows are nine times the image.
local most_pixels = 256

local function product(a) return a and table.concat(a, "x") end

-- The images of a convolution node, the larger first, and its window.
local function convolution(n)
  local x, y = n.inputs.x or n.outputs.dx, n.outputs.y or n.inputs.dy
  local w = n.inputs.w and n.inputs.w.shape
  return x.shape, y.shape, w and { w[3], w[4] } or n.attrs.kernel_size
end

local convolutions = { conv2d = true, conv2d_dx = true, conv2d_dw = true }
local products = { linear = { "x", "w" }, linear_dx = { "dy", "w" }, linear_dw = { "x", "dy" } }

--- What the choice for a node is called; nil where there is none.
function M.key(n)
  local training = n.training and " training" or ""
  if convolutions[n.op] then
    local x, y, kernel_size = convolution(n)
    local a = n.attrs
    return string.format("%s %s %s stride %s padding %s dilation %s groups %d%s", n.op, product(x),
      product { y[2], x[2] // a.groups, kernel_size[1], kernel_size[2] }, product(a.stride), product(a.padding),
      product(a.dilation), a.groups, training)
  end
  local ports = products[n.op]
  return ports and string.format("%s %s %s%s", n.op, product(n.inputs[ports[1]].shape),
    product(n.inputs[ports[2]].shape), training)
end

local function is_bf16(n)
  for _, t in pairs(n.inputs) do -- any of them: order does not matter
    if t.dtype == "bf16" then return true end
  end
  for _, t in pairs(n.outputs) do
    if t.dtype == "bf16" then return true end
  end
  return false
end

--- The kernels that can compute a node with a key on a target, in alphabetical order. Nodes in bf16 have none:
--- one library multiplies bf16.
function M.candidates(n, target)
  local found, has = {}, {}
  for _, name in ipairs(target.backends) do has[name] = target.deterministic ~= "threads" end
  if not target.fast or is_bf16(n) then return found end
  local function add(name, condition) if condition then found[#found + 1] = name end end
  if products[n.op] then
    add("onednn", has.onednn)
    add("openblas", has.openblas)
    add("vector", true)
    return found
  end
  local x, y, kernel_size = convolution(n)
  local a, by_weights = n.attrs, n.op == "conv2d_dw"
  local library = target.blocked and (has.onednn or not by_weights)
  local possible = target.blocked and winograd.possible(x, y, kernel_size, a, target.block)
  add("direct", target.blocked and direct.possible(x, y, a.groups, target.block, n.op))
  add("onednn", library)
  add("onednn_winograd", library and target.avx512 and possible)
  add("product", by_weights and target.blocked and a.groups == 1
    and (y[3] * y[4] <= most_pixels or x[2] <= 4))
  add("vector", depthwise.wanted(x, y, kernel_size, a, target))
  add("winograd", possible)
  return found
end

--- The kernel that was measured to be the fastest for a node; nil where none was, or it is not possible here.
function M.of(n, target)
  local key = target.choices and M.key(n)
  local name = key and target.choices[key]
  if not name then return nil end
  for _, candidate in ipairs(M.candidates(n, target)) do
    if candidate == name then return name end
  end
end

return M
