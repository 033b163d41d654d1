-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The fields of `train` that say how a training runs beyond its steps (checkpoints, early stopping, which
-- weights are kept, gradients gathered over batches), and what they and the schedule come to:
--
--   policy.resolve(train, samples, kinds, fail, task, outputs) -> table of generator/emit/policy.lua, or nil where
--                                                  every setting is the runtime's default
-- samples: per split; outputs: classes, or numbers to predict. fail(field, message, …) is called for what the
-- data does not allow.

local metrics = require("generator.spec.metrics")

local policy = {}

local defaults = { every_epochs = 1, every_steps = 0, every_seconds = 60, share = 0.01 }

policy.fields = {
  { name = "accumulate", type = "integer", min = 1, max = 65536, default = 1,
    doc = "batches whose gradients are averaged before one update, each sample counting the same: for a model "
      .. "without batch norm the update of a batch as many times larger. The last group of an epoch may be smaller. "
      .. "Clipping applies to the average; schedules count updates" },
  { name = "early_stopping", type = "record", optional = true,
    doc = "ends the training when a metric no longer improves", fields = {
      metrics.field("what is watched after each epoch; losses and errors are better when lower, all else when higher"),
      { name = "patience", type = "integer", min = 1, required = true,
        doc = "epochs in a row without an improvement after which training ends" },
      { name = "min_change", type = "number", min = 0, default = 0,
        doc = "a change of not more than this is no improvement" },
    } },
  { name = "keep", type = "enum", allowed = { "last", "best" }, default = "last",
    doc = "whose weights are saved: the last epoch's, or those of the best epoch by `best`" },
  { name = "best", type = "record", optional = true, doc = "what the best epoch is, for `keep = \"best\"`; absent: the "
      .. "metric of `early_stopping`, or else `validation.loss`", fields = {
      metrics.field("the metric of the best epoch; of equal ones the first is kept"),
    } },
  { name = "checkpoint", type = "record", doc = "when the state of a training is written, from which it goes on after "
      .. "an interruption; changes no result", fields = {
      { name = "every_epochs", type = "integer", min = 0, default = defaults.every_epochs,
        doc = "after so many epochs; 0: not by epochs" },
      { name = "every_steps", type = "integer", min = 0, default = defaults.every_steps,
        doc = "after so many steps; 0: not by steps" },
      { name = "every_seconds", type = "number", min = 0, default = defaults.every_seconds,
        doc = "after so many seconds; 0: not by time" },
      { name = "share", type = "number", above = 0, max = 1, default = defaults.share,
        doc = "a checkpoint waits while those before it took more than this share of the time" },
    } },
}

--- What is wrong with them, as a kind's check says it.
function policy.check(train)
  if train.best and train.keep ~= "best" then return "train.best", "is for `keep = \"best\"`" end
end

-- The settings of a schedule that follows a metric, or of the one it holds.
local function plateau_of(schedule, train, kinds)
  local module = kinds[schedule.kind].module
  return module.plateau and module.plateau(schedule, train.optimizer.learning_rate,
    function(inner) return plateau_of(inner, train, kinds) end)
end

function policy.resolve(train, samples, kinds, fail, task, outputs)
  local p = { accumulate = train.accumulate, checkpoint = train.checkpoint, stopping = train.early_stopping }
  if train.keep == "best" then
    p.best = (train.best or train.early_stopping or { metric = "validation.loss" }).metric
  end
  p.plateau = plateau_of(train.schedule, train, kinds)
  local function watches(field, metric)
    if metric and not metrics.tasks[metric][task] then
      fail(field, task == "regression" and "goes by %s, a metric of classes; of numbers to predict there are %s"
        or "goes by %s, a metric of numbers to predict; of classes there are %s", metric,
        table.concat(metrics.of(task), ", "))
    end
    if metric and metric:find("%.top_5_accuracy$") and outputs <= 5 then
      fail(field, "goes by %s, but there are only %d classes: among five each of them is", metric, outputs)
    end
    if metric and metric:find("^validation%.") and samples.validation == 0 then
      fail(field, "goes by %s, but the split has no validation samples: give it some (`validation` of the split), "
        .. "or watch training.loss", metric)
    end
  end
  watches("train.early_stopping", p.stopping and p.stopping.metric)
  watches("train.keep", p.best)
  watches("train.schedule", p.plateau and p.plateau.metric)
  local plain = p.accumulate == 1 and not p.stopping and not p.best and not p.plateau
  for name, value in next, defaults do plain = plain and p.checkpoint[name] == value end
  return not plain and p or nil
end

return policy
