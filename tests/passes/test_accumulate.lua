-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- train.accumulate: the update of a group of batches, the last of them smaller, is that of one batch of all
-- their samples; in double, over two updates of Adam with clipped gradients, so that the count of updates,
-- the mean and the norm all matter.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local compile = require "generator.compile"
local pipelines = require "tests.support.pipelines"
local runner = require "tests.support.graph_runner"

local classes, side = 3, 4
local adam = { kind = "adam", learning_rate = 0.01, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0.01,
               amsgrad = false }
local model = { kind = "sequential", { kind = "flatten" }, { kind = "linear", outputs = 5, bias = true },
                { kind = "relu" }, { kind = "linear", outputs = classes, bias = true } }

local function build(batch, tail, accumulate)
  local resolved = pipelines.images { model = model, batch = batch, tail = tail, height = side, width = side,
    classes = classes, backends = { "c" }, optimizer = adam, isa = runner.have_avx512() and "x86-64-v4" or "x86-64-v3" }
  resolved.train.accumulate, resolved.train.clip_gradient_norm = accumulate, 0.05
  resolved.train.groups = { { match = { "*.bias" }, weight_decay = 0 } }
  local made = assert(compile.compile(resolved, { graphs_only = true, real_size = 8 }))
  local graphs = {}
  for _, g in ipairs(made.graphs) do
    if g.name:find("^train_step") then graphs[#graphs + 1] = g end
  end
  return { graphs = graphs, layout = made.context.layout,
           runner = runner.build { graphs = graphs, real = "double", layout = made.context.layout, planned = true,
             isa = resolved.target.isa } }
end

-- Numbers that look random and are the same everywhere.
local function numbers(count, seed)
  local list, x = {}, seed
  for i = 1, count do
    x = (x * 1103515245 + 12345) % 2147483648
    list[i] = x / 2147483648 - 0.5
  end
  return list
end

local function initial(layout)
  local values = {}
  for i = 1, layout.count do values[i] = 0 end
  for _, t in ipairs(layout.tensors) do
    if t.role ~= "optimizer" then table.move(numbers(t.count, #t.name + t.count), 1, t.count, t.offset + 1, values) end
  end
  return values
end

local function inputs(g)
  local by_name = {}
  for _, t in ipairs(g.inputs) do by_name[t.name] = t end
  return by_name.x, by_name.labels
end

-- One call over samples [first, first + batch): the state after it, and the norm where there was an update.
local function call(built, g, state, first, update, gathered)
  local whole = { space = "state", offset = 0, shape = { built.layout.count }, dtype = "f32" }
  local x, labels = inputs(g)
  local pixels, all = numbers(1000, 7), {}
  for i = 1, g.batch do all[i] = (first + i) % classes end
  local size = side * side
  local read = built.runner:run { { entry = g.name, step = update, learning_rate = 0.01, gathered = gathered, values = {
    [whole] = state, [labels] = all,
    [x] = table.move(pixels, first * size + 1, (first + g.batch) * size, 1, {}),
  } } }[1]
  return read(whole), gathered >= 0 and read(g.outputs.gradient_norm)[1]
end

TestAccumulate = {}

function TestAccumulate.test_a_group_is_a_larger_batch()
  local small, large = build(4, 2, 3), build(10, 0, 1)
  lu.assertEquals(large.layout.gathered, nil)
  lu.assertEquals(small.layout.gathered, large.layout.count)
  local full, tail = small.graphs[1], small.graphs[2]
  local a, b, norms = initial(small.layout), initial(large.layout), {}
  for update = 0, 1 do
    local first = update * 10
    a = call(small, full, a, first, update, -1)
    a = call(small, full, a, first + 4, update, -1)
    a, norms[1] = call(small, tail, a, first + 8, update, 10)
    b, norms[2] = call(large, large.graphs[1], b, first, update, 10)
    lu.assertTrue(norms[2] > 0.05, "nothing was clipped: " .. norms[2])
    lu.assertTrue(math.abs(norms[1] - norms[2]) <= 1e-13 * norms[2])
    local d = runner.difference(table.move(a, 1, large.layout.count, 1, {}), b)
    lu.assertTrue(d <= 1e-13, string.format("off by %g after update %d", d, update + 1))
    for i = small.layout.gathered + 1, small.layout.count do lu.assertEquals(a[i], 0) end
  end
  small.runner:close()
  large.runner:close()
end

function TestAccumulate.test_without_it_nothing_is_there()
  local plain = build(4, 2, 1)
  for _, g in ipairs(plain.graphs) do
    for _, n in ipairs(g.nodes) do
      lu.assertNotEquals(n.op, "gather_gradients")
      lu.assertNotEquals(n.op, "mean_gradients")
    end
  end
  plain.runner:close()
end

os.exit(lu.LuaUnit.run())
