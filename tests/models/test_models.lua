-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Whole models through every pass, against the reference framework: logits in evaluation, loss, logits
-- and every gradient in training, running statistics; in double with plain C and in float with every
-- backend, for both instruction sets.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local compile = require "generator.compile"
local registry = require("generator.spec.registry").default()
local runner = require "tests.support.graph_runner"
local safetensors = require "tests.support.safetensors"
local sorted = require "generator.base.sorted"

local function sequential(layers)
  layers.kind = "sequential"
  return layers
end

local function vgg(kind)
  return { kind = kind, width = 2, hidden = 8, dropout = 0, stem = "imagenet", pool = 2 }
end

local models = {
  mlp = function() return { kind = "mlp", hidden = { 16 }, dropout = 0.0 } end,
  cnn = function()
    return sequential {
      { kind = "conv2d", channels = 8, kernel_size = 3, padding = 1, bias = false },
      { kind = "batch_norm" }, { kind = "relu" }, { kind = "max_pool", kernel_size = 2 },
      { kind = "conv2d", channels = 16, kernel_size = 3, padding = 1 }, { kind = "relu" },
      { kind = "max_pool", kernel_size = 2 }, { kind = "flatten" },
      { kind = "linear", outputs = 32 }, { kind = "relu" }, { kind = "linear", outputs = 10 },
    }
  end,
  dense_block = function()
    local function joined()
      return { kind = "concat", { kind = "identity" }, sequential {
        { kind = "batch_norm" }, { kind = "relu" }, { kind = "conv2d", channels = 16, kernel_size = 1, bias = false },
      } }
    end
    return sequential {
      { kind = "conv2d", channels = 16, kernel_size = 3, padding = 1, bias = false }, joined(), joined(), joined(),
      { kind = "batch_norm" }, { kind = "relu" }, { kind = "global_avg_pool" }, { kind = "flatten" },
      { kind = "linear", outputs = 10 },
    }
  end,
  resnet18_rgb = function() return { kind = "resnet18", width = 8, stem = "imagenet" } end,
  resnet18_gray = function() return { kind = "resnet18", width = 3, stem = "imagenet" } end,
  resnet50_gray = function() return { kind = "resnet50", width = 2, stem = "imagenet" } end,
  alexnet_rgb = function()
    return { kind = "alexnet", width = 4, hidden = 16, dropout = 0, stem = "imagenet", pool = 2 }
  end,
  vgg11_rgb = function() return vgg "vgg11" end,
  vgg13_bn_gray = function() return vgg "vgg13_bn" end,
  vgg16_bn_rgb = function() return vgg "vgg16_bn" end,
  vgg19_gray = function() return vgg "vgg19" end,
  densenet121_gray = function()
    return { kind = "densenet121", width = 4, growth = 2, bottleneck = 2, dropout = 0, stem = "imagenet" }
  end,
  mobilenet_v2_gray = function()
    return { kind = "mobilenet_v2", width = 0.1, expansion = 2, head = 32, dropout = 0, stem = "imagenet" }
  end,
  bert_cls = function()
    return { kind = "bert", layers = 2, hidden = 64, heads = 2, intermediate = 64, max_position = 24,
             type_vocabulary = 2, dropout = 0, pooling = "cls", eps = 1e-12 }
  end,
  bert_mean = function()
    return { kind = "bert", layers = 1, hidden = 32, heads = 2, intermediate = 40, vocabulary = 30, max_position = 9,
             type_vocabulary = 2, dropout = 0, pooling = "mean", eps = 1e-12 }
  end,
  lstm_last = function()
    return sequential { { kind = "embedding", features = 12, deviation = 1.0 },
      { kind = "lstm", outputs = 8, layers = 2, bidirectional = true, dropout = 0, gives = "last" },
      { kind = "linear", outputs = 10 } }
  end,
  lstm_max = function()
    return sequential { { kind = "embedding", features = 12, deviation = 1.0 },
      { kind = "lstm", outputs = 16, layers = 3, bidirectional = false, dropout = 0, gives = "sequence" },
      { kind = "max_over_time" }, { kind = "linear", outputs = 10 } }
  end,
  resnet34_rgb = function() return { kind = "resnet34", width = 2, stem = "imagenet" } end,
}

-- A resolved pipeline around a model, with plain SGD of rate 0: the weights stay.
local function resolved(name, vectors, isa, backends)
  local s = vectors["input"].shape
  local ids = #s == 2 and { dtype = "i32", width = s[2], predict_width = s[2], row_cells = 1, row_limit = 40 }
  if name == "bert_mean" then ids.row_limit = 30 end
  return {
    name = name, classes = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" },
    sample = ids or { channels = s[2], height = s[3], width = s[4] }, model = models[name](),
    train = { optimizer = { kind = "sgd", learning_rate = 0.1, momentum = 0.0, weight_decay = 0.0, nesterov = false },
              loss = { kind = "cross_entropy" } },
    batch = s[1], tail = 0, evaluate = { batch_size = s[1] }, predict = { batch_size = 1 },
    target = { isa = isa, threads = 2, backends = backends },
  }
end

-- Canonical (out, in) order of a matrix to the memory's (in, out), and back.
local function transpose(values, rows, columns)
  local out = {}
  for r = 1, rows do
    for c = 1, columns do out[(c - 1) * rows + r] = values[(r - 1) * columns + c] end
  end
  return out
end

local function largest(values)
  local most = 0
  for _, v in ipairs(values) do most = math.max(most, math.abs(v)) end
  return most
end

-- Where every reader of a batch norm's result is a batch norm (behind ReLU and pool, as behind DenseNet's first), the
-- loss stays the same when scale and shift grow together: scale * its gradient + shift * its gradient = 0. With a small
-- shift the gradient by the scale is then what is left of sums that cancel, and as exact as those: as the gradient by
-- the shift. How many times more than its own size may that be off? 1 where the reference's own numbers do not say so
-- (the norm's epsilon and ReLU6's bound leave a thousandth of the terms).
local function conditioned(vectors, name, values)
  local function of(kind, part) return vectors[kind .. "." .. name:gsub("weight$", part)] end
  local shift = name:find("%.weight$") and of("grad", "bias")
  if not shift or #shift.values ~= #values then return 1 end
  local scale, offset, left, terms = of("weight", "weight").values, of("weight", "bias").values, {}, {}
  for i, by_scale in ipairs(values) do
    left[i], terms[i] = scale[i] * by_scale + offset[i] * shift.values[i], scale[i] * shift.values[i]
  end
  local ratio = largest(shift.values) / largest(values)
  return largest(left) < 0.005 * largest(terms) and ratio > 10 and ratio or 1
end

local function check_model(name, options)
  local vectors = safetensors.read("tests/vectors/models/" .. name .. ".safetensors")
  local real_size = options.real == "double" and 8 or 4
  local result = compile.compile(resolved(name, vectors, options.isa, options.backends),
    { registry = registry, graphs_only = true, real_size = real_size })
  local graphs = { result.graphs[1], result.graphs[2] }
  local layout = result.context.layout
  local r = runner.build { graphs = graphs, real = options.real, isa = options.isa, backends = options.backends,
    layout = layout, planned = true, flags = options.flags }
  local requests = {}
  for i, g in ipairs(graphs) do
    local values, used = {}, 0
    for _, t in ipairs(g.inputs) do values[t] = vectors[t.name == "x" and "input" or t.name].values end
    for _, t in ipairs(g.state) do
      local v = vectors["weight." .. t.name]
      lu.assertNotNil(v, name .. " has no tensor of the reference called " .. t.name)
      values[t] = t.state.transposed and transpose(v.values, v.shape[1], v.shape[2]) or v.values
      used = used + 1
    end
    local reference = 0
    for key in pairs(vectors) do if key:find("^weight%.") then reference = reference + 1 end end
    lu.assertEquals(used, reference, name .. ": number of persistent tensors")
    requests[i] = { entry = g.name, values = values }
  end
  local results = r:run(requests)
  local train, evaluate = results[1], results[2]
  local function close(what, got, want, tolerance)
    local d = runner.difference(got, want)
    lu.assertTrue(d <= tolerance, string.format("%s: %s is off by %g (allowed %g)", name, what, d, tolerance))
  end
  close("evaluation logits", evaluate(graphs[2].outputs.logits), vectors["eval.logits"].values, options.logits)
  close("training logits", train(graphs[1].outputs.logits), vectors["train.logits"].values, options.logits)
  close("loss", train(graphs[1].outputs.loss), vectors["train.loss"].values, options.logits)
  for _, t in ipairs(graphs[1].state) do
    if t.role == "parameter" then
      local want = vectors["grad." .. t.name]
      local values = t.state.transposed and transpose(want.values, want.shape[1], want.shape[2]) or want.values
      local got = train(graphs[1].gradients[t.id])
      local weight = t.name:find("%.bias$") and vectors["grad." .. t.name:gsub("bias$", "weight")]
      if weight and largest(values) < 1e-12 then
        -- a bias before batch norm: its gradient is nought, so what is left is rounding of the layer's others
        lu.assertTrue(largest(got) <= options.gradients * largest(weight.values),
          string.format("%s: gradient of %s should vanish", name, t.name))
      else
        local times = options.real == "float" and conditioned(vectors, t.name, values) or 1
        close("gradient of " .. t.name, got, values, options.gradients * times)
      end
    else
      close(t.name, train(t), vectors["after." .. t.name].values, options.logits)
    end
  end
  r:close()
end

TestModels = {}

for _, name in ipairs(sorted.keys(models)) do
  TestModels["test_" .. name .. "_double"] = function()
    check_model(name, { real = "double", isa = "x86-64-v3", backends = { "c" }, logits = 1e-6, gradients = 2e-6,
      flags = "-O0" })
  end
  TestModels["test_" .. name .. "_float_v3"] = function()
    check_model(name, { real = "float", isa = "x86-64-v3", backends = { "onednn", "openblas", "c" }, logits = 1e-4,
      gradients = 1e-3 })
  end
  if runner.have_avx512() then
    TestModels["test_" .. name .. "_float_v4"] = function()
      check_model(name, { real = "float", isa = "x86-64-v4", backends = { "onednn", "openblas", "c" }, logits = 1e-4,
        gradients = 1e-3 })
    end
  end
end

os.exit(lu.LuaUnit.run())
