-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Transfer learning from end to end: a network is trained, another starts from its weights with a new
-- head, its backbone frozen; what is frozen stays as it was, byte for byte; and what can be wrong with
-- the file of weights.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local files = require("generator.base.files")
local safetensors = require("tests.support.safetensors")

local bench = e2e.new()
bench:images("images", 30, 9, 8, 3)
bench:images("others", 40, 12, 8, 4)

local function spec(fields)
  return ([[
return experiment {
  data = idx { path = "$path", split = given {} },
  features = pixels { scale = 1 / 255 },
  model = sequential {
    conv2d { name = "conv", channels = 8, kernel_size = 3, padding = 1 }, batch_norm { name = "norm" }, relu {},
    dropout { p = 0.25 }, global_avg_pool {}, linear { name = "hidden", outputs = 12 }, relu {},
    linear { name = "fc", outputs = $classes },
  },
  train = {
    optimizer = sgd { learning_rate = 0.05, momentum = 0.9 }, epochs = 2, batch_size = 8, seed = 7,
    $train
  },
}
]]):gsub("%$(%w+)", fields)
end

local function weights_of(ran)
  return safetensors.read(bench:path(ran.last.weights.path))
end

bench:write("source.lua", spec { path = "images", classes = "3", train = "" })
local source = bench:exec(bench:build("source.lua"), "train --json")
assert(source.status == 0, source.err)
bench:write("weights/source.safetensors", bench:read(source.last.weights.path))
local before = weights_of(source)

local function target(train)
  bench:write("target.lua", spec { path = "others", classes = "4",
    train = 'pretrained = "weights/source.safetensors", ' .. train })
end

-- Builds target.lua expecting an error that holds the parts.
local function refused(arguments, ...)
  local ran = bench:build_lua("target.lua --json --set 'target.isa=\"" .. e2e.isa .. "\"' " .. arguments)
  lu.assertEquals(ran.status, 1, ran.out)
  for _, part in ipairs { ... } do lu.assertStrContains(ran.err, part) end
end

TestTransfer = {}

function TestTransfer.test_1_a_head_of_other_classes_must_be_skipped()
  target 'freeze = "backbone",'
  refused("", "target.lua:11: train.pretrained: weights/source.safetensors does not fit the model: fc.weight is "
    .. "[3, 12] in the file, [4, 12] here, fc.bias is [3] in the file, [4] here", 'train.pretrained_skip = "head"')
end

function TestTransfer.test_2_what_is_frozen_stays_to_the_byte()
  target 'pretrained_skip = "head", freeze = "backbone",'
  local ran = bench:exec(bench:build("target.lua"), "train --json")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertStrContains(ran.err, "train: starts from weights/source.safetensors")
  local after = weights_of(ran)
  for _, name in ipairs { "conv.weight", "conv.bias", "norm.weight", "norm.bias", "norm.running_mean",
    "norm.running_var", "hidden.weight", "hidden.bias" } do
    lu.assertEquals(after[name].values, before[name].values, name)
  end
  lu.assertEquals(after["fc.weight"].shape, { 4, 12 })
end

function TestTransfer.test_3_statistics_go_on_where_the_spec_says_so()
  target 'pretrained_skip = "head", freeze = "backbone", freeze_statistics = false,'
  local after = weights_of(bench:exec(bench:build("target.lua"), "train --json"))
  lu.assertEquals(after["norm.weight"].values, before["norm.weight"].values)
  lu.assertNotEquals(after["norm.running_mean"].values, before["norm.running_mean"].values)
end

function TestTransfer.test_4_a_part_trains()
  target 'pretrained_skip = "head", freeze = { "conv", "norm" },'
  local after = weights_of(bench:exec(bench:build("target.lua"), "train --json"))
  lu.assertEquals(after["conv.weight"].values, before["conv.weight"].values)
  lu.assertNotEquals(after["hidden.weight"].values, before["hidden.weight"].values)
end

function TestTransfer.test_5_the_planned_memory_falls()
  local frozen = bench:build("target.lua").summary
  target 'pretrained_skip = "head",'
  local whole = bench:build("target.lua").summary
  lu.assertTrue(frozen.memory.train_arena_bytes < whole.memory.train_arena_bytes)
  lu.assertTrue(frozen.memory.state_bytes < whole.memory.state_bytes)
  lu.assertEquals(frozen.parameters, whole.parameters)
  lu.assertEquals(frozen.frozen, 8 * 9 + 8 + 16)
end

function TestTransfer.test_6_the_file_is_that_of_the_lock_or_training_does_not_start()
  target 'pretrained_skip = "head",'
  local built = bench:build("target.lua")
  bench:shell("mv weights/source.safetensors kept")
  local ran = bench:exec(built, "train --json --fresh")
  lu.assertEquals(ran.status, 1)
  lu.assertStrContains(ran.err, "the weights that training starts from: weights/source.safetensors: cannot open")
  local lost = bench:build("target.lua", "--set train.seed=3") -- a build needs the lock, not the file
  lu.assertTrue(lost.built)
  bench:write("weights/source.safetensors", bench:read("kept") .. "x")
  ran = bench:exec(built, "train --json --fresh")
  lu.assertEquals(ran.status, 4)
  lu.assertStrContains(ran.err, bench:sha256("weights/source.safetensors"))
  lu.assertStrContains(ran.err, bench:sha256("kept"))
  bench:shell("mv kept weights/source.safetensors")
  lu.assertEquals(bench:exec(built, "train --json --fresh").status, 0)
end

function TestTransfer.test_7_mistakes_about_the_file()
  target 'pretrained_skip = "head",'
  refused("--set train.pretrained=weights/nothing.safetensors", "--set train.pretrained",
    "the lock knows nothing of weights/nothing.safetensors; write it again with `lua build.lua lock`")
  local ran = bench:build_lua("lock target.lua --set train.pretrained=weights/nothing.safetensors")
  lu.assertEquals(ran.status, 1)
  lu.assertStrContains(ran.err, "train.pretrained: weights/nothing.safetensors: cannot open: No such file")
  bench:write("weights/bad.safetensors", ("\0"):rep(100))
  ran = bench:build_lua("lock target.lua --set train.pretrained=weights/bad.safetensors")
  lu.assertEquals(ran.status, 1)
  lu.assertStrContains(ran.err, "train.pretrained: weights/bad.safetensors: header")
  bench:write("wrong.lua", spec { path = "others", classes = "4", train = 'pretrained_skip = "head",' })
  ran = bench:build_lua("wrong.lua")
  lu.assertEquals(ran.status, 1)
  lu.assertStrContains(ran.err, "wrong.lua:11: train.pretrained_skip: says what not to take from `train.pretrained`, "
    .. "which is not given")
end

-- tests/vectors/make_pretrained.py made it of a .pth file of torchvision's, as docs/transfer.md says.
function TestTransfer.test_8_a_converted_state_dict_of_torchvision_loads()
  local file = "tests/vectors/pretrained/densenet121.safetensors"
  bench:write("weights/densenet121.safetensors", assert(files.read(file)))
  bench:images("larger", 24, 8, 32, 4)
  bench:write("densenet.lua", [[
return experiment {
  data = idx { path = "larger", split = given {} },
  features = pixels { scale = 1 / 255, channels = 3 },
  model = densenet121 { width = 4, growth = 2, bottleneck = 2 },
  train = { pretrained = "weights/densenet121.safetensors", pretrained_skip = "head", freeze = "backbone",
    cache_backbone = true, optimizer = sgd { learning_rate = 0.01 }, epochs = 1, batch_size = 8 },
}
]])
  local ran = bench:exec(bench:build("densenet.lua"), "train --json")
  lu.assertEquals(ran.status, 0, ran.err)
  local after, reference, compared = weights_of(ran), safetensors.read(file), 0
  for name, tensor in pairs(reference) do -- each compared alone: order does not matter
    if not name:find("num_batches_tracked$") and not name:find("^classifier") then
      lu.assertEquals(after[name], tensor, name)
      compared = compared + 1
    end
  end
  lu.assertEquals(compared, 604)
  lu.assertEquals(after["classifier.weight"].shape[1], 4)
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
