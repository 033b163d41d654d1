-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Clipping of gradients as C text, inside the loops that read them anyway. First by value, then by
-- norm: a gradient that is not a number stays one.

local M = {}
local render = require("generator.base.render").render

--- The gradient `g` (C text without side effects) limited to [-bound, bound]; as it is without a bound.
function M.value(g, bound)
  if not bound then return g end
  return render("(${g} > (real)${v} ? (real)${v} : ${g} < (real)${low} ? (real)${low} : ${g})",
    { g = g, v = bound + 0.0, low = -bound + 0.0 })
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
