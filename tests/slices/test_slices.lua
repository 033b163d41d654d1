-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Slices in a spec: what is accepted, which item is in which part, what a gate says of a part.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local gate = require("generator.gate")
local slices = require("generator.slices")
local spec = require("generator.spec")

TestSlices = {}

local text = [[
return experiment {
  data = audio_folder { path = "x", split = by_fraction { validation = 0.1, test = 0.2 } },
  features = mel_spectrogram { sample_rate = 8000, segment_seconds = 1, n_fft = 256, hop_length = 128, n_mels = 8 },
  model = sequential { flatten {}, linear { outputs = 2 } },
  train = { optimizer = sgd { learning_rate = 0.1 }, epochs = 1, batch_size = 4 },
  evaluate = { slices = { %s } },
}
]]

local function refused(slice)
  local _, errors = spec.parse(text:format(slice), "x.lua")
  lu.assertNotNil(errors, slice)
  return tostring(errors[1])
end

function TestSlices.test_mistakes_of_a_spec()
  lu.assertStrContains(refused('speaker = { group = "(" }'),
    "x.lua:6: evaluate.slices.speaker: group is not a Lua pattern: unfinished capture")
  lu.assertStrContains(refused("speaker = {}"), "one of `group` and `column` must be given")
  lu.assertStrContains(refused('speaker = { group = "a", column = "b" }'), "one of `group` and `column` must be given")
  lu.assertStrContains(refused('["a b"] = { group = "a" }'), "`a b` is no name for a slice")
  lu.assertStrContains(refused('speaker = { grup = "a" }'), "did you mean `group`?")
  lu.assertStrContains(refused('speaker = { column = "a" }'),
    "evaluate.slices.speaker.column: is for tables; of the files of `audio_folder`, `group` tells them apart")
  lu.assertStrContains(refused('"a"'), "evaluate.slices: expected names with values")
  lu.assertNotNil(spec.parse(text:format('speaker = { group = "^[^/]+/(%a+)" }'), "x.lua"))
end

local files = {
  { path = "a/anna1.wav", split = "test" }, { path = "a/bert1.wav", split = "validation" },
  { path = "a/carl1.wav", split = "train" }, { path = "b/anna2.wav", split = "validation" },
  { path = "b/bert2.wav", split = "test" }, { path = "b/bert3.wav", split = "test", short = true },
  { path = "b/7.wav", split = "test" },
}

local function resolve(slice, lock)
  local found = {}
  local resolved, warnings = slices.resolve({ { name = "by", value = slice } }, lock or { files = files },
    function(entry) return not entry.short end, function(_, message, ...) found[#found + 1] = message:format(...) end)
  return resolved and resolved[1], warnings, found[1]
end

function TestSlices.test_files_are_in_the_order_of_the_runtime()
  local by, warnings = resolve { group = "/(%a+)%d" }
  lu.assertEquals(by, { name = "by", values = { "anna", "bert" }, of = { 1, 0, 0, 1, -1 } })
  lu.assertEquals(warnings, { "evaluate.slices.by: 1 of 5 items to validate and test are in no part" })
  by, warnings = resolve { group = "^(.)/.*(.)%.wav" }
  lu.assertEquals(by.values, { "a/1", "b/2", "b/7" })
  lu.assertEquals(warnings, {})
  by = resolve({ group = "#.*[02468]$" }, { files = { { path = "t.csv", splits = "2t3e1-2v" } } })
  lu.assertEquals(by, { name = "by", values = { "#2", "#4", "#6" }, of = { 2, -1, 0, -1, 1 } })
end

function TestSlices.test_columns_are_what_the_lock_says()
  local lock = { files = {}, table = { slices = { sex = { values = { "m", "f" }, validation = { 1, -1 },
    test = { 0, 1 } } } } }
  lu.assertEquals(resolve({ column = "sex" }, lock), { name = "by", values = { "f", "m" }, of = { 0, -1, 1, 0 } })
  local _, _, why = resolve({ column = "age" }, lock)
  lu.assertStrContains(why, "the lock knows nothing of this column")
  _, _, why = resolve { column = "age" }
  lu.assertStrContains(why, "`column` is for tables")
end

function TestSlices.test_too_many_and_none()
  local many = {}
  for i = 1, 1001 do many[i] = { path = ("%04d"):format(i), split = "test" } end
  local _, _, why = resolve({ group = ".*" }, { files = many })
  lu.assertStrContains(why, "has 1001 values, at most 1000 can be told apart")
  table.remove(many)
  lu.assertEquals(#resolve({ group = ".*" }, { files = many }).values, 1000)
  _, _, why = resolve { group = "xyz" }
  lu.assertStrContains(why, "the pattern matches no path of the validation and test splits")
end

function TestSlices.test_in_a_gate()
  local parts = { { name = "sex", values = { "f", "m" } }, { name = "speaker", values = { "anna", "b=c/d" } } }
  local function one(name, task, none)
    local rules, errors = gate.resolve({ { name = name, value = ">= 0.5" } }, task or "classification", { "en", "fr" },
      9, not none and parts or nil)
    return rules[1] and rules[1].place or errors[1].message
  end
  lu.assertEquals(one("accuracy@speaker=anna"), "slices/1/values/0/accuracy")
  lu.assertEquals(one("macro_f1@speaker=b=c/d"), "slices/1/values/1/macro_f1")
  lu.assertEquals(one("rmse@sex=m", "regression"), "slices/0/values/1/rmse")
  lu.assertStrContains(one("accuracy@speaker=ana"),
    "the slice `speaker` has no part `ana` (did you mean `anna`?); there are anna, b=c/d")
  lu.assertStrContains(one("accuracy@speker=anna"),
    "there is no slice `speker` (did you mean `speaker`?); there are sex, speaker")
  lu.assertStrContains(one("accuracy@speaker"), "names no part: write `accuracy@speaker=VALUE`")
  lu.assertStrContains(one("acuracy@speaker=anna"), "has no metric `acuracy` (did you mean `accuracy`?); it has")
  lu.assertStrContains(one("brier@speaker=anna"), "a part of a slice has no metric `brier`")
  lu.assertStrContains(one("rmse@sex=m"), "is a metric of regression, this is a classification")
  lu.assertStrContains(one("accuracy@sex=m", nil, true), "there is no slice `sex`: `evaluate.slices` has none")
end

os.exit(lu.LuaUnit.run())
