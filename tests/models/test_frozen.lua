-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- A partly frozen ResNet-18 against the reference framework: logits, loss, every gradient of what
-- trains, and that running statistics of frozen norms stay (tests/vectors/make_frozen.py).

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local compile = require "generator.compile"
local pipelines = require "tests.support.pipelines"
local runner = require "tests.support.graph_runner"
local safetensors = require "tests.support.safetensors"
local sorted = require "generator.base.sorted"

local function transpose(values, rows, columns)
  local out = {}
  for r = 1, rows do
    for c = 1, columns do out[(c - 1) * rows + r] = values[(r - 1) * columns + c] end
  end
  return out
end

local cases = {
  middle = { freeze = { "layer2", "bn1" }, gradients = 62 - 15 - 2 },
  head = { freeze = "backbone", gradients = 2 },
}

local function check(case, options)
  local network = safetensors.read("tests/vectors/models/resnet18_rgb.safetensors")
  local want = safetensors.read("tests/vectors/models/frozen.safetensors")
  local shape = network.input.shape
  local resolved = pipelines.images { model = { kind = "resnet18", width = 8, stem = "imagenet" }, batch = shape[1],
    channels = shape[2], height = shape[3], width = shape[4], isa = options.isa, backends = options.backends }
  resolved.train.freeze, resolved.train.freeze_statistics = cases[case].freeze, true
  local result, errors = compile.compile(resolved,
    { graphs_only = true, real_size = options.real == "double" and 8 or 4 })
  lu.assertNotNil(result, errors and errors[1].message)
  local g = result.graphs[1]
  local r = runner.build { graphs = { g }, real = options.real, isa = options.isa, backends = options.backends,
    layout = result.context.layout, planned = true }
  local values = {}
  for _, t in ipairs(g.inputs) do values[t] = network[t.name == "x" and "input" or t.name].values end
  for _, t in ipairs(g.state) do
    local v = network["weight." .. t.name]
    values[t] = t.state.transposed and transpose(v.values, v.shape[1], v.shape[2]) or v.values
  end
  local read = r:run({ { entry = g.name, values = values } })[1]
  local function close(what, got, wanted, tolerance)
    local d = runner.difference(got, wanted)
    lu.assertTrue(d <= tolerance, string.format("%s: %s is off by %g (allowed %g)", case, what, d, tolerance))
  end
  close("logits", read(g.outputs.logits), want[case .. ".logits"].values, options.logits)
  close("loss", read(g.outputs.loss), want[case .. ".loss"].values, options.logits)
  local compared, kept = 0, 0
  for _, t in ipairs(g.state) do
    local gradient = want[case .. ".grad." .. t.name]
    lu.assertEquals(t.role == "parameter" and not t.state.frozen, gradient ~= nil, t.name)
    if gradient then
      local list = t.state.transposed and transpose(gradient.values, gradient.shape[1], gradient.shape[2])
        or gradient.values
      close("gradient of " .. t.name, read(g.gradients[t.id]), list, options.gradients)
      compared = compared + 1
    elseif t.role == "buffer" and g.state_by_name[t.name:gsub("running_%a+$", "weight")].state.frozen then
      close(t.name, read(t), values[t], 0)
      kept = kept + 1
    end
  end
  lu.assertEquals(compared, cases[case].gradients)
  lu.assertTrue(kept > 0)
  r:close()
end

TestFrozen = {}

for _, case in ipairs(sorted.keys(cases)) do
  TestFrozen["test_" .. case .. "_double"] = function()
    check(case, { real = "double", isa = "x86-64-v3", backends = { "c" }, logits = 1e-6, gradients = 2e-6 })
  end
  TestFrozen["test_" .. case .. "_float_v3"] = function()
    check(case, { real = "float", isa = "x86-64-v3", backends = { "onednn", "openblas", "c" }, logits = 1e-4,
      gradients = 1e-3 })
  end
  if runner.have_avx512() then
    TestFrozen["test_" .. case .. "_float_v4"] = function()
      check(case, { real = "float", isa = "x86-64-v4", backends = { "onednn", "openblas", "c" }, logits = 1e-4,
        gradients = 1e-3 })
    end
  end
end

os.exit(lu.LuaUnit.run())
