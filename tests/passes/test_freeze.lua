-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What `train.freeze` leaves of a training step: no gradient, no optimizer state and no memory for what
-- is frozen, nothing at all below the lowest layer that trains, and inference's form of what cannot change.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local compile = require "generator.compile"
local pipelines = require "tests.support.pipelines"

local function compiled(options)
  options = options or {}
  options.model = options.model or { kind = "resnet18", width = 16, stem = "small" }
  options.channels, options.width, options.height = 3, 32, 32
  local resolved = pipelines.images(options)
  resolved.train.freeze, resolved.train.freeze_statistics = options.freeze, options.statistics ~= false
  return compile.compile(resolved, { graphs_only = not options.emit })
end

local function step(options)
  local result, errors = compiled(options)
  lu.assertNil(errors and errors[1] and errors[1].message)
  return result.graphs[1], result.context
end

local function ops(g, phase, paths)
  local found = {}
  for _, n in ipairs(g.nodes) do
    if (not phase or n.phase == phase) and (not paths or n.path:find(paths)) then
      found[n.op] = (found[n.op] or 0) + 1
    end
  end
  return found
end

TestFreeze = {}

function TestFreeze.test_frozen_backbone_is_inference_below_the_head()
  local g = step { freeze = "backbone" }
  local compute = ops(g, "compute")
  lu.assertEquals(compute.conv2d, 20)
  lu.assertNil(compute.batch_norm)
  lu.assertNil(compute.batch_norm_inference) -- folded
  lu.assertNil(compute.add) -- in the convolutions
  for op in pairs(ops(g)) do
    lu.assertNil(op:find("_d[xw]$") and op ~= "linear_dw" and op ~= "cross_entropy_dx" or nil, op .. " stands here")
  end
  lu.assertEquals(compute.linear_dw, 1)
  lu.assertEquals(ops(g, "prepare").fold_batch_norm, 20) -- once, not in every step
  lu.assertNil(compute.fold_batch_norm)
  lu.assertNil(ops(g, "compute", "^layer").pack_weights)
end

function TestFreeze.test_only_the_head_has_gradient_and_optimizer_memory()
  local g, context = step { freeze = "backbone" }
  lu.assertEquals(context.layout.parameters, 128 * 10 + 10)
  local optimizer, parameters = 0, 0
  for _, t in ipairs(context.layout.tensors) do
    if t.role == "optimizer" then optimizer = optimizer + t.count end
    if t.role == "parameter" then parameters = parameters + t.count end
  end
  lu.assertEquals(optimizer, 128 * 10 + 10)
  lu.assertEquals(parameters, context.layout.parameters + context.layout.frozen)
  local whole = step {}
  lu.assertTrue(g.plan.arena_bytes < 0.4 * whole.plan.arena_bytes,
    string.format("%d bytes frozen, %d whole", g.plan.arena_bytes, whole.plan.arena_bytes))
end

function TestFreeze.test_nothing_below_the_lowest_layer_that_trains()
  local g = step { freeze = { "conv1", "bn1", "layer1", "layer2" } }
  lu.assertEquals(ops(g, nil, "^layer[12]").conv2d_dw, nil)
  lu.assertEquals(ops(g, nil, "^layer[12]").conv2d_dx, nil)
  lu.assertEquals(ops(g, nil, "^conv1").conv2d_dw, nil)
  lu.assertEquals(ops(g, nil, "^layer3.0.conv1").conv2d_dx, nil) -- nobody below it asks
  lu.assertNotNil(ops(g, nil, "^layer3.0.conv1").conv2d_dw)
  lu.assertNotNil(ops(g, nil, "^layer3.0.conv2").conv2d_dx)
  lu.assertEquals(ops(g, nil, "^layer[34]").batch_norm, 10)
end

function TestFreeze.test_a_frozen_layer_in_the_middle_passes_gradients_on()
  local g = step { freeze = "layer2" }
  local frozen = ops(g, nil, "^layer2")
  lu.assertNil(frozen.conv2d_dw)
  lu.assertNil(frozen.batch_norm)
  lu.assertNil(frozen.batch_norm_dx)
  lu.assertEquals(frozen.conv2d_dx, 5)
  lu.assertNotNil(ops(g, nil, "^layer1.0.conv1").conv2d_dw)
end

function TestFreeze.test_a_frozen_norm_over_a_trained_convolution_has_an_input_gradient()
  local g = step { freeze = { "*bn1", "*bn2", "*downsample.1" } }
  lu.assertNil(ops(g).batch_norm)
  lu.assertEquals(ops(g).batch_norm_inference, 20)
  lu.assertEquals(ops(g).batch_norm_inference_dx, 20)
end

function TestFreeze.test_statistics_may_go_on()
  local g = step { freeze = "backbone", statistics = false }
  lu.assertEquals(ops(g).batch_norm, 20)
  lu.assertNil(ops(g).fold_batch_norm)
  lu.assertNil(ops(g).batch_norm_dx)
  lu.assertNil(ops(g).conv2d_dw)
end

function TestFreeze.test_a_norm_is_frozen_by_its_weight_and_bias_together()
  local g = step { freeze = { "*bn?.weight" } }
  lu.assertEquals(ops(g).batch_norm, 20)
end

function TestFreeze.test_mistakes()
  local function message(freeze)
    local result, errors = compiled { freeze = freeze }
    lu.assertNil(result)
    lu.assertEquals(errors[1].field, "train.freeze")
    return errors[1].message
  end
  lu.assertStrContains(message("layer5"), '"layer5" matches no tensor of the model; the nearest: "layer')
  lu.assertEquals(message("*"), "freezes every parameter of the model: nothing is left to train")
end

function TestFreeze.test_the_summary_counts_what_trains()
  local emitted = compiled { freeze = "backbone", emit = true }
  lu.assertEquals(emitted.summary.parameters - emitted.summary.frozen, 1290)
  lu.assertNil(compiled({ emit = true }).summary.frozen)
end

os.exit(lu.LuaUnit.run())
