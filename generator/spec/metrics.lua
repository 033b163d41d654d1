-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The metrics of an epoch that a spec can watch, by the names of runtime/train/monitor.c, and which way
-- each gets better:
--
--   training.loss, training.accuracy   means over the epoch's steps
--   validation.M                       of the validation split, each sample counting once
--   validation.items.M                 the same of its items (files, records): their samples' mean probabilities
--
-- with M of a classification: loss, accuracy … roc_auc; of a regression: loss, mse, rmse, mae, r2.

local M = { names = {}, higher = {}, tasks = {} }

local function add(name, higher, task)
  if M.higher[name] == nil then
    M.names[#M.names + 1] = name
    M.higher[name], M.tasks[name] = higher, {}
  end
  M.tasks[name][task] = true
end

local of_classes = {
  { "loss", false }, { "accuracy", true }, { "balanced_accuracy", true }, { "top_5_accuracy", true },
  { "macro_precision", true }, { "macro_recall", true }, { "macro_f1", true }, { "weighted_precision", true },
  { "weighted_recall", true }, { "weighted_f1", true }, { "brier", false }, { "expected_calibration_error", false },
}
local of_numbers = { { "loss", false }, { "mse", false }, { "rmse", false }, { "mae", false }, { "r2", true } }

add("training.loss", false, "classification")
add("training.loss", false, "regression")
add("training.accuracy", true, "classification")
for _, metric in ipairs(of_classes) do add("validation." .. metric[1], metric[2], "classification") end
for _, metric in ipairs(of_classes) do add("validation.items." .. metric[1], metric[2], "classification") end
-- what needs the rows together is known of items only
add("validation.items.macro_roc_auc", true, "classification")
add("validation.items.macro_average_precision", true, "classification")
for _, metric in ipairs(of_numbers) do add("validation." .. metric[1], metric[2], "regression") end

--- The names that a task has.
function M.of(task)
  local names = {}
  for _, name in ipairs(M.names) do
    if M.tasks[name][task] then names[#names + 1] = name end
  end
  return names
end

--- A field that names one of them.
function M.field(doc, default)
  return { name = "metric", type = "enum", allowed = M.names, default = default or "validation.loss", doc = doc }
end

return M
