-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The metrics a spec can name, and where the runtime finds each in the metrics of a split
-- (runtime/report/results_metrics.h): names and indices with "/" between them.
--
--   metrics.find(name) -> { name, task, better, latency } | nil, message
--   metrics.place(name, task, classes, slices) -> "classes/2/recall" | nil, message
--
-- `recall.fr` is a metric of one class, `mae.height` of one output of a regression, `accuracy@speaker=anna` of
-- one part of a slice (generator/slices.lua).

local nearest = require("generator.base.nearest")

local metrics = {}

local function add(list, task, better, names)
  for name, place in names:gmatch("([%w_]+)=([%w_/]+)") do
    list[#list + 1] = { name = name, place = place, task = task, better = better, latency = task == "any" }
  end
end

-- In the order of the docs. better: whether a good model's value is high or low.
metrics.list = {}
add(metrics.list, "classification", "high", [[accuracy=accuracy balanced_accuracy=balanced_accuracy
  top_5_accuracy=top_5_accuracy]])
for _, average in ipairs { "macro", "micro", "weighted" } do
  for _, of in ipairs { "precision", "recall", "f1" } do
    add(metrics.list, "classification", "high", ("%s_%s=%s/%s"):format(average, of, average, of))
  end
end
add(metrics.list, "classification", "high", [[macro_roc_auc=macro/roc_auc
  macro_average_precision=macro/average_precision]])
add(metrics.list, "classification", "low", [[log_loss=log_loss brier=brier
  expected_calibration_error=expected_calibration_error]])
add(metrics.list, "regression", "low", "mae=mae mse=mse rmse=rmse")
add(metrics.list, "regression", "high", "r2=r2")
add(metrics.list, "any", "low", [[latency_mean_ms=latency/mean_ms latency_p50_ms=latency/p50_ms
  latency_p90_ms=latency/p90_ms latency_p99_ms=latency/p99_ms latency_max_ms=latency/max_ms]])

-- Of one class, of one output.
metrics.by_class = { "precision", "recall", "f1", "roc_auc", "average_precision" }
metrics.by_output = { "mae", "mse", "rmse", "r2" }

-- Of a part of a slice.
metrics.by_slice = { "accuracy", "macro_f1", "log_loss", "mae", "rmse", "r2" }

local by_name, whole_names, part_tasks, part_names = {}, {}, {}, {}
for i, metric in ipairs(metrics.list) do
  by_name[metric.name], whole_names[i] = metric, metric.name
end
for _, name in ipairs(metrics.by_class) do part_tasks[name] = "classification" end
for _, name in ipairs(metrics.by_output) do part_tasks[name] = "regression" end
for _, list in ipairs { metrics.by_class, metrics.by_output } do
  for _, name in ipairs(list) do part_names[#part_names + 1] = name end
end

local function unknown(name)
  local all = table.move(part_names, 1, #part_names, #whole_names + 1, table.move(whole_names, 1, #whole_names, 1, {}))
  return nil, ("there is no metric `%s`%s; there are %s, and with a class or output behind a dot %s"):format(name,
    nearest.hint(name, all), table.concat(whole_names, ", "), table.concat(part_names, ", "))
end

-- `accuracy@speaker=anna` taken apart; nil where it is no such name.
local function sliced(name)
  local what, rest = name:match("^([^@]*)@(.*)$")
  if not what or part_tasks[what:match("^[^.]*")] and what:find(".", 1, true) then return nil end
  local slice, value = rest:match("^([^=]*)=(.*)$")
  return what, slice or rest, value
end

local function find_sliced(name, what, slice, value)
  for _, known in ipairs(metrics.by_slice) do
    if known == what and value then
      return { name = name, task = by_name[what].task, better = by_name[what].better, latency = false }
    elseif known == what then
      return nil, ("`%s` names no part: write `%s@%s=VALUE`"):format(name, what, slice)
    end
  end
  return nil, ("a part of a slice has no metric `%s`%s; it has %s"):format(what,
    nearest.hint(what, metrics.by_slice), table.concat(metrics.by_slice, ", "))
end

local function some_of(list)
  return #list > 20 and table.concat(list, ", ", 1, 20) .. ", …" or table.concat(list, ", ")
end

local function place_sliced(what, name, value, slices)
  local names = {}
  for i, slice in ipairs(slices or {}) do
    names[i] = slice.name
    if slice.name == name then
      for v, known in ipairs(slice.values) do
        if known == value then return ("slices/%d/values/%d/%s"):format(i - 1, v - 1, what) end
      end
      return nil, ("the slice `%s` has no part `%s`%s; there are %s"):format(name, value,
        nearest.hint(value, slice.values), some_of(slice.values))
    end
  end
  if #names == 0 then return nil, ("there is no slice `%s`: `evaluate.slices` has none"):format(name) end
  return nil, ("there is no slice `%s`%s; there are %s"):format(name, nearest.hint(name, names), some_of(names))
end

-- What is known without the data.
function metrics.find(name)
  local of, slice, value = sliced(name)
  if of then return find_sliced(name, of, slice, value) end
  if by_name[name] then return by_name[name] end
  local what = name:match("^([%w_]+)%.(.+)$")
  if part_tasks[what] then
    local low = part_tasks[what] == "regression" and what ~= "r2"
    return { name = name, task = part_tasks[what], better = low and "low" or "high", latency = false }
  end
  if part_tasks[name] then
    return nil, ("`%s` is a metric of one class: write `%s.CLASS`, or `macro_%s` for the mean over all"):format(name,
      name, name)
  end
  return unknown(what or name)
end

-- Where it lies for a task with these classes (or, in regression, outputs).
function metrics.place(name, task, classes, slices)
  local metric, why = metrics.find(name)
  if not metric then return nil, why end
  if metric.task ~= "any" and metric.task ~= task then
    return nil, ("`%s` is a metric of %s, this is a %s"):format(name, metric.task, task)
  end
  if name == "top_5_accuracy" and #classes <= 5 then
    return nil, ("`top_5_accuracy` needs more than five classes, there are %d"):format(#classes)
  end
  if metric.place then return metric.place end
  local of, slice, value = sliced(name)
  if of then return place_sliced(of, slice, value, slices) end
  local what, part = name:match("^([%w_]+)%.(.+)$")
  for i, class in ipairs(classes) do
    if class == part then
      return ("%s/%d/%s"):format(task == "regression" and "outputs" or "classes", i - 1, what)
    end
  end
  return nil, ("there is no %s `%s`%s; there are %s"):format(task == "regression" and "output" or "class", part,
    nearest.hint(part, classes), some_of(classes))
end

return metrics
