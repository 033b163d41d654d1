-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What a spec may say, what comes out of it, and what is said where it is wrong: text, line, path.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require("luaunit")
local spec = require("generator.spec")
local canonical = require("generator.spec.canonical")
local support = require("tests.spec.support")

TestResult = {}

function TestResult:test_defaults_are_filled_in_and_nothing_else()
  local experiment = assert(support.parse(support.good))
  experiment.spec = nil
  lu.assertEquals(experiment, {
    name = "case", sets = {},
    data = { kind = "folder", path = "data/x", extensions = { "wav" }, group = "none" },
    features = { kind = "mels", n_fft = 512, hop = 128 },
    model = { kind = "chain", { kind = "dense", outputs = 8, bias = true }, { kind = "act" },
      { kind = "dense", outputs = 3, bias = true } },
    train = { optimizer = { kind = "descent", rate = 0.1, momentum = 0.0 }, loss = { kind = "cross_entropy" },
      schedule = { kind = "constant" }, epochs = 3, batch_size = 4, seed = 1, shuffle = true, precision = "fp32",
      gradient_checkpointing = "none", last_batch = "keep", accumulate = 1, keep = "last",
      checkpoint = { every_epochs = 1, every_seconds = 60, every_steps = 0, share = 0.01 } },
    evaluate = { batch_size = 4 }, predict = { batch_size = 1 },
    target = { isa = "x86-64-v3", threads = 2, deterministic = "run", backends = { "onednn", "openblas", "c" } },
  })
end

function TestResult:test_number_types()
  local experiment = assert(support.broken("epochs = 3", "epochs = 3.0"))
  lu.assertEquals(math.type(experiment.train.epochs), "integer")
  experiment = assert(support.broken("rate = 0.1", "rate = 1"))
  lu.assertEquals(math.type(experiment.train.optimizer.rate), "float")
end

function TestResult:test_pair_is_two()
  local experiment = assert(support.broken("act {}", "conv { kernel = 5 }, conv { kernel = { 3, 1 } }, conv()"))
  lu.assertEquals(experiment.model[2].kernel, { 5, 5 })
  lu.assertEquals(experiment.model[3].kernel, { 3, 1 })
  lu.assertEquals(experiment.model[4].kernel, { 3, 3 })
end

function TestResult:test_lists_of_layers_are_spliced_in()
  local experiment = assert(support.broken("act {}", "{ act {}, { act {}, act {} }, {} }, act { name = 'last' }"))
  lu.assertEquals(#experiment.model, 6)
  lu.assertEquals(experiment.model[5], { kind = "act", name = "last" })
end

function TestResult:test_one_description_used_twice_makes_two()
  local experiment = assert(support.parse("local d = dense { outputs = 2 }\n"
    .. support.good:gsub("act {}", "d, d")))
  lu.assertEquals(experiment.model[2], experiment.model[3])
  lu.assertFalse(rawequal(experiment.model[2], experiment.model[3]))
end

function TestResult:test_named_models_and_functions()
  local experiment = assert(support.broken("chain { dense { outputs = 8 }, act {}, dense { outputs = 3 } }",
    "net34 {}"))
  lu.assertEquals(experiment.model, { kind = "net34", width = 64 })
  experiment = assert(support.broken('path = "data/x"', 'path = "p", group = function(p) return p:match("%d+") end'))
  lu.assertEquals(experiment.data.group("a12"), "12")
end

function TestResult:test_canonical_form()
  local one = assert(support.parse(support.good))
  local two = assert(support.parse("-- a comment\n" .. support.good:gsub("rate = 0.1",
    "momentum = 0.0, rate = 1 / 10")))
  lu.assertEquals(spec.canonical(one), spec.canonical(two))
  local three = assert(support.broken("rate = 0.1", "rate = 0.10000000000000002"))
  lu.assertNotEquals(spec.canonical(one), spec.canonical(three))
  local set = assert(support.parse(support.good, { "train.seed=1" }))
  lu.assertNotEquals(spec.canonical(one), spec.canonical(set))
  lu.assertEquals(canonical.text { b = 1, a = 1.0, { "x\n\"" }, [10] = true },
    '{[1]={[1]="x\\010\\034"},[10]=true,a=1.0,b=1}')
  for _, x in ipairs { 0.1, 1e300, 5e-324, 1 / 3, -0.0, 123456789.125, 2 ^ 63 } do
    lu.assertEquals(tonumber(canonical.number(x)), x)
    lu.assertEquals(math.type(tonumber(canonical.number(x))), "float")
  end
end

function TestResult:test_where()
  local experiment = assert(support.parse(support.good))
  lu.assertEquals(spec.where(experiment.model[3]), { file = "specs/case.lua", line = 4, field = "model[3]" })
end

TestErrors = {}

local function expect(message, ...)
  lu.assertEquals(support.errors(support.broken(...)), message)
end

function TestErrors:test_misspelt_field()
  expect("specs/case.lua:5: train.optimizer.momentun: unknown field of `descent` (did you mean `momentum`?); "
    .. "it has: rate, momentum", "rate = 0.1", "rate = 0.1, momentun = 0.9")
  expect("specs/case.lua:4: model[2].inplace: unknown field of `act`; it has: name", "act {}",
    "act { inplace = true }")
end

function TestErrors:test_wrong_type()
  expect('specs/case.lua:5: train.epochs: found the string "three", expected an integer from 1 to 100000',
    "epochs = 3", 'epochs = "three"')
  expect("specs/case.lua:5: train.epochs: found the number 3.5, expected an integer from 1 to 100000",
    "epochs = 3", "epochs = 3.5")
  expect("specs/case.lua:4: model[1].bias: found the number 1, expected true or false",
    "outputs = 8", "outputs = 8, bias = 1")
  expect("specs/case.lua:5: train: found `experiment { … }`, expected a table { … } of its fields",
    "train = {", "train = experiment {")
  expect('specs/case.lua:4: model[2].padding: found the string "smae", expected one of "same", "valid", 0, 1 '
    .. "(did you mean `same`?)", "act {}", 'conv { padding = "smae" }')
  expect("specs/case.lua:2: data.group: found a table { … }, expected a function, or a string, or false",
    'path = "data/x"', 'path = "x", group = { 1 }')
end

function TestErrors:test_out_of_range()
  expect("specs/case.lua:5: train.optimizer.rate: must be above 0, is 0", "rate = 0.1", "rate = 0")
  expect("specs/case.lua:5: train.optimizer.momentum: must be at least 0 and below 1, is 1",
    "rate = 0.1", "rate = 0.1, momentum = 1")
  expect("specs/case.lua:5: train.optimizer.rate: is infinite; a finite number is needed", "rate = 0.1",
    "rate = 1e999")
  expect("specs/case.lua:5: train.optimizer.rate: is not a number (0/0); a finite number is needed",
    "rate = 0.1", "rate = 0/0")
  expect("specs/case.lua:4: model[2].kernel[2]: must be from 1 to 31, is 32", "act {}", "conv { kernel = { 3, 32 } }")
  expect("specs/case.lua:4: model[2].kernel: a pair has two integers, { height, width }; found 3",
    "act {}", "conv { kernel = { 3, 3, 3 } }")
  expect("specs/case.lua:4: model[2].kernel: must be odd", "act {}", "conv { kernel = 4 }")
  expect("specs/case.lua:3: features.top: must be at least 0, is -1", "features = mels {}",
    "features = pix { top = -1 }")
  expect("specs/case.lua:3: features: `pix` takes image, the reader `folder` gives audio",
    "features = mels {}", "features = pix {}")
end

function TestErrors:test_missing()
  expect("specs/case.lua:5: train.epochs: is missing; expected an integer from 1 to 100000: "
    .. "how often all training samples are seen", "epochs = 3,", "")
  expect("specs/case.lua:2: data.path: is missing; expected a string: where", 'path = "data/x"', "")
end

function TestErrors:test_wrong_section()
  expect("specs/case.lua:5: train.optimizer: found the learning-rate schedule `ramp`, expected an optimizer: descent",
    "descent { rate = 0.1 }", "ramp {}")
  expect("specs/case.lua:5: train.optimizer: found the bare name `descent`, expected an optimizer: descent; "
    .. "write `descent { … }`", "descent { rate = 0.1 }", "descent")
  expect('specs/case.lua:5: train.optimizer: found the string "descent", expected an optimizer: descent; '
    .. "write `descent { … }`", "descent { rate = 0.1 }", '"descent"')
  expect("specs/case.lua:4: model[2]: found the model `net18`, expected a layer: act, chain, conv, dense",
    "act {}", "net18 {}")
end

function TestErrors:test_lists()
  expect('specs/case.lua:2: data.extensions[3]: "wav" is in the list twice',
    'path = "data/x"', 'path = "x", extensions = { "wav", "mp", "wav" }')
  expect("specs/case.lua:2: data.extensions: the list has a hole: nothing at 2",
    'path = "data/x"', 'path = "x", extensions = { "wav", nil, "mp" }')
  expect("specs/case.lua:2: data.extensions: expected a list, found the named entry `a` in it",
    'path = "data/x"', 'path = "x", extensions = { a = "wav" }')
  expect("specs/case.lua:2: data.extensions: needs at least 1 entry, has 0", 'path = "data/x"',
    'path = "x", extensions = {}')
  expect('specs/case.lua:2: data.extensions[1]: found the string "WAV", expected lower-case letters',
    'path = "data/x"', 'path = "x", extensions = { "WAV" }')
  expect("specs/case.lua:4: model[2]: nothing is here: the list of layers has a hole (a nil)", "act {}", "nil")
  expect("specs/case.lua:5: train.optimizer: takes named fields only "
    .. "(`name = value`); found the number 0.1 without a name",
    "descent { rate = 0.1 }", "descent { 0.1, rate = 0.1 }")
end

function TestErrors:test_strings_and_names()
  expect("specs/case.lua:2: data.path: the string holds a zero byte", "data/x", "a\\0b")
  expect("specs/case.lua:2: data.path: the string is not UTF-8", "data/x", "a\\xff")
  expect("specs/case.lua:2: data.path: the string is empty", "data/x", "")
  for _, bad in ipairs { "a/b", "..", "a b", "", "-x", "é" } do
    local text = support.errors(support.broken("data = ", 'name = "' .. bad .. '", data = '))
    lu.assertStrContains(text, "specs/case.lua:2: name:")
    lu.assertStrContains(text, "is not a name")
  end
end

function TestErrors:test_field_given_twice()
  expect("specs/case.lua:6: rate: is given twice in the same table, first on line 5",
    "rate = 0.1", "rate = 0.1,\n rate = 0.2")
end

function TestErrors:test_lines_are_those_of_the_fields()
  local text = support.errors(support.parse [[
-- dense { outputs = 0 } in a comment
local s = "dense { outputs = 0 }"
local function block(n)
  return chain {
    dense {
      bias = 0,
      ["outputs"] = n },
    act {},
  }
end
local recipe = descent {
  rate = 1,
  momentum = 2,
}
return experiment {
  data = folder { group = function(p) local path = 1; if path then return "x" end end,
    path = 3 },
  features = mels {}, model = block(0),
  target = {
    threads = 2,
    isa = "sparc" },
  train = { optimizer = recipe, epochs = 1,
    schedule = ramp { before = ramp {
      epochs = 0 } },
    batch_size = "x" },
}]])
  lu.assertEquals(text, table.concat({
    "specs/case.lua:6: model[1].bias: found the number 0, expected true or false",
    "specs/case.lua:7: model[1].outputs: must be at least 1, is 0",
    "specs/case.lua:13: train.optimizer.momentum: must be at least 0 and below 1, is 2",
    "specs/case.lua:17: data.path: found the number 3, expected a string",
    'specs/case.lua:21: target.isa: found the string "sparc", expected one of "x86-64-v3", "x86-64-v4", '
      .. '"x86-64-v4-bf16", "x86-64-v4-amx"',
    "specs/case.lua:24: train.schedule.before.epochs: must be at least 1, is 0",
    'specs/case.lua:25: train.batch_size: found the string "x", expected an integer from 1 to 65536',
  }, "\n"))
end

function TestErrors:test_at_most_twenty()
  local _, errors = support.broken("act {}", ("act { x = 1 }, "):rep(29) .. "act { x = 1 }")
  lu.assertEquals(#errors, 21)
  lu.assertEquals(tostring(errors[21]), "specs/case.lua: and 10 more errors")
end

function TestErrors:test_not_an_experiment()
  local text = "specs/case.lua: a spec ends with `return experiment { … }`, or with a list of them; this one returns "
  lu.assertEquals(support.errors(support.parse("return { data = 1 }")), text .. "a table")
  lu.assertEquals(support.errors(support.parse("local x = 1")), text .. "nothing")
  lu.assertEquals(support.errors(support.parse("return act {}")), text .. "`act { … }`")
end

function TestErrors:test_holding_itself()
  lu.assertStrContains(support.errors(support.parse([[
local a = chain { act {} }
a[2] = a
]] .. support.good:gsub("act {}", "a"))), "nested too deeply (or holds itself)")
  lu.assertStrContains(support.errors(support.parse([[
local a = chain { act {} }
for _ = 1, 30 do a = chain { a, a } end
]] .. support.good:gsub("act {}", "a"))), "the spec holds more than 100000 values")
end

function TestErrors:test_file()
  local _, errors = spec.load("specs/no_such.lua")
  lu.assertEquals(tostring(errors[1]), "specs/no_such.lua: No such file or directory")
  _, errors = spec.load("generator")
  lu.assertEquals(tostring(errors[1]), "generator: is a folder")
end

TestSets = {}

function TestSets:test_values()
  local experiment = assert(support.parse(support.good, { "train.epochs=2", "train.optimizer.rate = 1e-3",
    "target.isa=x86-64-v4", "model[3].outputs=10", "name=other", "train.schedule=ramp", "train.schedule.epochs=7",
    "train.schedule.before=ramp { epochs = 9 }", "target.backends={'c'}", "data.path=a b", "train.shuffle=false",
    "predict.batch_size=8", "data.group=speaker" }))
  lu.assertEquals(experiment.train.epochs, 2)
  lu.assertEquals(experiment.train.optimizer.rate, 1e-3)
  lu.assertEquals(experiment.target, { isa = "x86-64-v4", threads = 2, deterministic = "run", backends = { "c" } })
  lu.assertEquals(experiment.model[3].outputs, 10)
  lu.assertEquals(experiment.name, "other")
  lu.assertEquals(experiment.train.schedule.epochs, 7)
  lu.assertEquals(experiment.train.schedule.before.epochs, 9)
  lu.assertEquals(experiment.data.path, "a b")
  lu.assertEquals(experiment.data.group, "speaker")
  lu.assertFalse(experiment.train.shuffle)
  lu.assertEquals(experiment.predict.batch_size, 8)
  lu.assertEquals(experiment.sets[1], "train.epochs=2")
end

local function set_error(message, ...)
  lu.assertEquals(support.errors(support.parse(support.good, { ... })), message)
end

function TestSets:test_errors()
  set_error("--set train.epochs: must be from 1 to 100000, is 0", "train.epochs=0")
  local known = {} -- the whole list, which grows with the language
  for i, field in ipairs(require("generator.spec.experiment").by_name.train.fields) do known[i] = field.name end
  set_error('--set train.epoch: unknown field `epoch` of train (did you mean `epochs`?); there are: '
    .. table.concat(known, ", "), "train.epoch=2")
  set_error("--set train.epochs.x: `train.epochs` has no fields", "train.epochs.x=2")
  set_error("--set model[9].outputs: model has no layer 9", "model[9].outputs=2")
  set_error("--set: train.epochs: expected FIELD=VALUE, such as train.epochs=2", "train.epochs")
  set_error("--set train.epochs: cannot read `two`: unknown name `two`", "train.epochs=two")
  set_error("--set train.optimizer: found the learning-rate schedule `ramp`, expected an optimizer: descent",
    "train.optimizer=ramp")
  set_error('--set target.isa: found the string "v5", expected one of "x86-64-v3", "x86-64-v4", "x86-64-v4-bf16", '
    .. '"x86-64-v4-amx"', "target.isa=v5")
  set_error("--set train.optimizer: train.optimizer.rate: is missing; expected a number above 0: step",
    "train.optimizer=descent {}")
  set_error("--set train.epochs: cannot read `(function() while true do end end)()`: "
    .. "does not end: stopped after 5 million steps", "train.epochs=(function() while true do end end)()")
end

os.exit(lu.LuaUnit.run())
