-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The learning rates of every schedule against the reference framework
-- (tests/vectors/make_optimizers.py), and what a run's end and step-wise warm-up make of them.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local files = require "generator.base.files"
local json = require "generator.base.json"
local pipeline = require "generator.pipeline"
local registry = require("generator.spec.registry").default()
local sorted = require "generator.base.sorted"
local spec = require "generator.spec"

local cases = assert(json.decode(assert(files.read("tests/vectors/schedules.json"))))

-- A schedule of the vectors as a spec writes it.
local function text_of(value)
  if type(value) ~= "table" then return type(value) == "string" and '"' .. value .. '"' or tostring(value) end
  local parts = {}
  for i, v in ipairs(value) do parts[i] = text_of(v) end
  for key, v in sorted.pairs(value) do
    if math.type(key) ~= "integer" and key ~= "kind" then parts[#parts + 1] = key .. " = " .. text_of(v) end
  end
  return (value.kind or "") .. "{ " .. table.concat(parts, ", ") .. " }"
end

local function parse(schedule, epochs)
  return spec.parse(('return experiment { data = idx { path = "d", split = given {} }, features = pixels {}, model = '
    .. "sequential { flatten {} }, train = { optimizer = sgd { learning_rate = 0.1 }, schedule = %s, epochs = %d, "
    .. "batch_size = 1 } }"):format(schedule, epochs), "x.lua")
end

local function rates(schedule, epochs, steps)
  local e, errors = parse(schedule, epochs)
  assert(e, errors and spec.format(errors))
  return pipeline.learning_rates(e.train, { epochs = epochs, steps_per_epoch = steps }, registry.kinds)
end

local function close(found, expected, what)
  lu.assertEquals(#found, #expected, what)
  for i, value in ipairs(expected) do
    lu.assertTrue(math.abs(found[i] - value) <= 1e-12 * math.abs(value) + 1e-17,
      string.format("%s: rate %d is %.17g, not %.17g", what, i, found[i], value))
  end
end

TestSchedules = {}

function TestSchedules.test_as_the_reference()
  local kinds = {}
  for name, case in sorted.pairs(cases) do
    local list, per_step = rates(text_of(case.schedule), case.run.epochs, case.run.steps_per_epoch)
    lu.assertEquals(per_step, case.per_step, name)
    close(list, case.rates, name)
    kinds[case.schedule.kind] = true
  end
  for _, name in ipairs(registry:names_of("schedule")) do
    local module = registry.kinds[name].module
    lu.assertTrue(kinds[name] or module.values == nil, name .. " is compared with nothing")
  end
end

function TestSchedules.test_by_step()
  local list, per_step = rates('cosine { by = "step" }', 2, 6) -- as 12 epochs by epoch
  lu.assertTrue(per_step)
  close(list, (rates("cosine {}", 12, 1)), "by step")
  list, per_step = rates("warmup { epochs = 1, from = 0.5 }", 2, 2)
  lu.assertTrue(per_step)
  close(list, { 0.05, 0.075, 0.1, 0.1 }, "warm-up by step")
  list = rates('warmup { epochs = 1, by = "epoch", from = 0.5, before = cosine { by = "step" } }', 3, 2)
  close(list, { 0.05, 0.05, 0.1, 0.1 * (1 + math.cos(math.pi / 4)) / 2, 0.05, 0.1 * (1 - math.cos(math.pi / 4)) / 2 },
    "by step after warm-up by epoch")
  lu.assertEquals(#rates("warmup { epochs = 9 }", 3, 2), 6) -- longer than the run
end

-- Behind a warm-up every schedule is what it is in a run that begins there.
function TestSchedules.test_warm_up_before_any()
  for _, name in ipairs(registry:names_of("schedule")) do
    local given = ({ step = "every = 2", multi_step = "milestones = { 1, 2 }", exponential = "factor = 0.5",
      cosine_restarts = "first = 2", warmup = "epochs = 1" })[name] or ""
    if registry.kinds[name].module.values then
      local alone, per_step = rates(name .. " { " .. given .. " }", 4, 3)
      local list = rates(("warmup { epochs = 2, by = %q, before = %s { %s } }"):format(per_step and "step" or "epoch",
        name, given), 6, 3)
      lu.assertEquals(#list, #alone + (per_step and 6 or 2))
      close(table.move(list, #list - #alone + 1, #list, 1, {}), alone, name)
    end
  end
end

function TestSchedules.test_short_runs()
  close((rates("one_cycle { rise = 0.5 }", 2, 1)), { 0.1, 4e-7 }, "two steps") -- up in no time
  close((rates("one_cycle {}", 1, 1)), { 4e-7 }, "one step")
  close((rates("polynomial { epochs = 2 }", 4, 1)), { 0.1, 0.05, 0, 0 }, "after the decay")
  close((rates("multi_step { milestones = { 9 } }", 3, 1)), { 0.1, 0.1, 0.1 }, "not reached")
  local far = rates("cosine_restarts { first = 1, longer = 1000000 }", 3000, 1)
  lu.assertTrue(far[1] == 0.1 and far[2] == 0.1 and far[3] < 0.1 and far[3000] > 0)
end

function TestSchedules.test_mistakes()
  local function message(schedule)
    local _, errors = parse(schedule, 5)
    return errors and spec.format(errors)
  end
  lu.assertEquals(message "multi_step { milestones = { 3, 2 } }",
    "x.lua:1: train.schedule.milestones[2]: is 2, after 3; they must ascend")
  lu.assertEquals(message "multi_step { milestones = {} }",
    "x.lua:1: train.schedule.milestones: needs at least 1 entry, has 0")
  lu.assertEquals(message "one_cycle { rise = 0.6, three_phases = true }",
    "x.lua:1: train.schedule.rise: is above 0.5, but with `three_phases` the way down takes as long as the way up")
  lu.assertStrContains(message "one_cycle { rise = 1 }", "must be above 0 and below 1, is 1")
  lu.assertStrContains(message 'one_cycle { shape = "linaer" }', 'did you mean `linear`?')
  lu.assertStrContains(message "cosine_restarts {}", "train.schedule.first")
  lu.assertStrContains(message "exponential { factor = 2 }", "must be above 0 and at most 1, is 2")
end

os.exit(lu.LuaUnit.run())
