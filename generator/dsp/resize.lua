-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Indices and weights of one axis for runtime/dsp/resize.h, as
-- torch.nn.functional.interpolate(mode="bilinear", align_corners=False, antialias=…) has them.

local float = require("generator.dsp.float")
local render = require("generator.base.render")

local resize = {}

-- { from, to, taps, start = {…}, count = {…}, weights = {…} }: output i is the sum over
-- j < count[i] of weights[i * taps + j] * input[start[i] + j].
function resize.axis(from, to, antialias)
  local scale = from / to
  local rows, taps = {}, 1
  for i = 0, to - 1 do
    local row = {}
    if antialias then -- a triangle as wide as the step between outputs, at least as the inputs
      local width = math.max(scale, 1.0)
      local centre = scale * (i + 0.5)
      row.start = math.max(0, math.floor(centre - width + 0.5))
      local stop, sum = math.min(from, math.floor(centre + width + 0.5)), 0.0
      for j = row.start, stop - 1 do
        local w = math.max(0.0, 1.0 - math.abs((j - centre + 0.5) / width))
        row[#row + 1] = w
        sum = sum + w
      end
      for j = 1, #row do row[j] = row[j] / sum end
    else
      local at = math.max(0.0, scale * (i + 0.5) - 0.5)
      row.start = math.min(from - 1, math.floor(at))
      local part = at - row.start
      row[1] = 1.0 - part
      if row.start + 1 < from then row[2] = part else row[1] = 1.0 end
    end
    rows[i + 1] = row
    taps = math.max(taps, #row)
  end
  local axis = { from = from, to = to, taps = taps, start = {}, count = {}, weights = {} }
  for i, row in ipairs(rows) do
    axis.start[i], axis.count[i] = row.start, #row
    for j = 1, taps do axis.weights[(i - 1) * taps + j] = row[j] or 0.0 end
  end
  return axis
end

-- C text that defines `static const ingot_resize_axis NAME`.
function resize.text(name, axis)
  return table.concat {
    float.array("int32_t", name .. "_start", axis.start),
    float.array("int32_t", name .. "_count", axis.count),
    float.array("float", name .. "_weights", axis.weights),
    render.render([[
static const ingot_resize_axis ${name} = {
    .from = ${from}, .to = ${to}, .taps = ${taps},
    .start = ${name}_start, .count = ${name}_count, .weights = ${name}_weights,
};
]], { name = name, from = axis.from, to = axis.to, taps = axis.taps }),
  }
end

return resize
