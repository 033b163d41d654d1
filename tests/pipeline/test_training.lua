-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Schedules and optimizers against the reference framework (tests/vectors/make_training.py), in
-- double: the C text of the optimizers is compiled with `real` = double and run for ten steps.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require("luaunit")
local files = require("generator.base.files")
local json = require("generator.base.json")
local pipeline = require("generator.pipeline")
local registry = require("generator.spec.registry")
local spec = require("generator.spec")

local vectors = assert(json.decode(assert(files.read("tests/vectors/training.json"))))

local function train(optimizer, schedule, epochs)
  local text = 'return experiment { data = idx { path = "d", split = given {} }, features = pixels {}, '
    .. "model = sequential { flatten {} }, train = { optimizer = %s, schedule = %s, epochs = %d, batch_size = 1 } }"
  local e, errors = spec.parse(text:format(optimizer, schedule, epochs), "x.lua")
  return assert(e, errors and spec.format(errors)).train
end

local function rates(schedule, steps, epochs)
  return pipeline.learning_rates(train("sgd { learning_rate = 0.1 }", schedule, epochs or 12),
    { epochs = epochs or 12, steps_per_epoch = steps or 4 }, registry.default().kinds)
end

local function close(found, expected)
  lu.assertEquals(#found, #expected)
  for i, value in ipairs(expected) do lu.assertAlmostEquals(found[i], value, 1e-9) end
end

TestSchedules = {}

function TestSchedules:test_as_the_reference()
  close(rates("step { every = 5, factor = 0.3 }"), vectors.schedules.step)
  close(rates("cosine { minimum = 0.01 }"), vectors.schedules.cosine)
  close(rates('warmup { epochs = 3, from = 0.2, by = "epoch", before = cosine {} }'), vectors.schedules.warmup)
  close((rates("constant {}", 4, 2)), { 0.1, 0.1 })
end

function TestSchedules:test_by_step()
  local list, per_step = rates('cosine { by = "step" }', 6, 2) -- as 12 epochs by epoch
  lu.assertTrue(per_step)
  close(list, (rates("cosine {}", 1, 12)))
  list, per_step = rates("warmup { epochs = 1, from = 0.5 }", 2, 2)
  lu.assertTrue(per_step)
  close(list, { 0.05, 0.075, 0.1, 0.1 })
  list = rates('warmup { epochs = 1, by = "epoch", from = 0.5, before = cosine { by = "step" } }', 2, 3)
  close(list, { 0.05, 0.05, 0.1, 0.1 * (1 + math.cos(math.pi / 4)) / 2, 0.05, 0.1 * (1 - math.cos(math.pi / 4)) / 2 })
  lu.assertEquals(#rates("warmup { epochs = 9 }", 2, 3), 6) -- longer than the run
end

TestOptimizers = {}

local function run(optimizer)
  local o = train(optimizer, "constant {}", 1).optimizer
  local module = registry.default().kinds[o.kind].module
  local text = { "#include <math.h>\n#include <stdio.h>\ntypedef double real;\nint main(void) {",
    "  double ws[2] = { 0.5, -1.25 };" }
  for _, name in ipairs(module.state(o)) do text[#text + 1] = ("  double s_%s[2] = { 0 };"):format(name) end
  for _, s in ipairs(module.scalars(o)) do text[#text + 1] = ("  const double %s = %a;"):format(s.name, s.value) end
  text[#text + 1] = "  for (int i = 0; i < 10; i++) {\n  const real lr = 0.1, step = i + 1; (void)lr; (void)step;"
  text[#text + 1] = module.prepare(o)
  text[#text + 1] = "  for (int k = 0; k < 2; k++) {\n  const real g = k ? 0.7 / (i + 1) : 0.3 * (i + 1) - 1.1;"
  for _, name in ipairs(module.state(o)) do text[#text + 1] = ("  real %s = s_%s[k];"):format(name, name) end
  text[#text + 1] = "  real w = ws[k];\n" .. module.update(o) .. "  ws[k] = w;"
  for _, name in ipairs(module.state(o)) do text[#text + 1] = ("  s_%s[k] = %s;"):format(name, name) end
  text[#text + 1] = '  }\n  printf("%.17g %.17g\\n", ws[0], ws[1]);\n  }\n  return 0;\n}\n'
  local base = os.tmpname()
  assert(files.write(base .. ".c", table.concat(text, "\n")))
  assert(os.execute(("gcc -Wall -Wextra -Werror -Wconversion -O1 -o %s.run %s.c -lm"):format(base, base)))
  local pipe = assert(io.popen(base .. ".run"))
  local lines = {}
  for line in pipe:lines() do
    local a, b = line:match("(%S+) (%S+)")
    lines[#lines + 1] = { tonumber(a), tonumber(b) }
  end
  pipe:close()
  for _, ending in ipairs { "", ".c", ".run" } do os.remove(base .. ending) end
  return lines
end

for name, optimizer in pairs {
  sgd = "sgd { learning_rate = 0.1 }",
  momentum = "sgd { learning_rate = 0.1, momentum = 0.9, weight_decay = 5e-4 }",
  nesterov = "sgd { learning_rate = 0.1, momentum = 0.9, nesterov = true }",
  adam = "adam { learning_rate = 0.1, weight_decay = 0.01 }",
} do
  TestOptimizers["test_" .. name] = function()
    local found, expected = run(optimizer), vectors.optimizers[name]
    lu.assertEquals(#found, #expected)
    for i, pair in ipairs(expected) do close(found[i], pair) end
  end
end

function TestOptimizers:test_nesterov_needs_momentum()
  local _, errors = spec.parse('return experiment { data = idx { path = "d", split = given {} }, features = pixels {}, '
    .. "model = sequential { flatten {} }, train = { optimizer = sgd { learning_rate = 1, nesterov = true }, "
    .. "epochs = 1, batch_size = 1 } }", "x.lua")
  lu.assertEquals(spec.format(errors), "x.lua:1: train.optimizer.nesterov: needs `momentum` above 0")
end

os.exit(lu.LuaUnit.run())
