-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- `train.cache_backbone` on graphs: where a training step is cut, what is on either side, what cannot be
-- cut; what the key of the cached activations depends on.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local compile = require "generator.compile"
local pipelines = require "tests.support.pipelines"

local function layer(kind, fields)
  fields = fields or {}
  fields.kind = kind
  return fields
end

local function compiled(options)
  options.channels, options.width, options.height = 3, 32, 32
  options.model = options.model or layer("resnet18", { width = 16, stem = "small" })
  local resolved = pipelines.images(options)
  local train = resolved.train
  train.freeze, train.freeze_statistics = options.freeze, options.statistics ~= false
  train.cache_backbone = true
  for name, value in pairs(options.train or {}) do train[name] = value end -- by name: order does not matter
  return compile.compile(resolved, { graphs_only = not options.emit })
end

local function graphs(options)
  local result, errors = compiled(options)
  lu.assertNil(errors and errors[1] and errors[1].message)
  local by_name = {}
  for _, g in ipairs(result.graphs) do by_name[g.name] = g end
  return by_name
end

local function count(g, op)
  local found = 0
  for _, n in ipairs(g.nodes) do found = found + (n.op == op and 1 or 0) end
  return found
end

local function refused(options)
  local result, errors = compiled(options)
  lu.assertNil(result)
  lu.assertEquals(errors[1].field, "train.cache_backbone")
  return errors[1].message
end

TestCut = {}

function TestCut.test_the_step_is_the_head_alone()
  local by = graphs { freeze = "backbone", tail = 3 }
  lu.assertEquals(by.train_step.inputs[2].shape, { 8, 128 })
  lu.assertEquals(by.train_step_tail.inputs[2].shape, { 3, 128 })
  lu.assertEquals(count(by.train_step, "conv2d"), 0)
  lu.assertEquals(count(by.train_step, "linear"), 1)
  lu.assertEquals(count(by.train_step, "linear_dw"), 1)
  lu.assertEquals(count(by.backbone, "conv2d"), 20)
  lu.assertEquals(count(by.backbone, "add"), 0) -- inference: in the convolutions
  lu.assertEquals(count(by.backbone, "linear"), 0)
  lu.assertEquals(by.backbone.outputs.activation.shape, { 8, 128 })
  lu.assertNil(by.backbone.outputs.logits)
  lu.assertEquals(count(by.evaluate_step, "conv2d"), 20) -- whole, as ever
end

function TestCut.test_an_image_can_cross()
  local by = graphs { freeze = { "conv1", "bn1", "layer1", "layer2" } }
  lu.assertEquals(by.train_step.inputs[2].shape, { 8, 32, 16, 16 })
  lu.assertEquals(by.backbone.outputs.activation.layout, "plain")
  lu.assertEquals(by.backbone.cut.values, 32 * 16 * 16)
  lu.assertEquals(count(by.backbone, "conv2d"), 10)
  lu.assertEquals(count(by.train_step, "batch_norm"), 10)
end

function TestCut.test_the_cut_lies_before_a_dropout()
  local by = graphs { freeze = "backbone", model = layer("alexnet", { stem = "small", width = 8, hidden = 16,
    dropout = 0.5 }) }
  lu.assertEquals(count(by.train_step, "dropout"), 2)
  lu.assertEquals(count(by.train_step, "linear"), 3)
  lu.assertEquals(count(by.train_step, "linear_dw"), 1)
  lu.assertEquals(count(by.backbone, "linear"), 0)
  lu.assertEquals(count(by.backbone, "conv2d"), 5)
end

function TestCut.test_bf16_crosses_as_floats()
  local by = graphs { freeze = "backbone", isa = "x86-64-v4-bf16", train = { precision = "bf16" } }
  lu.assertEquals(by.backbone.outputs.activation.dtype, "f32")
  lu.assertEquals(by.train_step.inputs[2].dtype, "f32")
end

function TestCut.test_groups_and_gathering_and_clipping_work_on_what_is_left()
  local by = graphs { freeze = { "conv1", "bn1", "layer1", "layer2", "layer3" }, train = { accumulate = 2,
    clip_gradient_norm = 1, groups = { { match = "head", learning_rate = 0.5 } } } }
  lu.assertEquals(count(by.train_step, "gather_gradients"), 1)
  lu.assertEquals(count(by.train_step, "gradient_norm"), 1)
  lu.assertEquals(count(by.train_step, "optimizer_update"), 2)
end

function TestCut.test_what_cannot_be_cut()
  lu.assertEquals(refused { freeze = "fc" },
    "there is nothing to keep: conv1, which reads the sample itself, is trained")
  lu.assertEquals(refused { freeze = "backbone", statistics = false }, "bn1 goes on averaging its statistics and "
    .. "normalises with the batch (train.freeze_statistics = false): what it gives for a sample is another in every "
    .. "step")
  lu.assertStrContains(refused { freeze = { "conv1", "bn1", "layer1", "layer2.0.conv1", "layer2.0.bn1" } },
    "more than one activation goes from the frozen part into what is trained: those of ")
  lu.assertEquals(refused { freeze = "0", model = layer("sequential", { layer("dropout", { p = 0.5 }),
      layer("flatten"), layer("linear", { name = "0", outputs = 20, bias = true }),
      layer("linear", { outputs = 10, bias = true }) }) },
    "there is nothing to keep: 0, which reads the sample itself, draws by chance")
end

-- The key of the cached activations in program.c.
local function key(options)
  options.emit, options.freeze = true, options.freeze or "backbone"
  local emitted, errors = compiled(options)
  lu.assertNil(errors and errors[1] and errors[1].message)
  lu.assertEquals(emitted.summary.backbone.samples, 80)
  for _, file in ipairs(emitted.files) do
    if file.name == "program.c" then return file.text:match('%.path = "[^"]*",\n%s*%.key = "(%x+)"') end
  end
end

function TestCut.test_experiments_that_differ_behind_the_cut_share_a_key()
  local plain = key {}
  lu.assertEquals(#plain, 64)
  lu.assertEquals(key { classes = 7 }, plain)
  lu.assertEquals(key { optimizer = { kind = "adam", learning_rate = 0.1, beta1 = 0.9, beta2 = 0.99, eps = 1e-8,
    weight_decay = 0.0, amsgrad = false } }, plain)
  lu.assertNotEquals(key { model = layer("resnet18", { width = 8, stem = "small" }) }, plain)
  lu.assertNotEquals(key { isa = "x86-64-v3" }, plain)
  lu.assertNotEquals(key { freeze = { "conv1", "bn1", "layer1" } }, plain)
end

os.exit(lu.LuaUnit.run())
