-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What a spec can say about training, through the executable: groups of parameters, clipped gradients,
-- warm-up before one cycle, every loss; the same weights on one and two threads; mistakes with their
-- line.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local e2e = require "tests.support.e2e"

local bench = e2e.new()
bench:images("images", 30, 12, 8, 3)

TestTraining = {}

-- Builds and runs a spec whose `train` begins with `text`: what the run said and the bytes of the trained
-- tensors (the file's header holds the threads, among other things). The layers are wide enough for loops
-- over parameters to be shared among threads.
local function train(name, text, threads)
  bench:write(name .. ".lua", e2e.image_spec({ optimizer = text,
    model = "flatten {}, linear { outputs = 600 }, relu {}, linear { outputs = 3 }" }))
  if not bench:exists(name .. ".lock") then
    local locked = bench:build_lua("lock " .. name .. ".lua")
    lu.assertEquals(locked.status, 0, locked.err)
  end
  local built = bench:build(name .. ".lua")
  local work = name .. "-" .. threads
  local ran = bench:exec(built, string.format("run --json --work %s --threads %d", work, threads))
  lu.assertEquals(ran.status, 0, ran.err)
  local file = bench:read(work .. "/" .. built.folder .. "/weights.safetensors")
  return ran.last.metrics.test.accuracy, file:sub(9 + string.unpack("<I8", file))
end

local everything = [[sgd { learning_rate = 0.2, momentum = 0.9, dampening = 0.1, weight_decay = 1e-3 },
    groups = { { match = "vectors", weight_decay = 0 }, { match = "head", learning_rate = 0.1, momentum = 0.8 } },
    clip_gradient_norm = 1, clip_gradient_value = 0.25,
    loss = cross_entropy { label_smoothing = 0.05, class_weights = { 1, 1.5, 0.5 } },
    schedule = warmup { epochs = 1, before = one_cycle { shape = "linear", start_divisor = 2 } }]]

function TestTraining.test_groups_clipping_and_one_cycle_learn_and_do_not_depend_on_the_threads()
  local accuracy, one = train("everything", everything, 1)
  local _, two = train("everything", everything, 2)
  lu.assertTrue(#one > 4 * 600 * 67 and one == two, "the weights differ between 1 and 2 threads")
  lu.assertTrue(accuracy > 0.6, "accuracy " .. accuracy)
end

for name, text in pairs {
  huber = "rmsprop { momentum = 0.5, centered = true }, loss = huber { delta = 0.5 }",
  bce = "adagrad { learning_rate = 0.05 }, loss = binary_cross_entropy { pos_weight = { 1, 2, 1 } }",
  kl = "adamw { learning_rate = 0.02, amsgrad = true }, loss = kl_divergence { label_smoothing = 0.1 }",
} do
  TestTraining["test_learns_with_" .. name] = function()
    local accuracy = train(name, text, 1)
    lu.assertTrue(accuracy > 0.6, "accuracy " .. accuracy)
  end
end

function TestTraining.test_mistakes_that_need_the_model_or_the_data_have_their_line()
  local function message(text)
    bench:write("wrong.lua", e2e.image_spec({ optimizer = text }))
    if not bench:exists("wrong.lock") then lu.assertEquals(bench:build_lua("lock wrong.lua").status, 0) end
    local ran = bench:build_lua("wrong.lua")
    lu.assertEquals(ran.status, 1)
    return ran.err
  end
  lu.assertStrContains(message [[adam {},
    groups = { { match = "vectors", weight_decay = 0 },
      { match = "haed", eps = 1 } }]],
    'wrong.lua:7: train.groups[2].match: "haed" matches no tensor of the model; the nearest: "head"')
  lu.assertStrContains(message [[adam {},
    loss = cross_entropy {
      class_weights = { 1, 2 } }]],
    "wrong.lua:7: train.loss.class_weights: has 2 numbers, the model has 3 classes")
end

local code = lu.LuaUnit.run()
bench:remove()
os.exit(code)
