-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The metrics of an epoch that a spec can watch, by the names of runtime/train/monitor.c, and which way
-- each gets better.

local M = { names = {}, higher = {} }

for _, metric in ipairs {
  { "training.loss", false }, { "training.accuracy", true }, { "validation.loss", false },
  { "validation.accuracy", true }, { "validation.balanced_accuracy", true }, { "validation.macro_precision", true },
  { "validation.macro_recall", true }, { "validation.macro_f1", true },
} do
  M.names[#M.names + 1] = metric[1]
  M.higher[metric[1]] = metric[2]
end

--- A field that names one of them.
function M.field(doc, default)
  return { name = "metric", type = "enum", allowed = M.names, default = default or "validation.loss", doc = doc }
end

return M
