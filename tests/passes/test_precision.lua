-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What the precision pass makes of whole models: what is stored as bf16 and what never is, where casts
-- remain, that nothing is different in fp32, that every model of the house compiles.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local compile = require "generator.compile"
local pipelines = require "tests.support.pipelines"

local function graphs(options)
  options.isa = options.isa or "x86-64-v4-amx"
  options.width, options.height = options.size or 64, options.size or 64
  local r = pipelines.images(options)
  r.train.precision = options.precision or "bf16"
  local result, errors = compile.compile(r, { graphs_only = true })
  lu.assertNil(errors and errors[1] and errors[1].message)
  local by_name = {}
  for _, g in ipairs(result.graphs) do by_name[g.name] = g end
  return by_name
end

local function resnet18(options)
  options = options or {}
  options.model, options.channels = { kind = "resnet18", width = 64, stem = "imagenet" }, 3
  return graphs(options)
end

-- Counts of ops; every tensor of the nodes is given to `look`.
local function survey(g, look)
  local ops = {}
  for _, n in ipairs(g.nodes) do
    ops[n.op] = (ops[n.op] or 0) + 1
    for _, which in ipairs { "inputs", "outputs" } do
      for port, t in g:ports(n, which) do look(n, port, t, which) end
    end
  end
  return ops
end

TestPrecision = {}

function TestPrecision.test_fp32_has_no_trace_of_it()
  for _, isa in ipairs { "x86-64-v4", "x86-64-v4-amx" } do
    for _, g in pairs(resnet18 { precision = "fp32", isa = isa }) do -- each alone: order does not matter
      local ops = survey(g, function(_, _, t)
        lu.assertNotEquals(t.dtype, "bf16")
        lu.assertNotEquals(t.layout, "channels_last")
      end)
      lu.assertNil(ops.cast)
    end
  end
end

function TestPrecision.test_images_are_bf16_and_the_rest_is_not()
  local g = resnet18().train_step
  local ops = survey(g, function(n, port, t)
    if t.space == "state" or t.role == "gradient" or t.role == "label" or n.op == "cross_entropy" then
      lu.assertNotEquals(t.dtype, "bf16", n.path .. " " .. port)
    elseif #t.shape == 4 and t.role == "activation" and t.dtype ~= "u8" then
      lu.assertEquals(t.dtype, "bf16", n.path .. " " .. n.op .. " " .. port)
      lu.assertEquals(t.layout, "channels_last", n.path .. " " .. n.op .. " " .. port)
    end
  end)
  lu.assertEquals(ops.cast, 1) -- of the input: weights are rounded when they are packed
  lu.assertNil(ops.reorder)
  lu.assertNil(ops.im2col)
  lu.assertEquals(g.outputs.logits.dtype, "f32")
end

function TestPrecision.test_inference()
  local g = resnet18().predict
  local ops = survey(g, function(n, port, t)
    if n.op == "conv2d" and (port == "x" or port == "y" or port == "residual") then lu.assertEquals(t.dtype, "bf16") end
    if n.op == "softmax" or n.op == "fold_batch_norm" then lu.assertEquals(t.dtype, "f32") end
  end)
  lu.assertEquals(ops.cast, 1)
  lu.assertNil(ops.reorder)
end

function TestPrecision.test_it_takes_about_half_the_memory()
  local narrow = resnet18({ batch = 32 }).train_step
  local whole = resnet18({ batch = 32, precision = "fp32" }).train_step
  local parameters = 4 * narrow.parameters -- their gradients are as large as ever
  lu.assertTrue(narrow.plan.arena_bytes - parameters < 0.6 * (whole.plan.arena_bytes - parameters))
end

-- Without kernels for bf16 the same tensors are rounded: the others get casts around them.
function TestPrecision.test_plain_c_rounds_the_same_tensors()
  local model = { kind = "resnet18", width = 8, stem = "imagenet" }
  local g = graphs({ model = model, channels = 3, backends = { "c" } }).train_step
  local fast = graphs({ model = model, channels = 3 }).train_step
  local function rounded(of)
    local names = {}
    survey(of, function(_, _, t, which)
      if which == "outputs" and t.dtype == "bf16" then names[#names + 1] = t.name:gsub("%.cast.*", "") end
    end)
    local set = {}
    for _, name in ipairs(names) do set[name] = true end
    return set
  end
  local plain = rounded(g)
  for name in pairs(rounded(fast)) do -- each alone: order does not matter
    lu.assertTrue(plain[name], name)
  end
end

function TestPrecision.test_large_products_are_bf16_and_small_ones_are_not()
  local function products(outputs)
    local g = graphs({ batch = 64, channels = 3, model = { kind = "sequential",
      { kind = "conv2d", channels = 16, kernel_size = 3 }, { kind = "flatten" },
      { kind = "linear", outputs = outputs }, { kind = "relu" }, { kind = "linear", outputs = 10 } } }).train_step
    local types = {}
    for _, n in ipairs(g.nodes) do
      if n.op == "linear" then types[#types + 1] = n.outputs.y.dtype end
      if n.op == "linear_dw" then lu.assertEquals(n.outputs.dw.dtype, "f32") end
    end
    return types
  end
  lu.assertEquals(products(256), { "bf16", "f32" })
  lu.assertEquals(products(4), { "f32", "f32" })
end

function TestPrecision.test_every_model_compiles()
  local list = {
    { kind = "mlp", hidden = { 16 }, dropout = 0.1 }, { kind = "resnet50", width = 8, stem = "imagenet" },
    { kind = "densenet121" }, { kind = "mobilenet_v2" }, { kind = "vgg11" }, { kind = "alexnet" },
  }
  local registry = require("generator.spec.registry").default()
  for _, model in ipairs(list) do
    lu.assertNotNil(registry.kinds[model.kind], model.kind)
    for _, field in ipairs(registry.kinds[model.kind].module.fields or {}) do
      if model[field.name] == nil and type(field.default) ~= "function" then model[field.name] = field.default end
    end
    for _, backends in ipairs { { "onednn", "openblas", "c" }, { "c" } } do
      graphs { model = model, channels = 3, batch = 2, backends = backends, size = 64 }
    end
  end
end

os.exit(lu.LuaUnit.run())
