-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Clipping of gradients as C text, inside the loops that read them anyway. First by value, then by
-- norm: a gradient that is not a number stays one.

local M = {}
local render = require("generator.base.render").render

--- Declares `g`, the gradient `element` (C text, default: element i of the gradients) as `real`, limited to
--- [-bound, bound] where there is a bound and multiplied by `clip` where the norm is limited.
function M.gradient(bound, by_norm, element)
  local scale = by_norm and " * clip" or ""
  element = element or "gradients[i]"
  if not bound then return "const real g = " .. element .. scale .. ";" end
  return render([[
const real raw = ${element}, most = (real)${bound};
const real low = raw < -most ? -most : raw;
const real g = ${high}${scale};]], { bound = bound + 0.0, scale = scale, element = element,
    high = by_norm and "(low > most ? most : low)" or "low > most ? most : low" })
end

--- Declares `clip`, what a gradient is multiplied by so that the norm is at most `most`:
--- min(1, most / (norm + 1e-6)), as torch.nn.utils.clip_grad_norm_ defines it.
function M.norm(most)
  if not most then return "" end
  return render([[
const double ratio = ${most} / ((double)norm[0] + 1e-6);
const real clip = (real)(ratio > 1 ? 1 : ratio);
]], { most = most + 0.0 })
end

return M
