-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient checkpointing: less memory, and every gradient and running statistic the same to the bit.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local compile = require "generator.compile"
local pipelines = require "tests.support.pipelines"
local random_model = require "tests.graphs.random_model"
local runner = require "tests.support.graph_runner"

local function step(options, checkpointing)
  local pipeline = pipelines.images(options)
  pipeline.train.gradient_checkpointing = checkpointing
  local result, errors = compile.compile(pipeline, { graphs_only = true })
  lu.assertNil(errors and errors[1] and errors[1].message)
  return result.graphs[1], result.context
end

local function options(model, batch)
  return { model = model, batch = batch or 4, width = 32, height = 32, channels = 3, isa = "x86-64-v3" }
end

local models = {
  resnet18 = { kind = "resnet18", width = 16, stem = "imagenet" },
  with_dropout = { kind = "sequential",
    { kind = "conv2d", channels = 8, kernel_size = 3, padding = 1 }, { kind = "batch_norm" }, { kind = "relu" },
    { kind = "dropout", p = 0.3 },
    { kind = "conv2d", channels = 8, kernel_size = 3, padding = 1 }, { kind = "relu" },
    { kind = "max_pool", kernel_size = 2 }, { kind = "dropout", p = 0.3 },
    { kind = "conv2d", channels = 8, kernel_size = 3, padding = 1 }, { kind = "relu" },
    { kind = "flatten" }, { kind = "linear", outputs = 10 } },
}

TestCheckpoint = {}

-- Runs both forms on the same values and compares everything that a step leaves behind.
local function same_bits(model)
  local lists = {}
  for i, how in ipairs { "none", "blocks" } do
    local g, context = step(options(model), how)
    local r = runner.build { graphs = { g }, real = "float", isa = "x86-64-v3", layout = context.layout,
      backends = { "onednn", "openblas", "c" }, planned = true }
    local values = {}
    for _, list in ipairs { g.inputs, g.state } do
      for _, t in ipairs(list) do
        local pick, numbers = random_model.pick(#t.name * 7 + #t.shape), {}
        local count = 1
        for _, size in ipairs(t.shape) do count = count * size end
        for n = 1, count do
          numbers[n] = t.dtype == "i32" and pick:int(0, 9) or (pick:bits() / 2 ^ 53 - 0.4) * 0.2
        end
        values[t] = numbers
      end
    end
    local result = r:run { { entry = g.name, values = values, seed = 3, step = 5, learning_rate = 0.1 } }[1]
    lists[i] = { loss = result(g.outputs.loss) }
    for _, t in ipairs(g.state) do lists[i][t.name] = result(t) end
    r:close()
  end
  for what, values in pairs(lists[1]) do -- each compared alone: order does not matter
    for i, v in ipairs(values) do
      if lists[2][what][i] ~= v then
        lu.fail(string.format("%s[%d] is %.9g, without checkpointing %.9g", what, i, lists[2][what][i], v))
      end
    end
  end
end

for name, model in pairs(models) do -- tests are sorted by name
  TestCheckpoint["test_same_bits_" .. name] = function() same_bits(model) end
end

function TestCheckpoint.test_needs_less_memory()
  local model = { kind = "resnet18", width = 16, stem = "small" }
  local without = step(options(model, 16), "none")
  local g = step(options(model, 16), "blocks")
  lu.assertTrue(g.plan.arena_bytes < 0.6 * without.plan.arena_bytes,
    g.plan.arena_bytes .. " of " .. without.plan.arena_bytes)
  lu.assertEquals(g.checkpointed.whole_bytes, without.plan.arena_bytes)
  lu.assertTrue(g.checkpointed.blocks > 2)
  lu.assertTrue(g.checkpointed.flops > 0)
  lu.assertNil(without.checkpointed)
end

function TestCheckpoint.test_running_statistics_move_once()
  local g = step(options({ kind = "resnet18", width = 16, stem = "small" }, 16), "blocks")
  local moves, again = 0, 0
  for _, n in ipairs(g.nodes) do
    if n.op == "batch_norm" then
      if n.inputs.running_mean then moves = moves + 1 else again = again + 1 end
    end
  end
  lu.assertEquals(moves, 20)
  lu.assertTrue(again > 10)
end

os.exit(lu.LuaUnit.run())
