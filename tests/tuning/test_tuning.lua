-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- SPEC.tune: what it chooses is taken, what it does not know is left to the rules, a wrong file is refused by name,
-- and what the word tune writes is what builds read, carry and verify.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local choices = require "generator.backends.choices"
local compile = require "generator.compile"
local graph = require "generator.graph.graph"
local json = require "generator.base.json"
local kernels = require "generator.passes.kernels"
local lower = require "generator.passes.lower_convolutions"
local ops = require "generator.ops"
local tuning = require "generator.tuning"
local convolutions = require "generator.passes.convolutions"

local conv = "conv2d 4x32x12x12 32x32x3x3 stride 1x1 padding 1x1 dilation 1x1 groups 1 training"
local conv_dw = conv:gsub("conv2d", "conv2d_dw", 1)
local product = "linear 4x64 64x48 training"

-- A convolution with its gradient by the weights, and a dense layer: all of them small.
local function graph_of(target)
  local g = graph.new("g", { registry = ops.by_name, training = true, batch = 4 })
  local x, w, dy = g:input("x", { 4, 32, 12, 12 }), g:input("w", { 32, 32, 3, 3 }), g:input("dy", { 4, 32, 12, 12 })
  g.outputs.y = g:node("conv2d", "conv", { x = x, w = w }, { padding = { 1, 1 } }).y
  g.outputs.dw = g:node("conv2d_dw", "conv", { x = x, dy = dy },
    { padding = { 1, 1 }, kernel_size = { 3, 3 }, height = 12, width = 12 }).dw
  g.outputs.z = g:node("linear", "fc", { x = g:input("a", { 4, 64 }), w = g:input("b", { 64, 48 }) }).y
  lower.run(g, target)
  convolutions.run(g, target)
  kernels.run(g, target)
  local found = {}
  for _, n in ipairs(g.nodes) do found[#found + 1] = n.op .. " " .. n.kernel.name end
  return " " .. table.concat(found, ", ") .. ","
end

local function target_of(kernel_of, more)
  local spec_target = { isa = "x86-64-v3", threads = 2, backends = { "onednn", "openblas", "c" } }
  for key, value in pairs(more or {}) do spec_target[key] = value end -- by key: order does not matter
  local target = compile.target(spec_target)
  target.choices = kernel_of
  return target
end

TestTuning = {}

function TestTuning.test_a_choice_goes_before_the_rules()
  local rules = graph_of(target_of(nil))
  lu.assertStrContains(rules, " linear vector,")
  for kernel, words in pairs { onednn = " conv2d onednn,", winograd = " winograd_conv2d vector,",
    direct = " direct_conv2d vector," } do
    lu.assertStrContains(graph_of(target_of { [conv] = kernel }), words)
  end
  for kernel, words in pairs { onednn = " conv2d_dw onednn,", winograd = " winograd_dw vector,",
    direct = " direct_dw vector,", product = " linear_dw " } do
    lu.assertStrContains(graph_of(target_of { [conv_dw] = kernel }), words)
  end
  for _, kernel in ipairs { "onednn", "openblas", "vector" } do
    lu.assertStrContains(graph_of(target_of { [product] = kernel }), " linear " .. kernel .. ",")
  end
end

function TestTuning.test_what_is_not_possible_is_left_to_the_rules()
  local only_c = { backends = { "c" } }
  lu.assertEquals(graph_of(target_of({ [conv] = "onednn", [product] = "openblas" }, only_c)),
    graph_of(target_of(nil, only_c)))
  local same = { deterministic = "threads" }
  lu.assertNotStrContains(graph_of(target_of({ [product] = "onednn", [conv_dw] = "onednn" }, same)), "linear onednn")
  lu.assertEquals(graph_of(target_of { ["linear 5x64 64x48 training"] = "openblas" }), graph_of(target_of(nil)))
end

function TestTuning.test_points_have_all_candidates()
  local g = graph.new("g", { registry = ops.by_name, batch = 1 })
  local _, deep = g:node("conv2d", "deep", { x = g:input("x", { 1, 32, 9, 9 }), w = g:input("w", { 32, 1, 3, 3 }) },
    { padding = { 1, 1 }, groups = 32 })
  lu.assertEquals(choices.candidates(deep, target_of(nil)), { "onednn", "vector" })
  local _, wide = g:node("conv2d", "wide", { x = g:input("x2", { 1, 32, 9, 9 }), w = g:input("w2", { 64, 32, 3, 3 }) })
  lu.assertEquals(choices.candidates(wide, target_of(nil)), { "direct", "onednn", "winograd" })
  lu.assertEquals(choices.candidates(wide, target_of(nil, { isa = "x86-64-v4" })),
    { "direct", "onednn", "onednn_winograd", "winograd" })
  lu.assertNil(choices.key { op = "relu", inputs = {}, outputs = {}, attrs = {} })
end

function TestTuning.test_the_fastest_is_decided_and_noise_is_not()
  local points = { a = { candidates = { "onednn", "vector" }, rule = "onednn" },
    b = { candidates = { "onednn", "vector" }, rule = "onednn" } }
  lu.assertEquals(tuning.round(points, 2), { a = "vector", b = "vector" })
  lu.assertNil(tuning.round(points, 3))
  local times = {}
  local rows = { train_step = { "a", false, "b", "b", "a" } }
  local function run(kernel, ...)
    local nodes = {}
    for i, us in ipairs { ... } do nodes[i] = { us = us } end
    lu.assertTrue(tuning.add(times, { a = kernel, b = kernel }, rows, { train_step = { nodes = nodes } }))
  end
  run("onednn", 10, 1, 4, 4, 12)
  run("vector", 5, 1, 4, 3.9, 6)
  run("vector", 5, 1, 4, 3.9, 7)
  run("vector", 500, 1, 4, 3.9, 700) -- disturbed
  lu.assertEquals(tuning.decide(points, times), {
    a = { kernel = "vector", us = { onednn = 11, vector = 6 } },
    b = { kernel = "onednn", us = { onednn = 8, vector = 7.9 } }, -- less than 3 %
  })
  local ok, why = tuning.add(times, {}, rows, { train_step = { nodes = {} } })
  lu.assertNil(ok)
  lu.assertStrContains(why, "0 nodes were measured, 5 are known")
end

function TestTuning.test_wrong_files_are_refused_by_name()
  local function refused(text)
    local value, why = tuning.choices(text, "specs/x.tune", { isa = "x86-64-v3", threads = 2 })
    lu.assertNil(value)
    return why
  end
  lu.assertStrContains(refused("{"), "specs/x.tune: is no tuning of format 1")
  lu.assertStrContains(refused('{"format": 2, "machines": {}}'), "specs/x.tune: is no tuning of format 1")
  lu.assertStrContains(refused('{"format": 1, "machines": {"m": 3}}'), "specs/x.tune: 'm' has no choices")
  lu.assertEquals(refused('{"format": 1, "machines": {"m": {"choices": {"linear 1x2 2x3": {"kernel": "mkl"}}}}}'),
    "specs/x.tune: 'linear 1x2 2x3': there is no kernel 'mkl' to choose; there are direct, onednn, onednn_winograd, "
      .. "openblas, product, vector, winograd")
  lu.assertNil(refused('{"format": 1, "machines": {}}')) -- other machines only: the rules
end

function TestTuning.test_text_is_read_back()
  local value = { format = 1, machines = { ["x86-64-v3, 2 threads"] = { cpu = 'a "CPU"', choices = {
    [product] = { kernel = "vector", us = { vector = 1.5, onednn = 2 } },
    [conv] = { kernel = "onednn", us = {} } } } } }
  local text = tuning.text(value)
  lu.assertEquals(json.decode(text).machines["x86-64-v3, 2 threads"].cpu, 'a "CPU"')
  lu.assertEquals(tuning.choices(text, "x", { isa = "x86-64-v3", threads = 2 }), { [product] = "vector",
    [conv] = "onednn" })
  lu.assertNil((tuning.choices(text, "x", { isa = "x86-64-v3", threads = 3 })))
  lu.assertEquals(tuning.text(assert(tuning.parse(text, "x"))), text)
end

os.exit(lu.LuaUnit.run())
