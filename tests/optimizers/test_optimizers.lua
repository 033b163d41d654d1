-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Ten steps of every optimizer, option by option, against the reference framework
-- (tests/vectors/make_optimizers.py): the update that programs carry, compiled with `real` = double, on
-- given gradients.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local graph = require "generator.graph.graph"
local json = require "generator.base.json"
local ops = require "generator.ops"
local registry = require("generator.spec.registry").default()
local runner = require "tests.support.graph_runner"
local safetensors = require "tests.support.safetensors"
local sorted = require "generator.base.sorted"
local spec = require "generator.spec"
local update = require "generator.passes.update"

local vectors, metadata = safetensors.read("tests/vectors/optimizers.safetensors")
local cases = assert(json.decode(metadata.cases))
local steps, size = 10, #vectors.start.values

-- A graph that updates one parameter from a gradient it is given, and what its state block holds.
local function case_graph(name, optimizer)
  local module = registry.kinds[optimizer.kind].module
  local train = { optimizer = optimizer }
  local g = graph.new(name, { registry = ops.by_name, training = true, batch = 1 })
  local p = g:parameter("p", { size }, { kind = "constant", a = 0 })
  local gradient = g:input("gradient", { size })
  g.gradients = { [p.id] = gradient }
  local layout = update.layout(g, train, module)
  update.run(g, train, module, layout)
  local values = {}
  for i = 1, layout.count do values[i] = 0 end
  for _, t in ipairs(layout.tensors) do
    for i = 1, t.count do values[t.offset + i] = t.name == "p" and vectors.start.values[i] or t.init.a end
  end
  return { graph = g, gradient = gradient, layout = layout, values = values,
           state = { space = "state", offset = 0, shape = { layout.count }, dtype = "f32" } }
end

TestOptimizers = {}

function TestOptimizers.test_ten_steps_equal_the_reference()
  local names, list, graphs = sorted.keys(cases), {}, {}
  local most = 0
  for i, name in ipairs(names) do
    list[i] = case_graph(name, cases[name])
    most = math.max(most, list[i].layout.count)
  end
  for i, c in ipairs(list) do graphs[i] = c.graph end
  -- one state block for all: each graph's own layout lies at its start
  local r = runner.build { graphs = graphs, real = "double", layout = { offsets = { p = 0 }, count = most } }
  local kinds, worst = {}, 0
  for step = 1, steps do
    local requests = {}
    for i, c in ipairs(list) do
      local rate = cases[names[i]].learning_rate * (step > steps // 2 and 0.5 or 1)
      requests[i] = { entry = c.graph.name, step = step - 1, learning_rate = rate, values = {
        [c.state] = c.values,
        [c.gradient] = table.move(vectors.gradients.values, (step - 1) * size + 1, step * size, 1, {}),
      } }
    end
    for i, read in ipairs(r:run(requests)) do
      local c, name = list[i], names[i]
      c.values = read(c.state)
      local want = table.move(vectors[name .. ".after"].values, (step - 1) * size + 1, step * size, 1, {})
      local d = runner.difference(table.move(c.values, 1, size, 1, {}), want)
      lu.assertTrue(d <= 1e-9, string.format("%s is off by %g after step %d", name, d, step))
      kinds[cases[name].kind], worst = true, math.max(worst, d)
    end
  end
  r:close()
  lu.assertTrue(worst > 0) -- what is equal to the last bit was not computed here
  for _, name in ipairs(registry:names_of("optimizer")) do
    lu.assertTrue(kinds[name], name .. " is compared with nothing")
    for _, field in ipairs(registry.kinds[name].fields) do
      local seen = {}
      for _, case in pairs(cases) do -- a set: order does not matter
        if case.kind == name then seen[tostring(case[field.name])] = true end
      end
      lu.assertTrue(field.name == "learning_rate" or next(seen, (next(seen))) ~= nil,
        name .. ": no two cases differ in " .. field.name)
    end
  end
end

local function errors_of(optimizer)
  local _, errors = spec.parse('return experiment { data = idx { path = "d", split = given {} }, '
    .. "features = pixels {}, model = sequential { flatten {} }, train = { optimizer = " .. optimizer
    .. ", epochs = 1, batch_size = 1 } }", "x.lua")
  return errors and spec.format(errors)
end

function TestOptimizers.test_what_does_not_go_together()
  lu.assertEquals(errors_of "sgd { learning_rate = 1, nesterov = true }",
    "x.lua:1: train.optimizer.nesterov: needs `momentum` above 0")
  lu.assertEquals(errors_of "sgd { learning_rate = 1, nesterov = true, momentum = 0.5, dampening = 0.1 }",
    "x.lua:1: train.optimizer.nesterov: needs `dampening` 0")
  lu.assertEquals(errors_of "sgd { learning_rate = 1, dampening = 1.5 }",
    "x.lua:1: train.optimizer.dampening: must be from 0 to 1, is 1.5")
  lu.assertEquals(errors_of "rmsprop { alpha = 1 }",
    "x.lua:1: train.optimizer.alpha: must be at least 0 and below 1, is 1")
  lu.assertEquals(errors_of "adagrad { eps = -1 }", "x.lua:1: train.optimizer.eps: must be at least 0, is -1")
  lu.assertStrContains(errors_of "adagrat {}", "did you mean `adagrad`?")
end

os.exit(lu.LuaUnit.run())
