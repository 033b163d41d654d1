-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- A training's policy (generator/spec/policy.lua) as the ingot_train_policy of runtime/train/policy.h.

local M = {}
local c_string = require("generator.base.render").string
local metrics = require "generator.spec.metrics"
local render = require("generator.base.render").render

local function higher(metric) return metrics.higher[metric] and 1 or 0 end

-- A metric and which way it is better; "NULL" where there is none.
local function watched(metric) return metric and c_string(metric) or "NULL", metric and higher(metric) or 0 end

--- C text of the definitions, and the initialiser's line; both "" where `p` is nil.
function M.text(p)
  if not p then return "", "" end
  local plateau, reference = "", "NULL"
  if p.plateau then
    local o = p.plateau
    reference = "&plateau"
    plateau = render([[
static const ingot_plateau plateau = {
    .metric = ${metric}, .higher = ${higher}, .first_epoch = ${first},
    .rate = ${rate}, .factor = ${factor}, .minimum = ${minimum},
    .threshold = ${threshold}, .relative = ${relative},
    .patience = ${patience}, .cooldown = ${cooldown},
};
]], { metric = c_string(o.metric), higher = higher(o.metric), first = o.first_epoch, rate = o.rate + 0.0,
      factor = o.factor + 0.0, minimum = o.minimum + 0.0, threshold = o.threshold + 0.0,
      relative = o.relative and 1 or 0, patience = o.patience, cooldown = o.cooldown })
  end
  local best, best_higher = watched(p.best)
  local stopping, stopping_higher = watched(p.stopping and p.stopping.metric)
  local s = p.stopping or { patience = 0, min_change = 0 }
  return render([[
/* ---- how a training runs beyond its steps ---- */

${plateau}
static const ingot_train_policy policy = {
    .accumulate = ${accumulate},
    .checkpoint_epochs = ${epochs}, .checkpoint_steps = ${steps},
    .checkpoint_seconds = ${seconds}, .checkpoint_share = ${share},
    .best = ${best}, .best_higher = ${best_higher},
    .stopping = ${stopping}, .stopping_higher = ${stopping_higher},
    .patience = ${patience}, .min_change = ${min_change},
    .plateau = ${reference},
};

]], { plateau = plateau, accumulate = p.accumulate, epochs = p.checkpoint.every_epochs,
      steps = p.checkpoint.every_steps, seconds = p.checkpoint.every_seconds + 0.0, share = p.checkpoint.share + 0.0,
      best = best, best_higher = best_higher, stopping = stopping, stopping_higher = stopping_higher,
      patience = s.patience, min_change = s.min_change + 0.0, reference = reference }), "    .policy = &policy,\n"
end

return M
