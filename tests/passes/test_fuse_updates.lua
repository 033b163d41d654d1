-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- linear_dw and the optimizer's step as one node: the same state after three steps as with two nodes, for every
-- optimizer with all of its options on, with the fast kernel in float and the plain one in double; and where
-- nothing may be fused.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local compile = require "generator.compile"
local json = require "generator.base.json"
local pipelines = require "tests.support.pipelines"
local runner = require "tests.support.graph_runner"
local safetensors = require "tests.support.safetensors"

-- 144 rows of 131 weights: the last tile of columns stands over, and rows come in tiles of two heights.
local side, hidden, classes, batch = 12, 131, 7, 9
local model = { kind = "sequential", { kind = "flatten" }, { kind = "linear", outputs = hidden, bias = true },
                { kind = "relu" }, { kind = "linear", outputs = classes, bias = true } }

local function compiled(options, train)
  local resolved = pipelines.images { model = options.model or model, batch = batch, classes = classes, height = side,
    width = side, backends = { "c" }, optimizer = options.optimizer, isa = "x86-64-v3" }
  for key, value in pairs(train or {}) do resolved.train[key] = value end
  local made = assert(compile.compile(resolved, { graphs_only = true, real_size = options.real == "double" and 8 or 4,
    keep_gradients = options.keep_gradients }))
  return made.graphs[1], made.context.layout
end

local function ops_of(g)
  local list = {}
  for _, n in ipairs(g.nodes) do
    if n.op:find("update") then list[#list + 1] = n.path .. ":" .. n.op .. ":" .. n.phase end
  end
  return table.concat(list, " ")
end

local function numbers(count, seed, scale)
  local list, x = {}, seed
  for i = 1, count do
    x = (x * 1103515245 + 12345) % 2147483648
    list[i] = (x / 2147483648 - 0.5) * scale
  end
  return list
end

TestFuseUpdates = {}

local function compare(real, tolerance)
  local _, metadata = safetensors.read("tests/vectors/optimizers.safetensors")
  local all = assert(json.decode(metadata.cases))
  local graphs, list, most = {}, {}, 0
  for _, name in ipairs { "adagrad_all", "adam_amsgrad_weight_decay", "adamw", "rmsprop_all", "sgd", "sgd_all" } do
    local pair = { name = name, rate = all[name].learning_rate }
    for i, keep in ipairs { false, true } do
      -- one with bounded gradients
      local g, layout = compiled({ optimizer = all[name], real = real, keep_gradients = keep },
        name == "sgd_all" and { clip_gradient_value = 0.01 } or nil)
      g.name = name .. (keep and "_two" or "_one")
      local values = {}
      for j = 1, layout.count do values[j] = 0 end
      for _, t in ipairs(layout.tensors) do
        local start = numbers(t.count, #t.name * 77 + t.count, 0.2)
        for j = 1, t.count do values[t.offset + j] = t.role == "optimizer" and t.init.a or start[j] end
      end
      most, graphs[#graphs + 1] = math.max(most, layout.count), g
      pair[i] = { graph = g, values = values, count = layout.count,
                  state = { space = "state", offset = 0, shape = { layout.count }, dtype = "f32" } }
    end
    lu.assertStrContains(ops_of(pair[1].graph), "1:linear_update:update")
    lu.assertNotStrContains(ops_of(pair[2].graph), "linear_update")
    list[#list + 1] = pair
  end
  local r = runner.build { graphs = graphs, real = real, layout = { offsets = {}, count = most }, planned = true,
    isa = "x86-64-v3" }
  for step = 1, 3 do
    local requests = {}
    for _, pair in ipairs(list) do
      for i = 1, 2 do
        local values = { [pair[i].state] = pair[i].values }
        for _, t in ipairs(pair[i].graph.inputs) do
          local labels = {}
          for n = 1, batch do labels[n] = (n * step) % classes end
          values[t] = t.name == "x" and numbers(batch * side * side, step, 2) or labels
        end
        requests[#requests + 1] = { entry = pair[i].graph.name, values = values, step = step - 1,
                                    learning_rate = pair.rate }
      end
    end
    local results = r:run(requests)
    for p, pair in ipairs(list) do
      local before = pair[1].values
      for i = 1, 2 do pair[i].values = results[2 * p - 2 + i](pair[i].state) end
      lu.assertTrue(runner.difference(pair[1].values, before) > 1e-3, pair.name .. ": nothing has changed")
      local d = runner.difference(pair[1].values, pair[2].values)
      lu.assertTrue(d <= tolerance, string.format("%s is off by %g after step %d", pair.name, d, step))
    end
  end
  r:close()
end

function TestFuseUpdates.test_the_fast_kernel_makes_the_same_step() compare("float", 2e-6) end

function TestFuseUpdates.test_the_plain_kernel_makes_the_same_step() compare("double", 1e-12) end

function TestFuseUpdates.test_what_remains_of_a_group_is_updated_in_runs()
  lu.assertEquals(ops_of((compiled {})), "1:linear_update:update optimizer:optimizer_update:update")
  local g = compiled({}, { groups = { { match = { "*.bias" }, weight_decay = 0 } } })
  lu.assertEquals(ops_of(g), "1:linear_update:update optimizer.group1:optimizer_update:update "
    .. "optimizer.others:optimizer_update:update")
  local count = 0
  for _, n in ipairs(g.nodes) do
    if n.op == "optimizer_update" then count = count + n.attrs.count end
  end
  lu.assertEquals(count, hidden + hidden * classes + classes)
end

function TestFuseUpdates.test_where_gradients_are_needed_first_they_stay()
  for _, train in ipairs { { clip_gradient_norm = 1 }, { accumulate = 2 } } do
    lu.assertNotStrContains(ops_of((compiled({}, train))), "linear_update")
  end
end

function TestFuseUpdates.test_small_weights_stay_with_the_others()
  local small = { kind = "sequential", { kind = "flatten" }, { kind = "linear", outputs = classes, bias = true } }
  lu.assertEquals(ops_of((compiled { model = small })), "optimizer:optimizer_update:update")
end

os.exit(lu.LuaUnit.run())
