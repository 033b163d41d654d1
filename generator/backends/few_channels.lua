-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The gradient by the weights of a convolution that reads a network's input: few channels, in a plain image, under
-- many in a blocked one. A vector of dy at a position is multiplied by each number of the window that it was
-- made from; the sums of a window stay in registers along a row. Work is cut into shards of rows by the shape alone
-- and sums over shards have a fixed order: nothing depends on the number of threads.

local M = {}
local c = require "generator.backends.c"
local depthwise = require "generator.backends.depthwise"
local gather = require "generator.backends.gather"
local render = require("generator.base.render").render
local vector = require "generator.backends.vector"

--- Whether a node is for it: x, y are the shapes of its images, a its attributes. oneDNN has no kernel for AVX2 that
--- makes the weights of one, two or four input channels: its reference loops take 240 ms for 1 to 32 channels, 32
--- images of 28x28.
function M.wanted(x, y, a, target)
  local k = a.kernel_size
  return target.fast and target.blocked and not target.avx512 and a.groups == 1 and x[2] <= 4 and x[2] ~= 3
    and y[2] > 4 and a.dilation[1] == 1 and a.dilation[2] == 1 and k[2] <= 12 and x[2] * k[1] * k[2] <= 256
    and a.padding[1] < k[1] and a.padding[2] < k[2]
end

--- Ports: x (plain), dy (blocked) → dw (OC, IC, KH, KW).
function M.backward_weights(x, y, a, block)
  local k = a.kernel_size
  local w = { KH = k[1], KW = k[2], SH = a.stride[1], SW = a.stride[2], PH = a.padding[1], PW = a.padding[2],
              H = y[3], W = y[4], source = { height = x[3], width = x[4] } }
  local blocks, rows = (y[2] + block - 1) // block, y[1] * y[3]
  local v = {
    B = block, CB = blocks, C = y[2], IC = x[2], ROWS = rows, OH = y[3], OW = y[4], plane = x[3] * x[4],
    WINDOW = k[1] * k[2], TAPS = x[2] * k[1] * k[2], F = math.max(1, 64 // y[4]),
    S = math.max(1, math.min(y[1], 16 // blocks)),
    range = gather.range(w, "window"), row = depthwise.rows_of_sums(w, block, 1),
  }
  local work = rows * y[4] * blocks * block * v.TAPS
  v.loop = blocks * v.S > 1 and work >= c.parallel_threshold and "#pragma omp parallel for schedule(static)" or ""
  return render(vector.template "few_channels_dw", v), vector.support({ "vector" }, block)
end

return M
