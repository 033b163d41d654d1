-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What the passes make of whole models: which nodes remain after fusion, that no step reorders an
-- activation, that inference carries no batch norm, that the memory plan is sound and tight.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local compile = require "generator.compile"
local graph = require "generator.graph.graph"
local pipelines = require "tests.support.pipelines"
local plan = require "generator.passes.plan"

local function graphs(options)
  local result, errors = compile.compile(pipelines.images(options), { graphs_only = true })
  lu.assertNil(errors and errors[1] and errors[1].message)
  local by_name = {}
  for _, g in ipairs(result.graphs) do by_name[g.name] = g end
  return by_name, result.context
end

local function resnet18(options)
  options = options or {}
  options.model = { kind = "resnet18", width = options.width or 64, stem = "imagenet" }
  options.width, options.height = 64, 64
  return graphs(options)
end

local function count(g)
  local ops = {}
  for _, n in ipairs(g.nodes) do ops[n.op] = (ops[n.op] or 0) + 1 end
  return ops
end

TestFusion = {}

function TestFusion.test_training_resnet18_has_no_lonely_relu_or_add()
  local ops = count(resnet18().train_step)
  lu.assertNil(ops.relu)
  lu.assertEquals(ops.batch_norm, 20)
  lu.assertEquals(ops.batch_norm_dx, 20)
  lu.assertEquals(ops.conv2d, 20)
  lu.assertEquals(ops.conv2d_dw + ops.im2col // 2, 20) -- those of tiny images are matrix products
  lu.assertEquals(ops.conv2d_dx, 19) -- nobody asks for the gradient of the images
  lu.assertEquals(ops.optimizer_update, 1)
  lu.assertEquals(ops.add, 1) -- gradients of the first block's branches meet behind the pool; the
  -- other seven sums are inside batch_norm_dx
  lu.assertNil(ops.relu_dx)
  lu.assertNil(ops.pointwise)
end

function TestFusion.test_residual_and_relu_are_inside_batch_norm()
  local fused = 0
  for _, n in ipairs(resnet18().train_step.nodes) do
    if n.op == "batch_norm" and n.inputs.residual then
      lu.assertTrue(n.attrs.relu)
      fused = fused + 1
    end
  end
  lu.assertEquals(fused, 8)
end

function TestFusion.test_inference_resnet18_is_convolutions_only()
  local g = resnet18().predict
  local compute, residual, relu = {}, 0, 0
  for _, n in ipairs(g.nodes) do
    if n.phase == "compute" then
      compute[n.op] = (compute[n.op] or 0) + 1
      if n.op == "conv2d" then
        residual = residual + (n.inputs.residual and 1 or 0)
        relu = relu + (n.attrs.relu and 1 or 0)
        lu.assertNotNil(n.inputs.b, n.path .. " has no folded bias")
      end
    end
  end
  lu.assertEquals(compute, { conv2d = 20, max_pool = 1, global_avg_pool = 1, linear = 1, softmax = 1 })
  lu.assertEquals(residual, 8)
  lu.assertEquals(relu, 17) -- all but the three projections
end

function TestFusion.test_element_wise_chains_become_one_loop()
  -- two dense layers whose ReLU gradients meet an addition
  local model = { kind = "sequential", { kind = "flatten" }, { kind = "linear", outputs = 16 },
    { kind = "add", { kind = "relu" }, { kind = "sequential", { kind = "softmax" }, { kind = "relu" } } },
    { kind = "linear", outputs = 10 } }
  local g = graphs({ model = model }).train_step
  local chains = {}
  for _, n in ipairs(g.nodes) do
    if n.op == "pointwise" then chains[#chains + 1] = n.attrs.chain end
  end
  table.sort(chains)
  lu.assertTrue(#chains >= 1, "nothing was fused")
end

function TestFusion.test_weight_gradients_of_tiny_images_are_products()
  local lowered = {}
  for _, n in ipairs(resnet18({ batch = 32 }).train_step.nodes) do
    if n.op == "linear_dw" and n.path:find("conv") then lowered[#lowered + 1] = n.path end
  end
  lu.assertEquals(lowered, { "layer4.1.conv2", "layer4.1.conv1", "layer4.0.conv2", "layer4.0.conv1",
    "layer3.1.conv2", "layer3.1.conv1", "layer3.0.conv2", "layer3.0.conv1" })
end

-- Of one, two or four input channels on AVX2 oneDNN has none: ours, or a product where the window is not for it.
function TestFusion.test_weight_gradients_of_few_channels_where_no_library_has_them()
  for _, case in ipairs { { 1, "x86-64-v3", "few_channels" }, { 3, "x86-64-v3", "onednn" },
      { 1, "x86-64-v4", "onednn" }, { 1, "x86-64-v3", "product", 2 } } do
    local target = compile.target { isa = case[2], threads = 2, backends = { "onednn", "c" } }
    local g = graph.new("g", { registry = require("generator.ops").by_name, training = true, batch = 2 })
    g.outputs.dw = g:node("conv2d_dw", "c", { x = g:input("x", { 2, case[1], 28, 28 }),
      dy = g:input("dy", { 2, 32, 28, 28 }) },
      { padding = { case[4] or 1, case[4] or 1 }, dilation = { case[4] or 1, case[4] or 1 }, kernel_size = { 3, 3 },
        height = 28, width = 28 }).dw
    require("generator.passes.lower_convolutions").run(g, target)
    require("generator.passes.kernels").run(g, target)
    local found
    for _, n in ipairs(g.nodes) do
      if n.op == "conv2d_dw" then found = n.kernel.name elseif n.op == "linear_dw" then found = "product" end
    end
    lu.assertEquals(found, case[3])
  end
end

-- AlexNet's first layer: oneDNN has no kernel for AVX2 that reads few channels through wide windows with padding and a
-- stride, but a product of plain images.
function TestFusion.test_wide_windows_on_few_channels_are_plain_where_no_kernel_takes_them()
  for _, case in ipairs { { "x86-64-v3", 11, 4, 2, "plain" }, { "x86-64-v4", 11, 4, 2, "blocked" },
      { "x86-64-v3", 7, 2, 3, "blocked" }, { "x86-64-v3", 11, 4, 0, "blocked" },
      { "x86-64-v3", 11, 1, 5, "blocked" } } do
    local isa, size, stride, padding, expected = table.unpack(case)
    local target = compile.target { isa = isa, threads = 2, backends = { "onednn", "c" } }
    local g = graph.new("g", { registry = require("generator.ops").by_name, training = true, batch = 2 })
    local y = g:node("conv2d", "c", { x = g:input("x", { 2, 3, 64, 64 }), w = g:input("w", { 64, 3, size, size }) },
      { stride = { stride, stride }, padding = { padding, padding } }).y
    require("generator.passes.kernels").run(g, target)
    lu.assertEquals(y.layout, expected, isa .. " " .. size .. "x" .. size)
  end
end

-- A ReLU's mask on the image in front of a max pool is applied to the pooled image instead; overlapping windows too.
function TestFusion.test_masks_move_behind_max_pools()
  for _, stride in ipairs { 1, 2 } do
    local by_name = graphs { model = { kind = "sequential",
      { kind = "conv2d", channels = 8, kernel_size = 3, padding = 1, stride = 1, bias = true }, { kind = "relu" },
      { kind = "max_pool", kernel_size = { 3, 3 }, stride = { stride, stride }, padding = { 1, 1 } },
      { kind = "flatten" }, { kind = "linear", outputs = 10, bias = true } }, channels = 3, width = 8, height = 8 }
    local order = {}
    for _, n in ipairs(by_name.train_step.nodes) do
      if n.op == "relu_dx" or n.op == "max_pool_dx" then
        order[#order + 1] = n.op .. " " .. (n.inputs.dy.shape[3])
      end
    end
    lu.assertEquals(order, { "relu_dx " .. 8 // stride, "max_pool_dx " .. 8 // stride })
  end
end

-- A dense block copies what is new and nothing else, keeps one image, and adds gradients on the way.
function TestFusion.test_dense_blocks_grow_in_place()
  local by_name = graphs { model = { kind = "densenet121", width = 64, growth = 32, bottleneck = 4, dropout = 0,
    stem = "imagenet" }, channels = 3, width = 64, height = 64 }
  for _, name in ipairs { "train_step", "predict" } do
    local g = by_name[name]
    local ops = count(g)
    lu.assertEquals(ops.concat_into, 58 + 4, name)
    lu.assertNil(ops.concat, name)
    lu.assertNil(ops.reorder, name)
    local images = 0
    for _, n in ipairs(g.nodes) do
      if n.op == "concat_into" then
        if n.inputs.to then lu.assertEquals(n.outputs.y.offset, n.inputs.to.offset, n.path .. " copies its block") end
        if not n.inputs.to then images = images + 1 end
      end
    end
    lu.assertEquals(images, 4)
  end
  local ops = count(by_name.train_step)
  lu.assertEquals(ops.channel_slice, 58) -- of each layer's own channels only
  lu.assertNil(ops.add)
end

TestLayout = {}

function TestLayout.test_no_activation_is_reordered_inside_a_step()
  local by_name = resnet18({ tail = 3 })
  for _, name in ipairs { "train_step", "train_step_tail", "evaluate_step", "predict" } do
    lu.assertNil(count(by_name[name]).reorder, name .. " reorders activations")
  end
end

function TestLayout.test_weights_are_packed_once_for_inference()
  for _, n in ipairs(resnet18().predict.nodes) do
    if n.op == "pack_weights" or n.op == "fold_batch_norm" then lu.assertEquals(n.phase, "prepare") end
  end
end

-- oneDNN only has its slow reference loops there.
function TestLayout.test_no_dense_convolution_over_a_block_with_channels_missing()
  local seen = 0
  for _, channels in ipairs { 6, 8, 12, 20 } do
    local by_name = graphs { width = 16, height = 16, model = { kind = "sequential",
      { kind = "conv2d", channels = channels, kernel_size = 3, padding = 1 }, { kind = "batch_norm" },
      { kind = "relu" }, { kind = "conv2d", channels = 16, kernel_size = 3, padding = 1 }, { kind = "relu" },
      { kind = "global_avg_pool" }, { kind = "linear", outputs = 10 } } }
    for _, n in ipairs(by_name.train_step.nodes) do
      local x = (n.op == "conv2d" or n.op == "conv2d_dw") and n.inputs.x
      if x and x.shape[2] == channels and n.kernel.name == "onednn" then
        lu.assertEquals(x.layout, "plain", n.op .. " over " .. channels .. " channels")
        seen = seen + 1
      end
    end
  end
  lu.assertEquals(seen, 8)
end

-- Nor is there anything but those loops between a block of channels and few channels that are plain: growth 4 of a
-- small DenseNet took 25 seconds a step.
function TestLayout.test_no_convolution_between_blocks_and_few_plain_channels()
  local seen = 0
  for _, channels in ipairs { 1, 2, 3, 4 } do
    local by_name = graphs { width = 16, height = 16, model = { kind = "sequential",
      { kind = "conv2d", channels = 16, kernel_size = 3, padding = 1 }, { kind = "relu" },
      { kind = "conv2d", channels = channels, kernel_size = 3, padding = 1 }, { kind = "relu" },
      { kind = "conv2d", channels = 16, kernel_size = 3, padding = 1 }, { kind = "relu" },
      { kind = "global_avg_pool" }, { kind = "linear", outputs = 10 } } }
    for _, n in ipairs(by_name.train_step.nodes) do
      local x, y = n.inputs.x or n.outputs.dx, n.outputs.y or n.inputs.dy
      local few = n.op:find("^conv2d") and n.kernel.name == "onednn" and x.shape[2] == 16 and y.shape[2] == channels
      if few or n.op == "conv2d_dx" and x.shape[2] == channels then
        lu.assertEquals({ x.layout, y.layout }, { "plain", "plain" }, n.op .. " of " .. channels .. " channels")
        seen = seen + 1
      end
    end
  end
  lu.assertEquals(seen, 16)
end

function TestLayout.test_plain_c_uses_plain_layouts()
  for _, t in ipairs(resnet18({ backends = { "c" } }).train_step.tensors) do lu.assertEquals(t.layout, "plain") end
end

TestPlan = {}

-- An independent check: at every node, the memory of live tensors does not overlap.
local function assert_sound(g, block)
  local first, last, by_id = {}, {}, {}
  local function touch(t, i)
    local base = graph.base(t)
    if base.space == "arena" then
      first[base.id], last[base.id], by_id[base.id] = first[base.id] or i, i, base
    end
  end
  for _, t in ipairs(g.inputs) do touch(t, 0) end
  for i, n in ipairs(g.nodes) do
    for _, t in g:ports(n, "inputs") do touch(t, i) end
    for _, t in g:ports(n, "outputs") do touch(t, i) end
  end
  for _, t in pairs(g.outputs) do touch(t, #g.nodes + 1) end -- a set: order does not matter
  local list, top = {}, 0
  for id, t in pairs(by_id) do
    list[#list + 1] = { t = t, from = t.offset, to = t.offset + plan.bytes(t, block, 4), first = first[id],
                        last = last[id] }
    top = math.max(top, list[#list].to)
  end
  for i, a in ipairs(list) do
    lu.assertEquals(a.from % 64, 0)
    for j = i + 1, #list do
      local b = list[j]
      local together = a.first <= b.last and b.first <= a.last
      -- in place: one ends at the node where the other begins
      local handed_over = a.last == b.first or b.last == a.first
      if together and not (handed_over and a.from == b.from) then
        lu.assertTrue(a.to <= b.from or b.to <= a.from,
          string.format("%s: %s and %s share memory while both are alive", g.name, a.t.name, b.t.name))
      end
    end
  end
  lu.assertEquals(g.plan.arena_bytes, top)
end

function TestPlan.test_no_two_live_tensors_overlap()
  local by_name, context = resnet18({ tail = 3 })
  for _, name in ipairs { "train_step", "train_step_tail", "evaluate_step", "predict" } do
    assert_sound(by_name[name], context.target.block)
  end
end

function TestPlan.test_in_place_residual_gradient()
  local shared = 0
  for _, n in ipairs(resnet18().train_step.nodes) do
    if n.op == "batch_norm_dx" and n.outputs.dx.offset == n.inputs.x.offset then shared = shared + 1 end
  end
  lu.assertTrue(shared >= 15, "batch norm's gradient takes the memory of its input")
end

function TestPlan.test_no_result_takes_the_place_of_what_is_read_otherwise()
  local ops = require "generator.ops"
  for _, same in ipairs { true, false } do
    local g = graph.new("g", { registry = ops.by_name, batch = 1 })
    local x = g:node("relu", "r", { x = g:input("x", { 1, 8, 4, 4 }) }).y
    local other = same and x or g:node("relu", "s", { x = g:input("z", { 1, 8, 4, 4 }) }).y
    local y = g:node("conv2d", "c", { x = x, w = g:input("w", { 8, 8, 3, 3 }), residual = other },
      { padding = { 1, 1 } }).y
    g.outputs.y = y
    plan.run(g, {}, { block = 8 })
    lu.assertEquals(y.offset == other.offset, not same)
  end
end

function TestPlan.test_plan_is_near_the_lower_bound()
  -- no plan can be below the largest sum of live bytes at one node
  local by_name = resnet18({ batch = 16 })
  local g = by_name.train_step
  local most = 0
  for i = 0, #g.nodes + 1 do
    local live = 0
    for _, r in ipairs(g.plan.placed) do
      if r.first <= i and i <= r.last then live = live + r.bytes end
    end
    most = math.max(most, live)
  end
  lu.assertTrue(g.plan.arena_bytes <= 1.1 * most,
    string.format("%d bytes planned, %d needed", g.plan.arena_bytes, most))
end

TestErrors = {}

local function error_of(model, options)
  options = options or {}
  options.model = model
  local result, errors = compile.compile(pipelines.images(options), { graphs_only = true })
  lu.assertNil(result)
  return errors[1].message
end

function TestErrors.test_wrong_number_of_outputs()
  lu.assertEquals(error_of { kind = "sequential", { kind = "flatten" }, { kind = "linear", outputs = 7 } },
    "its output is (8, 7), but 10 classes need (8, 10); end it with linear { outputs = 10 }")
end

function TestErrors.test_linear_on_images_names_the_layer()
  lu.assertEquals(error_of { kind = "sequential", { kind = "linear", outputs = 10 } },
    "0: linear expects (batch, features), found (8, 1, 28, 28); put `flatten {}` before it")
end

function TestErrors.test_branches_that_do_not_fit_name_both_shapes()
  lu.assertEquals(error_of { kind = "sequential",
      { kind = "add", name = "block", { kind = "conv2d", channels = 4, kernel_size = 3 }, { kind = "identity" } } },
    "block: add: the branches have different shapes: (8, 4, 26, 26) and (8, 1, 28, 28)")
end

function TestErrors.test_window_larger_than_the_image()
  lu.assertEquals(error_of { kind = "sequential", { kind = "max_pool", name = "pool", kernel_size = 40 } },
    "pool: max_pool: a window of 40x40 (stride 40,40, padding 0,0) does not fit the input (8, 1, 28, 28)")
end

function TestErrors.test_groups_that_do_not_divide()
  lu.assertEquals(error_of { kind = "sequential", { kind = "conv2d", channels = 4, kernel_size = 1, groups = 3 } },
    "0: conv2d: 3 groups do not divide the 1 channels of its input (8, 1, 28, 28)")
end

function TestErrors.test_batch_norm_over_one_value()
  local message = error_of({ kind = "sequential", { kind = "global_avg_pool" }, { kind = "batch_norm" },
      { kind = "linear", outputs = 10 } },
    { batch = 8, tail = 1 })
  lu.assertStrContains(message, "1: batch_norm: needs more than one value per channel, found (1, 1)")
  lu.assertStrContains(message, 'train.last_batch = "drop"')
end

function TestErrors.test_two_layers_of_one_name()
  lu.assertStrContains(error_of { kind = "sequential", { kind = "flatten" },
      { kind = "linear", name = "fc", outputs = 10 }, { kind = "linear", name = "fc", outputs = 10 } },
    "two tensors are called 'fc.weight'")
end

TestDeterminism = {}

function TestDeterminism.test_the_same_pipeline_gives_the_same_text()
  local first
  for _ = 1, 3 do
    local emitted = compile.compile(pipelines.images { model = { kind = "resnet18", width = 16, stem = "small" },
      tail = 3 })
    local parts = {}
    for i, f in ipairs(emitted.files) do parts[i] = f.name .. "\n" .. f.text end
    local text = table.concat(parts, "\n")
    first = first or text
    lu.assertTrue(first == text)
  end
end

os.exit(lu.LuaUnit.run())
