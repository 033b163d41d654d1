-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Mistakes in a spec through the real build.lua: one line with the spec's own file and line, exit code
-- 1, and nothing built. (What each message says in detail: tests/spec and tests/passes.)

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")

local bench = e2e.new()
bench:images("images", 30, 9, 8, 3)
bench:write("good.lua", e2e.image_spec())

-- What was built, all but the runtime and the objects that tests share, others running at the same time among them.
local function built()
  local names = {}
  for _, path in ipairs(bench:list("out")) do
    if not path:find("^%.runtime/") and not path:find("^%.objects/") then names[#names + 1] = path end
  end
  return table.concat(names, "\n")
end
local before

local good = {
  "return experiment {",
  '  data = idx { path = "images", split = given { validation = 0.2 } },',
  "  features = pixels {},",
  "  model = sequential { flatten {}, linear { outputs = 4 }, relu {}, linear { outputs = 3 } },",
  "  train = { optimizer = sgd { learning_rate = 0.1 }, epochs = 2, batch_size = 10 },",
  "}",
}

-- Builds the good spec with one line replaced (or put before all): exit code 1, a line of standard
-- error that begins with spec and number and holds the parts.
local function refused(line, text, number, ...)
  local lines = table.move(good, 1, #good, 1, {})
  if line == 0 then table.insert(lines, 1, text) else lines[line] = text end
  bench:write("spec.lua", table.concat(lines, "\n") .. "\n")
  local started = os.time()
  local ran = bench:build_lua("spec.lua --json --set 'target.isa=\"" .. e2e.isa .. "\"'")
  lu.assertEquals(ran.status, 1, ran.err .. ran.out)
  lu.assertEquals(ran.last.exit_code, 1)
  lu.assertEquals(ran.last.status, "failed")
  lu.assertTrue(ran.err:find("spec.lua:" .. number .. ": ", 1, true) == 1, ran.err)
  for _, part in ipairs { ... } do lu.assertStrContains(ran.err, part) end
  lu.assertStrContains(table.concat(ran.last.errors, "\n"), "spec.lua:" .. number)
  for _, part in ipairs { "stack traceback", "internal error", "generator/" } do
    lu.assertNil(ran.err:find(part, 1, true), ran.err)
  end
  lu.assertEquals(built(), before)
  lu.assertTrue(os.difftime(os.time(), started) < 60)
end

TestMistakes = {}

-- Its name makes it the first: the runtime and the lock are there from then on.
function TestMistakes.test_0_the_good_one_builds()
  bench:build("good.lua")
  bench:write("spec.lua", table.concat(good, "\n") .. "\n")
  lu.assertEquals(bench:build_lua("lock spec.lua").status, 0)
  before = built()
end

function TestMistakes.test_misspelt_field()
  refused(5, "  train = { optimizer = sgd { learning_rate = 0.1 }, epochs = 2, bach_size = 10 },", 5, "bach_size",
    "batch_size")
end

function TestMistakes.test_misspelt_constructor()
  refused(3, "  features = pixel {},", 3, "pixel", "pixels")
end

function TestMistakes.test_wrong_type()
  refused(5, '  train = { optimizer = sgd { learning_rate = 0.1 }, epochs = "two", batch_size = 10 },', 5,
    "train.epochs", '"two"')
end

function TestMistakes.test_out_of_range()
  refused(5, "  train = { optimizer = sgd { learning_rate = -1 }, epochs = 2, batch_size = 10 },", 5,
    "learning_rate", "-1")
end

function TestMistakes.test_a_batch_larger_than_the_data()
  refused(5, "  train = { optimizer = sgd { learning_rate = 0.1 }, epochs = 2, batch_size = 1000 },", 5, "1000", "24")
end

function TestMistakes.test_bf16_where_the_target_has_none()
  refused(5, '  train = { optimizer = sgd { learning_rate = 0.1 }, epochs = 2, batch_size = 10, precision = "bf16" },',
    5,
    'train.precision: "bf16" needs a target.isa that multiplies bf16: "x86-64-v4-bf16" or "x86-64-v4-amx"; this one')
end

function TestMistakes.test_shapes_that_do_not_fit()
  refused(4, "  model = sequential { linear { outputs = 4 }, linear { outputs = 3 } },", 4, "model: 0: linear",
    "(10, 1, 8, 8)", "flatten")
  refused(4, "  model = sequential { conv2d { channels = 4, kernel_size = 9 }, flatten {}, linear { outputs = 3 } },",
    4, "model: 0: conv2d", "9x9", "(10, 1, 8, 8)")
end

function TestMistakes.test_too_few_outputs_for_the_classes()
  refused(4, "  model = sequential { flatten {}, linear { outputs = 2 } },", 4, "2", "3 classes")
end

function TestMistakes.test_syntax()
  refused(4, "  model = sequential { flatten {} linear {} },", 4, "near")
end

function TestMistakes.test_run_time()
  refused(0, "local nothing; local x = nothing.field", 1, "nothing")
  refused(0, 'error("no such luck")', 1, "no such luck")
end

function TestMistakes.test_endless_and_huge()
  refused(0, "while true do end", 1)
  refused(0, "local t = {} for i = 1, 1e12 do t[i] = i end", 1)
end

function TestMistakes.test_the_outside()
  refused(0, 'os.execute("touch was-here")', 1, "os")
  refused(0, 'local f = io.open("was-here", "w")', 1, "io")
  refused(0, 'local m = require("lfs")', 1, "require")
  lu.assertFalse(bench:exists("was-here"))
end

function TestMistakes.test_set()
  local ran = bench:build_lua("good.lua --set train.epoch=3")
  lu.assertEquals(ran.status, 1)
  lu.assertStrContains(ran.err, "epochs")
end

function TestMistakes.test_no_such_spec()
  local ran = bench:build_lua("nothing.lua --json")
  lu.assertEquals(ran.status, 2)
  lu.assertStrContains(ran.err, "nothing.lua")
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
