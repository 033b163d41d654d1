-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- A spec that returns a list of experiments: names, choosing among them, overrides of one or of all,
-- and what each mistake is called.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require("luaunit")
local spec = require("generator.spec")
local support = require("tests.spec.support")

local family = [[
local data = folder { path = "data/x" }
local list = {}
for _, rate in ipairs { 1, 2, 3 } do
  list[#list + 1] = experiment {
    name = "rate" .. rate,
    data = data,
    features = mels {},
    model = chain { dense { outputs = 3 } },
    train = { optimizer = descent { rate = rate }, epochs = 3, batch_size = 4 },
  }
end
return list
]]

local function all_of(text, sets)
  return spec.parse_all(text, "specs/case.lua", { registry = support.registry, sets = sets })
end

local function message(text, sets)
  local all, errors = all_of(text, sets)
  lu.assertNil(all)
  return spec.format(errors)
end

TestVariants = {}

function TestVariants.test_each_is_an_experiment_of_its_own()
  local all = assert(all_of(family))
  lu.assertTrue(all.list)
  lu.assertEquals(#all, 3)
  for i, one in ipairs(all) do
    lu.assertEquals(one.name, "rate" .. i)
    lu.assertEquals(one.experiment.variant, "rate" .. i)
    lu.assertEquals(one.experiment.train.optimizer.rate, i + 0.0)
  end
end

function TestVariants.test_one_experiment_is_no_list()
  local all = assert(all_of(support.good))
  lu.assertFalse(all.list)
  lu.assertNil(all[1].experiment.variant)
  lu.assertEquals(all[1].name, "case")
end

function TestVariants.test_a_list_of_one_is_a_list()
  local all = assert(all_of((support.good:gsub("return experiment {", 'return { experiment { name = "only",') .. "}")))
  lu.assertTrue(all.list)
  lu.assertEquals(all[1].experiment.variant, "only")
end

function TestVariants.test_one_of_them_by_name()
  local function parse(only)
    return spec.parse(family, "specs/case.lua", { registry = support.registry, only = only })
  end
  lu.assertEquals(parse("rate2").name, "rate2")
  lu.assertEquals(support.errors(parse()), "specs/case.lua: returns 3 variants; --only NAME says which")
  lu.assertEquals(support.errors(parse("rate9")),
    'specs/case.lua: no variant is called "rate9" (did you mean `rate1`?); there are: rate1, rate2, rate3')
end

function TestVariants.test_patterns_and_lists_choose()
  local variants = require("generator.spec.variants")
  local function names(pattern)
    local list = {}
    for i, one in ipairs(assert(variants.choose(all_of(family), pattern))) do list[i] = one.name end
    return table.concat(list, " ")
  end
  lu.assertEquals(names("*"), "rate1 rate2 rate3")
  lu.assertEquals(names("rate?"), "rate1 rate2 rate3")
  lu.assertEquals(names("rate3,rate1"), "rate1 rate3")
  lu.assertEquals(names("*2"), "rate2")
  local _, why = variants.choose(all_of(family), "rate1,x*")
  lu.assertEquals(why, 'no variant is called "x*"; there are: rate1, rate2, rate3')
end

function TestVariants.test_overrides_of_all_and_of_one()
  local all = assert(all_of(family, { "train.epochs=7", "rate2:train.batch_size=9", "rate*:train.seed=5" }))
  for _, one in ipairs(all) do
    lu.assertEquals(one.experiment.train.epochs, 7)
    lu.assertEquals(one.experiment.train.seed, 5)
  end
  lu.assertEquals(all[1].experiment.train.batch_size, 4)
  lu.assertEquals(all[2].experiment.train.batch_size, 9)
  lu.assertEquals(all[1].experiment.sets, { "train.epochs=7", "train.seed=5" })
  lu.assertEquals(all[2].experiment.sets, { "train.epochs=7", "train.batch_size=9", "train.seed=5" })
end

function TestVariants.test_an_override_does_not_reach_what_is_shared()
  local all = assert(all_of(family, { "rate2:data.path=elsewhere" }))
  lu.assertEquals(all[1].experiment.data.path, "data/x")
  lu.assertEquals(all[2].experiment.data.path, "elsewhere")
  lu.assertEquals(all[3].experiment.data.path, "data/x")
end

function TestVariants.test_a_mistake_in_one_is_that_ones()
  local all = assert(all_of((family:gsub("epochs = 3", "epochs = rate - 1"))))
  lu.assertNil(all[1].experiment)
  lu.assertEquals(spec.format(all[1].errors), "specs/case.lua:9: train.epochs: must be from 1 to 100000, is 0")
  lu.assertNotNil(all[2].experiment)
  lu.assertNotNil(all[3].experiment)
end

function TestVariants.test_two_of_one_name_give_both_lines()
  lu.assertEquals(message([[
local a = experiment { name = "a" }
local b = experiment { name = "b" }
local again =
  experiment { name = "a" }
return { a, b, again }
]]), 'specs/case.lua:4: name: "a" is the name of two variants, number 1 (line 1) and number 3 (line 4)')
end

function TestVariants.test_mistakes_of_the_list()
  lu.assertEquals(message("return {}"), "specs/case.lua: the list of variants that the spec returns is empty")
  lu.assertEquals(message('return { experiment { name = "a" }, 3 }'),
    "specs/case.lua: a list of variants holds `experiment { … }` only; number 2 is a number")
  lu.assertEquals(message('return { experiment { name = "a" }, mels {} }'),
    "specs/case.lua: a list of variants holds `experiment { … }` only; number 2 is `mels { … }`")
  lu.assertEquals(message('return { experiment { name = "a" }, b = 1 }'),
    "specs/case.lua: the list of variants has a hole or a named entry; it is a plain list")
  lu.assertEquals(message('return { experiment { name = "a" }, experiment {} }'), "specs/case.lua:1: name: is missing; "
    .. "each experiment of a list needs a name of its own (this is number 2)")
  lu.assertEquals(message(family, { "rate7:train.epochs=2" }), "--set rate7:train.epochs=2: no variant is called "
    .. '"rate7" (did you mean `rate1`?); there are: rate1, rate2, rate3')
end

os.exit(lu.LuaUnit.run())
