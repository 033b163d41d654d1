-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- A hundred random models against the plain definition, and that the comparison finds what is wrong.
-- More of them: tests/graphs/fuzz.lua.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local compare = require "tests.graphs.compare"
local random_model = require "tests.graphs.random_model"
local registry = require("generator.spec.registry").default()
local shrink = require "tests.graphs.shrink"

TestGraphs = {}

for decade = 0, 9 do
  TestGraphs[string.format("test_%02d", decade)] = function()
    for seed = decade * 10 + 1, decade * 10 + 10 do
      local case = random_model.make(seed, registry)
      local problem = compare.problem(case, registry)
      lu.assertNil(problem, string.format("seed %d: %s\n%s", seed, tostring(problem), random_model.text(case.model)))
    end
  end
end

function TestGraphs.test_every_layer_is_drawn()
  local seen = {}
  local function look(layer)
    seen[layer.kind] = true
    for _, child in ipairs(layer) do look(child) end
  end
  for seed = 1, 400 do look(random_model.make(seed, registry).model) end
  for _, kind in ipairs(random_model.kinds(registry)) do
    lu.assertTrue(seen[kind] or false, kind .. " is never drawn")
  end
  lu.assertTrue(seen.add and seen.concat)
end

function TestGraphs.test_the_same_seed_is_the_same_model()
  for seed = 1, 20 do
    lu.assertEquals(random_model.make(seed, registry), random_model.make(seed, registry))
  end
end

-- A pass that changes what is computed: here fusing loses the eps of a batch norm.
function TestGraphs.test_finds_a_wrong_pass()
  local fuse = require "generator.passes.fuse"
  local right = fuse.run
  fuse.run = function(g)
    right(g)
    for _, n in ipairs(g.nodes) do
      if n.op == "batch_norm" then n.attrs.eps = 0.5 end
    end
  end
  local problem = compare.problem({ seed = 1, batch = 3, channels = 2, height = 3, width = 3, classes = 2,
    model = { kind = "sequential", { kind = "batch_norm" }, { kind = "flatten" }, { kind = "linear", outputs = 2 } } },
    registry)
  fuse.run = right
  lu.assertStrContains(problem or "", "passes: ")
end

-- What fails is where a convolution stands before a ReLU; the smallest such model has nothing else.
function TestGraphs.test_shrinks()
  local function fails(case)
    for i, layer in ipairs(case.model) do
      local after = case.model[i + 1]
      if layer.kind == "conv2d" and after and after.kind == "relu" then return "wrong" end
    end
  end
  local case = { seed = 1, batch = 4, channels = 8, height = 9, width = 7, classes = 3, model = {
    kind = "sequential", { kind = "batch_norm" }, { kind = "conv2d", channels = 16, kernel_size = 3, padding = 1 },
    { kind = "relu" }, { kind = "add", { kind = "identity" }, { kind = "relu" } }, { kind = "flatten" },
    { kind = "linear", outputs = 3 } } }
  local small, why = shrink.smallest(case, fails)
  lu.assertEquals(why, "wrong")
  lu.assertEquals(#small.model, 2)
  lu.assertEquals(small.model[1], { kind = "conv2d", channels = 1, kernel_size = 1, padding = 0 })
  lu.assertEquals({ small.batch, small.channels, small.height, small.width }, { 2, 1, 1, 1 })
end

os.exit(lu.LuaUnit.run())
