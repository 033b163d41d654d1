-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Spec and lock together: counts, steps, tails, keys, and what does not fit.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require("luaunit")
local canonical = require("generator.spec.canonical")
local pipeline = require("generator.pipeline")
local spec = require("generator.spec")

local function experiment(train, data, features)
  local e, errors = spec.parse(([[
return experiment {
  data = audio_folder { path = "d", split = by_fraction {} %s },
  features = mel_spectrogram { sample_rate = 8000, segment_seconds = 1 %s },
  model = sequential { flatten {}, linear { outputs = 2 } },
  train = { optimizer = sgd { learning_rate = 0.1 }, epochs = 3, %s },
}]]):format(data or "", features or "", train or "batch_size = 4"), "x.lua")
  return assert(e, errors and spec.format(errors))
end

-- Ten training sounds of 1, 2, … seconds (55 samples), three of a second for the test.
local function lock_for(e)
  local data = {}
  for key, value in pairs(e.data) do if key ~= "path" then data[key] = value end end
  local lock = { classes = { "a", "b" }, digest = "0", data = { kind = "audio_folder" }, files = {},
    split = { description = "", spec = canonical.text(data) }, counts = {
      train = { items = 10, classes = { a = 9, b = 1 } }, validation = { items = 0, classes = {} },
      test = { items = 3, classes = { a = 3 } } } }
  for i = 1, 13 do
    lock.files[i] = { path = "f" .. i, bytes = 100, rate = 8000, frames = 8000 * (i <= 10 and i or 1), channels = 1,
      split = i <= 10 and "train" or "test" }
  end
  lock.files[14] = { path = "z", bytes = 100, rate = 8000, frames = 8000, channels = 1 } -- in no split
  return lock
end

local function resolve(e, lock)
  return pipeline.resolve(e, lock or lock_for(e), { digest = function(text) return text end,
    digests = function(paths)
      local of = {}
      for _, path in ipairs(paths) do of[path] = "digest" end
      return of
    end })
end

TestResolve = {}

function TestResolve:test_counts()
  local r = assert(resolve(experiment()))
  lu.assertEquals(r.items, { train = 10, validation = 0, test = 3 })
  lu.assertEquals(r.samples, { train = 55, validation = 0, test = 3 })
  lu.assertEquals({ r.batch, r.steps_per_epoch, r.tail }, { 4, 14, 3 })
  lu.assertEquals(r.learning_rates, { 0.1, 0.1, 0.1 })
  lu.assertFalse(r.learning_rate_per_step)
  lu.assertEquals(r.classes, { "a", "b" })
  lu.assertEquals({ r.sample.channels, r.sample.height }, { 1, 128 })
end

function TestResolve:test_last_batch()
  local r = assert(resolve(experiment('batch_size = 4, last_batch = "drop"')))
  lu.assertEquals({ r.steps_per_epoch, r.tail }, { 13, 0 })
  r = assert(resolve(experiment("batch_size = 5")))
  lu.assertEquals({ r.steps_per_epoch, r.tail }, { 11, 0 })
  r = assert(resolve(experiment("batch_size = 6")))
  lu.assertEquals(r.tail, 1)
  lu.assertStrContains(r.warnings[1], "single sample")
end

function TestResolve:test_features_key()
  local key = assert(resolve(experiment())).features_key
  lu.assertEquals(assert(resolve(experiment("batch_size = 8, seed = 9"))).features_key, key)
  lu.assertNotEquals(assert(resolve(experiment(nil, nil, ", n_mels = 64"))).features_key, key)
  lu.assertNotEquals(assert(resolve(experiment(nil, ", min_seconds = 1"))).features_key, key)
end

TestMisfits = {}

function TestMisfits:test_errors()
  local r, errors = resolve(experiment("batch_size = 56"))
  lu.assertNil(r)
  lu.assertEquals(errors[1], { field = "train.batch_size", message = "is 56, there are only 55 training samples" })
  r, errors = resolve(experiment(nil, ", min_seconds = 2"), lock_for(experiment()))
  lu.assertNil(r)
  lu.assertStrContains(errors[1].message, "another `data` or `split`")
  local lock = lock_for(experiment())
  lock.files[1].split = "test"
  r, errors = resolve(experiment(), lock)
  lu.assertNil(r)
  lu.assertStrContains(errors[1].message, "changed by hand")
end

function TestMisfits:test_losses_fit_the_data()
  local function message(loss)
    local r, errors = resolve(experiment("batch_size = 4, loss = " .. loss))
    lu.assertNil(r)
    return errors[1].field .. ": " .. errors[1].message
  end
  lu.assertEquals(message "cross_entropy { class_weights = { 1, 2, 3 } }",
    "train.loss.class_weights: has 3 numbers, the model has 2 classes")
  lu.assertEquals(message "binary_cross_entropy { pos_weight = { 1 } }",
    "train.loss.pos_weight: has 1 number, the model has 2 outputs")
  local r = assert(resolve(experiment("batch_size = 4, loss = cross_entropy { class_weights = { 1, 2 } }")))
  lu.assertEquals({ r.task, r.outputs, r.mixed }, { "classification", 2, false })
  -- a reader of numbers to predict
  local reader = require("generator.spec.registry").default().kinds.audio_folder.module
  reader.task, reader.outputs = function() return "regression" end, function() return 7 end
  local why = message "cross_entropy {}"
  r = resolve(experiment("batch_size = 4, loss = mse {}"))
  reader.task, reader.outputs = nil, nil
  lu.assertEquals(why, "train.loss: `cross_entropy` compares with classes, the data has numbers to predict")
  lu.assertEquals({ r.task, r.outputs }, { "regression", 7 })
end

function TestMisfits:test_sounds_too_short()
  local e = experiment(nil, nil, ', short = "drop"')
  local lock = lock_for(e)
  lock.files[10].frames = 10
  local r = assert(resolve(e, lock))
  lu.assertEquals(r.samples.train, 45)
  lu.assertEquals(r.items.train, assert(resolve(e, lock_for(e))).items.train - 1)
  lu.assertStrContains(r.warnings[1], "1 sound is shorter than a segment")
  for i = 11, 13 do lock.files[i].frames = 10 end
  local none, errors = resolve(e, lock)
  lu.assertNil(none)
  lu.assertEquals(errors[1].message, "no sound of the split test is long enough to give a segment")
end

os.exit(lu.LuaUnit.run())
