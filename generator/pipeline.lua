-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Spec and lock together: what the data decides (classes, counts, steps) becomes numbers.
--
--   pipeline.resolve(experiment, lock, options) -> resolved | nil, errors
--
-- resolved holds the experiment's own tables and
--   classes                 names, in the order of class indices
--   sample                  { channels, height, width, stored_channels, stored_u8, scale, shift }; of rows of
--                           integers also dtype = "i32", row_cells, row_limit, row_entries, predict_width
--   items, samples          per split: files or records, and what the model sees of them (segments)
--   batch, steps_per_epoch  of training; tail: size of the incomplete last batch, 0: none is trained
--   learning_rates, learning_rate_per_step (with train.accumulate a step is an update)
--   task                    "classification" or "regression", as the reader says (reader.task(data, lock))
--   outputs                 numbers the model gives per sample: classes, or reader.outputs(data, lock)
--   mixed                   whether a training sample has two classes and a share of the first
--   slices                  parts that metrics are told apart by (generator/slices.lua); nil without
--   gate                    rules of generator/gate.lua; nil without
--   pretrained              { path, sha256, tensors } of the weights that training starts from, or nil
--   policy                  what generator/spec/policy.lua makes of a training; nil: the runtime's defaults
--   features_key            digest of all that decides the cached samples
--   loading                 what is done to samples when they are loaded, nil: nothing (augment.lua)
--   warnings                lines for a person
--   validation              tables of the rules on data and of the data (generator/validate.lua)
-- options: digest(text) -> hex, digests(paths) -> { [path] = hex }, registry.
-- errors: list of { field, message }.

local augment = require("generator.augment")
local canonical = require("generator.spec.canonical")
local gates = require("generator.gate")
local json = require("generator.base.json")
local locks = require("generator.lock")
local policy = require("generator.spec.policy")
local registry = require("generator.spec.registry")
local slices = require("generator.slices")
local validate = require("generator.validate")
local sorted = require("generator.base.sorted")
local vocabularies = require("generator.text.vocabulary")

local pipeline = {}

local letter_split = { t = "train", v = "validation", e = "test" }

-- Learning rates of a run, one per epoch or one per step.
function pipeline.learning_rates(train, run, kinds)
  local rate = train.optimizer.learning_rate
  local function values(schedule, of)
    local of_kind = kinds[schedule.kind].module.values or kinds.constant.module.values
    return of_kind(schedule, rate, of, values)
  end
  return values(train.schedule, run)
end

-- Items and samples per split, from the entries of the lock. Sounds that give no sample are no items
-- and are counted in `empty`.
local function count(lock, features, settings)
  local items, samples, empty = {}, {}, {}
  for _, split in ipairs(locks.splits) do
    items[split], samples[split], empty[split] = 0, 0, 0
    for _, n in sorted.pairs(lock.declared and lock.counts[split].classes or {}) do
      items[split] = items[split] + n
      samples[split] = samples[split] + n * features.segments(settings, lock.declared)
    end
  end
  for _, entry in ipairs(lock.files) do
    if entry.splits then
      for number, letter in entry.splits:gmatch("(%d+)(.)") do
        local split = letter_split[letter]
        if split then
          local n = math.tointeger(tonumber(number))
          items[split], samples[split] = items[split] + n, samples[split] + n * features.segments(settings, entry)
        end
      end
    elseif entry.split and items[entry.split] then
      local n = features.segments(settings, entry)
      samples[entry.split] = samples[entry.split] + n
      local tally = n == 0 and empty or items
      tally[entry.split] = tally[entry.split] + 1
    end
  end
  return items, samples, empty
end

-- What the loss is compared with: outputs per sample, whether samples are mixed, and what does not fit.
local function compared(experiment, lock, kinds, task, fail)
  local reader, loss = kinds[experiment.data.kind].module, experiment.train.loss
  local outputs = task == "regression" and reader.outputs(experiment.data, lock) or #lock.classes
  local module, mixed = kinds[loss.kind].module, false
  if not module.tasks[task] then
    fail("train.loss", task == "regression" and "`%s` compares with classes, the data has numbers to predict"
      or "`%s` compares with numbers, the data has classes", loss.kind)
  elseif module.fits then
    local field, why = module.fits(loss, outputs)
    if field then fail("train.loss." .. field, "%s", why) end
  end
  for _, augmentation in ipairs(experiment.augment or {}) do
    mixed = mixed or kinds[augmentation.kind].module.mixes == true
  end
  if mixed and task == "regression" then fail("augment", "samples are mixed by their classes; the data has none") end
  return outputs, mixed
end

-- The key of the cached samples: the settings, the sources that compute them, the data.
local function features_key(experiment, lock, reader, features, loading, options)
  local paths, parts = {}, {}
  for _, list in ipairs { reader.sources, features.sources } do
    for _, path in ipairs(list) do paths[path] = true end
  end
  local list = sorted.keys(paths)
  local digests = assert(options.digests(list))
  for _, path in ipairs(list) do parts[#parts + 1] = path .. " " .. digests[path] end
  local data = {}
  for key, value in next, experiment.data do
    if key ~= "path" and key ~= "dvc" and key ~= "split" and key ~= "declared" and key ~= "labels" then
      data[key] = value
    end
  end
  local assigned = {} -- the store lies in the order of splits
  for i, entry in ipairs(lock.files) do
    assigned[i] = entry.splits or entry.split or "-"
    -- and has the labels, which paths do not tell where they are imported
    if experiment.data.labels and entry.class then assigned[i] = assigned[i] .. "=" .. json.encode(entry.class) end
  end
  local said = { "features 1", canonical.text(experiment.features), canonical.text(data), lock.digest,
    table.concat(assigned, " "), table.concat(parts, "\n") }
  if loading and loading.waves > 0 then said[#said + 1] = "segments" end
  if lock.vocabulary then said[#said + 1] = vocabularies.encode(lock.vocabulary) end
  return options.digest(table.concat(said, "\n"))
end

local function default_options(options)
  local sha256 = require("generator.toolchain.sha256")
  local home = debug.getinfo(1, "S").source:match("^@(.-)generator/pipeline%.lua$") or ""
  return {
    registry = options.registry or registry.default(),
    digest = options.digest or sha256.text,
    digests = options.digests or function(paths) return sha256.files(home == "" and "." or home, paths) end,
  }
end

function pipeline.resolve(experiment, lock, options)
  options = default_options(options or {})
  local errors, warnings = {}, {}
  local function fail(path, message, ...)
    errors[#errors + 1] = { field = path, message = message:format(...) }
  end
  local matches, why = locks.matches(experiment, lock)
  if not matches then
    fail("data", "%s", why)
    return nil, errors
  end
  local kinds = options.registry.kinds
  local reader, features = kinds[experiment.data.kind].module, kinds[experiment.features.kind].module
  local train = experiment.train

  local sample
  sample, why = features.sample(experiment.features, lock, reader)
  if not sample then
    fail("features", "%s", why)
    return nil, errors
  end
  local loading, where
  loading, where, why = augment.resolve(experiment, sample, kinds)
  if where then fail(where, "%s", why) end
  local items, samples, empty = count(lock, features, experiment.features)
  local too_short = 0
  for _, split in ipairs(locks.splits) do
    local files = items[split] + empty[split]
    too_short = too_short + empty[split]
    if files ~= lock.counts[split].items then
      fail("data", "the lock counts %d items in %s, its files give %d: it was changed by hand",
        lock.counts[split].items, split, files)
    elseif files > 0 and samples[split] == 0 then
      fail("features", "no sound of the split %s is long enough to give a segment", split)
    end
  end
  if too_short > 0 then
    warnings[#warnings + 1] = ("%d sound%s shorter than a segment and give%s no sample"):format(too_short,
      too_short == 1 and " is" or "s are", too_short == 1 and "s" or "")
  end
  if lock.declared then
    warnings[#warnings + 1] = ("built without the data, for what the spec declares of it (%d sounds of %.4g s): it "
      .. "cannot train; where the data is, `lua build.lua lock SPEC` writes the lock for a build that can"):format(
      lock.totals.records, lock.declared.frames / lock.declared.rate)
  end
  local wanted = experiment.validate or {}
  for _, found in ipairs(validate.check(wanted.stop, lock)) do
    fail("validate.stop." .. found.rule, "%s", found.text)
  end
  for _, found in ipairs(validate.check(wanted.warn, lock)) do
    warnings[#warnings + 1] = ("validate.%s: %s"):format(found.rule, found.text)
  end
  local pretrained
  if train.pretrained then
    pretrained, why = locks.weights(lock, train.pretrained)
    if not pretrained then fail("train.pretrained", "%s", why) end
  end
  if train.batch_size > samples.train then
    fail("train.batch_size", "is %d, there are only %d training samples", train.batch_size, samples.train)
  end
  local task = reader.task and reader.task(experiment.data, lock) or "classification"
  local outputs, mixed = compared(experiment, lock, kinds, task, fail)
  local parts, unsorted = slices.resolve(experiment.evaluate.slices, lock, function(entry)
    return features.segments(experiment.features, entry) > 0
  end, fail)
  table.move(unsorted, 1, #unsorted, #warnings + 1, warnings)
  local gate, misfits
  if experiment.gate and #experiment.gate > 0 then
    gate, misfits = gates.resolve(experiment.gate, task, lock.classes, samples.test, parts)
    table.move(misfits, 1, #misfits, #errors + 1, errors)
  end
  local how = policy.resolve(train, samples, kinds, fail, task, outputs)
  if #errors > 0 then return nil, errors end

  local whole, rest = samples.train // train.batch_size, samples.train % train.batch_size
  local tail = train.last_batch == "keep" and rest or 0
  if train.steps_per_epoch and train.steps_per_epoch <= whole then -- ends before an incomplete batch
    whole, tail = train.steps_per_epoch, 0
  end
  if tail == 1 then
    warnings[#warnings + 1] = "the last batch of an epoch is a single sample: batch norm cannot normalise over one "
      .. "value (another batch_size, or last_batch = \"drop\")"
  end
  local steps = whole + (tail > 0 and 1 or 0)
  local updates = (steps + train.accumulate - 1) // train.accumulate
  local rates, per_step = pipeline.learning_rates(train, { epochs = train.epochs, steps_per_epoch = updates }, kinds)
  local fewest, most
  for _, class in ipairs(lock.classes) do
    local n = lock.counts.train.classes[class] or 0
    fewest, most = math.min(fewest or n, n), math.max(most or n, n)
  end
  if fewest * 10 < most then
    warnings[#warnings + 1] = ("classes are out of balance: %d to %d training items"):format(fewest, most)
  end

  local resolved = {
    classes = table.move(lock.classes, 1, #lock.classes, 1, {}), sample = sample, items = items, samples = samples,
    batch = train.batch_size, steps_per_epoch = steps, tail = tail, learning_rates = rates,
    learning_rate_per_step = per_step, policy = how, warnings = warnings, pretrained = pretrained,
    loading = loading, features_key = features_key(experiment, lock, reader, features, loading, options),
  }
  resolved.gate, resolved.task, resolved.outputs, resolved.mixed = gate, task, outputs, mixed
  resolved.slices = parts
  resolved.validation = validate.report(wanted, lock)
  for key, value in next, experiment do
    if key ~= "gate" and resolved[key] == nil then resolved[key] = value end
  end
  return resolved
end

return pipeline
