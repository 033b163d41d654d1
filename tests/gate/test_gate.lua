-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The gate of a spec: what is accepted, what each mistake is answered with.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local gate = require("generator.gate")
local metrics = require("generator.metrics")
local pipeline = require("generator.pipeline")
local locks = require("generator.lock")
local spec = require("generator.spec")

TestGate = {}

local classes = { "en", "es", "fr" }

local function wrong(name, rule, task, list)
  local rules, errors = gate.resolve({ { name = name, value = rule } }, task or "classification",
    list or classes, 10)
  lu.assertEquals(#rules, 0)
  lu.assertEquals(#errors, 1)
  lu.assertEquals(errors[1].field, "gate." .. name)
  return errors[1].message
end

function TestGate.test_rules()
  local rules, errors = gate.resolve({ { name = "accuracy", value = ">=0.90" },
    { name = "recall.fr", value = "> 1e-1" }, { name = "latency_p99_ms", value = "<= 20" },
    { name = "macro_f1", value = " < .5 " } }, "classification", classes, 1)
  lu.assertEquals(errors, {})
  lu.assertEquals(rules[1], { metric = "accuracy", rule = ">= 0.90", comparison = "INGOT_AT_LEAST", bound = 0.9,
    latency = false, place = "accuracy" })
  lu.assertEquals(rules[2].place, "classes/2/recall")
  lu.assertEquals(rules[2].comparison, "INGOT_ABOVE")
  lu.assertEquals({ rules[3].place, rules[3].latency }, { "latency/p99_ms", true })
  lu.assertEquals({ rules[4].place, rules[4].bound, rules[4].comparison }, { "macro/f1", 0.5, "INGOT_BELOW" })
end

function TestGate.test_mistakes()
  lu.assertStrContains(wrong("acuracy", ">= 0.9"), "there is no metric `acuracy` (did you mean `accuracy`?)")
  lu.assertStrContains(wrong("reccall.fr", ">= 0.9"), "there is no metric `reccall` (did you mean `recall`?)")
  lu.assertStrContains(wrong("recall", ">= 0.9"), "write `recall.CLASS`, or `macro_recall`")
  lu.assertStrContains(wrong("recall.frr", ">= 0.9"),
    "there is no class `frr` (did you mean `fr`?); there are en, es, fr")
  lu.assertStrContains(wrong("accuracy", "=> 0.9"), "`=> 0.9` is no rule: it begins with one of >=, >, <=, <")
  lu.assertStrContains(wrong("accuracy", "0.9"), "is no rule")
  lu.assertStrContains(wrong("accuracy", ">= ninety"), "`ninety` is not a number")
  lu.assertStrContains(wrong("accuracy", ">="), "`` is not a number")
  lu.assertStrContains(wrong("accuracy", ">= 1e999"), "is not a number")
  lu.assertStrContains(wrong("mae", "<= 1"), "`mae` is a metric of regression, this is a classification")
  lu.assertStrContains(wrong("accuracy", ">= 1", "regression"), "is a metric of classification, this is a regression")
  lu.assertStrContains(wrong("top_5_accuracy", ">= 1"), "needs more than five classes, there are 3")
  lu.assertStrContains(wrong("mae.hight", "<= 1", "regression", { "height" }),
    "there is no output `hight` (did you mean `height`?)")
end

function TestGate.test_outputs_of_a_regression()
  local rules = gate.resolve({ { name = "r2.height", value = ">= 0.5" } }, "regression", { "width", "height" }, 5)
  lu.assertEquals(rules[1].place, "outputs/1/r2")
end

function TestGate.test_an_empty_test_split_is_an_error()
  local _, errors = gate.resolve({ { name = "accuracy", value = ">= 0.9" } }, "classification", classes, 0)
  lu.assertEquals(#errors, 1)
  lu.assertStrContains(errors[1].message, "measured on the test split, which is empty")
  local _, none = gate.resolve({}, "classification", classes, 0)
  lu.assertEquals(none, {})
end

function TestGate.test_every_metric_has_a_place()
  local many = { "a", "b", "c", "d", "e", "f" }
  for _, metric in ipairs(metrics.list) do
    local task = metric.task == "regression" and "regression" or "classification"
    lu.assertNotNil(metrics.place(metric.name, task, many), metric.name)
  end
  for _, name in ipairs(metrics.by_class) do lu.assertNotNil(metrics.place(name .. ".b", "classification", many)) end
end

local text = [[
return experiment {
  data = audio_folder { path = "x", classes = { "en", "fr" },
    split = by_fraction { validation = 0.1, test = %s, seed = 1 },
    declared = { files_per_class = 20, seconds = 2, rate = 8000 } },
  features = mel_spectrogram { sample_rate = 8000, segment_seconds = 1, n_fft = 256, hop_length = 128, n_mels = 8 },
  model = sequential { flatten {}, linear { outputs = 2 } },
  train = { optimizer = sgd { learning_rate = 0.1 }, epochs = 1, batch_size = 4 },
  gate = {
    accuracy = ">= 0.9",
    %s,
  },
}
]]

function TestGate.test_the_loader_names_line_and_field()
  local _, errors = spec.parse(text:format("0.2", "acuracy = \"> 1\""), "x.lua")
  lu.assertEquals(#errors, 1)
  lu.assertStrContains(tostring(errors[1]), "x.lua:10: gate.acuracy: there is no metric `acuracy`")
  _, errors = spec.parse(text:format("0.2", "log_loss = 1"), "x.lua")
  lu.assertStrContains(tostring(errors[1]), "gate.log_loss: found the number 1, expected a string")
  _, errors = spec.parse(text:format("0.2", "\">= 1\""), "x.lua")
  lu.assertStrContains(tostring(errors[1]), "gate: expected names with values")
end

function TestGate.test_the_pipeline_resolves_it()
  local experiment, errors = spec.parse(text:format("0.2", "[\"recall.fr\"] = \"> 0.5\""), "x.lua")
  lu.assertNotNil(experiment, errors and tostring(errors[1]))
  local function lock_of(one) return assert(locks.parse(locks.declare(one).text, "x.lock")) end
  local resolved, why = pipeline.resolve(experiment, lock_of(experiment))
  lu.assertNotNil(resolved, why and why[1] and why[1].message)
  lu.assertEquals(#resolved.gate, 2)
  lu.assertEquals(resolved.gate[2].place, "classes/1/recall")
  experiment = spec.parse(text:format("0.2", "[\"recall.it\"] = \"> 0.5\""), "x.lua")
  local none
  none, errors = pipeline.resolve(experiment, lock_of(experiment))
  lu.assertNil(none)
  lu.assertEquals(#errors, 1)
  lu.assertStrContains(errors[1].message, "there is no class `it`")
end

os.exit(lu.LuaUnit.run())
