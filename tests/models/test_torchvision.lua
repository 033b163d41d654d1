-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The model zoo beside torchvision's: at full width every tensor has its name, place, shape and
-- distribution of first values, so that state dicts convert by name; what parameters of a model change;
-- and what a spec hears of an image that is too small.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local compile = require "generator.compile"
local files = require "generator.base.files"
local json = require "generator.base.json"
local pipelines = require "tests.support.pipelines"
local registry = require("generator.spec.registry").default()
local sorted = require "generator.base.sorted"

local reference = json.decode(files.read("tests/vectors/state_dicts.json"))

-- A model with every field's default, as the spec makes it.
local function model(kind, fields)
  local m = { kind = kind }
  for _, f in ipairs(registry.kinds[kind].fields) do m[f.name] = f.default end
  for name, value in pairs(fields or {}) do m[name] = value end -- copied by key: order does not matter
  return m
end

-- The graph of a training step before any pass, or the error a spec's author sees.
local function built(m, options)
  options.model, options.batch = m, options.batch or 2
  local graph
  local _, errors = compile.compile(pipelines.images(options), { stop_after = "build", trace = function(g)
    if g.name == "train_step" then graph = g end
  end })
  return graph, errors and errors[1].message
end

-- Mean and standard deviation of a distribution.
local function moments(init)
  if init.kind == "constant" then return init.a, 0 end
  if init.kind == "uniform" then return (init.a + init.b) / 2, (init.b - init.a) / math.sqrt(12) end
  return init.a, init.b
end

TestTorchvision = {}

for _, name in ipairs(sorted.keys(reference)) do
  TestTorchvision["test_" .. name] = function()
    local g, message = built(model(name), { channels = 3, height = 224, width = 224 })
    lu.assertNil(message)
    local want = reference[name]
    for i, t in ipairs(g.state) do
      local w = want[i] or {}
      lu.assertEquals(t.name, w[1], name .. ": tensor " .. i)
      local shape = t.state.transposed and { t.shape[2], t.shape[1] } or t.shape
      lu.assertEquals(shape, { table.unpack(w[2]) }, t.name)
      local count, mean, deviation = t.state.count, moments(t.state.init)
      -- five standard errors of what was measured on one draw
      lu.assertAlmostEquals(deviation, w[4], 5 * deviation / math.sqrt(2 * count) + 1e-4 * deviation, t.name)
      lu.assertAlmostEquals(mean, w[3], 5 * deviation / math.sqrt(count) + 1e-9, t.name)
    end
    lu.assertEquals(#g.state, #want)
  end
end

TestFlops = {}

-- Billions of multiply-adds as torchvision publishes them with its weights (`_ops`), for 1000 classes.
function TestFlops.test_the_bench_counts_what_torchvision_does()
  local flops = require "bench.flops"
  for name, want in pairs { alexnet = 0.714, densenet121 = 2.834, mobilenet_v2 = 0.301, resnet34 = 3.664,
                            resnet50 = 4.089, vgg16 = 15.47, resnet18 = 1.814 } do -- any order
    local m = { model = name, channels = 3, size = 224, classes = 1000, width = name == "resnet18" and 64 or nil }
    lu.assertAlmostEquals(flops[name](m, false) / 2e9, want, 0.01 * want, name)
    lu.assertTrue(flops[name](m, true) < 3 * flops[name](m, false))
  end
end

TestParameters = {}

local function shape_of(g, name)
  local t = g.state_by_name[name] or error("no tensor " .. name)
  return t.state.transposed and { t.shape[2], t.shape[1] } or t.shape
end

function TestParameters.test_width_hidden_and_pool_of_vgg_and_alexnet()
  local g = built(model("vgg16_bn", { width = 16, hidden = 96, pool = 2 }), { channels = 1, height = 64, width = 64 })
  lu.assertEquals(shape_of(g, "features.0.weight"), { 16, 1, 3, 3 })
  lu.assertEquals(shape_of(g, "features.40.weight"), { 128, 128, 3, 3 })
  lu.assertEquals(shape_of(g, "classifier.0.weight"), { 96, 512 })
  lu.assertEquals(shape_of(g, "classifier.6.weight"), { 10, 96 })
  g = built(model("alexnet", { width = 16, hidden = 32 }), { channels = 1, height = 96, width = 64 })
  lu.assertEquals(shape_of(g, "features.6.weight"), { 96, 48, 3, 3 })
  lu.assertEquals(shape_of(g, "classifier.1.weight"), { 32, 64 * 36 })
end

function TestParameters.test_growth_of_densenet()
  local g = built(model("densenet121", { growth = 12, width = 24, bottleneck = 2 }), { height = 64, width = 64 })
  lu.assertEquals(shape_of(g, "features.conv0.weight"), { 24, 1, 7, 7 })
  lu.assertEquals(shape_of(g, "features.denseblock1.denselayer2.conv1.weight"), { 24, 36, 1, 1 })
  lu.assertEquals(shape_of(g, "features.denseblock1.denselayer2.conv2.weight"), { 12, 24, 3, 3 })
end

function TestParameters.test_mobilenet_rounds_channels_as_torchvision()
  local g = built(model("mobilenet_v2", { width = 0.75 }), { height = 64, width = 64 })
  lu.assertEquals(shape_of(g, "features.0.0.weight"), { 24, 1, 3, 3 })
  lu.assertEquals(shape_of(g, "features.2.conv.2.weight"), { 24, 96, 1, 1 }) -- 18 would be a tenth too few
  lu.assertEquals(shape_of(g, "features.18.0.weight"), { 1280, 240, 1, 1 })
  g = built(model("mobilenet_v2", { width = 1.4 }), { height = 64, width = 64 })
  lu.assertEquals(shape_of(g, "features.18.0.weight"), { 1792, 448, 1, 1 })
end

function TestParameters.test_small_stems_take_small_images()
  for _, kind in ipairs { "alexnet", "vgg11", "vgg19_bn", "densenet121", "resnet50", "mobilenet_v2" } do
    for _, size in ipairs { 28, 32, 64 } do
      local _, message = built(model(kind, { stem = "small" }), { height = size, width = size })
      lu.assertNil(message, kind)
    end
  end
end

TestDropout = {}

local function count(g, op)
  local n = 0
  for _, node in ipairs(g.nodes) do n = n + (node.op == op and 1 or 0) end
  return n
end

function TestDropout.test_where_the_papers_have_it()
  local size = { height = 64, width = 64 }
  for kind, want in pairs { alexnet = 2, vgg11 = 2, vgg16_bn = 2, mobilenet_v2 = 1, densenet121 = 0 } do -- any order
    lu.assertEquals(count(built(model(kind), size), "dropout"), want, kind)
    lu.assertEquals(count(built(model(kind, { dropout = 0 }), size), "dropout"), 0, kind)
  end
  local g = built(model("densenet121", { dropout = 0.2 }), size)
  lu.assertEquals(count(g, "dropout"), 58)
  for _, n in ipairs(g.nodes) do
    if n.op == "dropout" then lu.assertEquals(n.attrs.p, 0.2) end
  end
end

function TestDropout.test_none_in_inference()
  local result = compile.compile(pipelines.images { model = model("alexnet", { width = 4, hidden = 8 }), height = 64,
    width = 64 }, { graphs_only = true })
  for _, g in ipairs(result.graphs) do lu.assertEquals(count(g, "dropout") > 0, g.training or false, g.name) end
end

TestTooSmall = {}

local function refusal(kind, size, fields)
  local _, message = built(model(kind, fields), { height = size, width = size })
  return message
end

function TestTooSmall.test_the_layer_and_the_shapes_are_named()
  lu.assertEquals(refusal("alexnet", 32),
    "features.12: max_pool: a window of 3x3 (stride 2,2, padding 0,0) does not fit the input (2, 256, 1, 1)")
  lu.assertEquals(refusal("vgg16", 28),
    "features.30: max_pool: a window of 2x2 (stride 2,2, padding 0,0) does not fit the input (2, 512, 1, 1)")
  lu.assertEquals(refusal("densenet121", 28),
    "features.transition3.pool: avg_pool: a window of 2x2 (stride 2,2, padding 0,0) does not fit the input "
      .. "(2, 512, 1, 1)")
  lu.assertEquals(refusal("alexnet", 4, { stem = "small" }),
    "features.5: max_pool: a window of 3x3 (stride 2,2, padding 0,0) does not fit the input (2, 192, 1, 1)")
end

function TestTooSmall.test_the_documented_sizes_are_the_smallest()
  for _, case in ipairs { { "alexnet", "imagenet", 63 }, { "alexnet", "small", 15 }, { "vgg11", "imagenet", 32 },
                          { "vgg11", "small", 16 }, { "densenet121", "imagenet", 29 },
                          { "densenet121", "small", 8 } } do
    lu.assertNil(refusal(case[1], case[3], { stem = case[2] }), table.concat(case, " "))
    lu.assertNotNil(refusal(case[1], case[3] - 1, { stem = case[2] }), table.concat(case, " "))
  end
end

os.exit(lu.LuaUnit.run())
