-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- `train.cache_backbone` from end to end: the weights are those of a training that computes the frozen
-- part in every step; a second run and another experiment read what is cached; damage is found; an
-- interrupted training goes on.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local safetensors = require("tests.support.safetensors")

local bench = e2e.new()
bench:images("images", 45, 12, 8, 3) -- batches of 8 and a tail of 5

local function spec(name, train)
  bench:write(name .. ".lua", ([[
return experiment {
  data = idx { path = "images", split = given { validation = 0.2 } },
  features = pixels { scale = 1 / 255 },
  model = sequential {
    conv2d { name = "conv", channels = 12, kernel_size = 3, padding = 1 }, batch_norm { name = "norm" }, relu {},
    conv2d { name = "second", channels = 20, kernel_size = 3, padding = 1 }, relu {},
    flatten {}, dropout { p = 0.25 }, linear { name = "hidden", outputs = 12 }, relu {},
    linear { name = "fc", outputs = 3 },
  },
  train = {
    optimizer = sgd { learning_rate = 0.05, momentum = 0.9 }, epochs = 4, batch_size = 8, seed = 7,
    freeze = { "conv", "norm", "second" }, $train
  },
}
]]):gsub("%$train", train))
  if not bench:exists(name .. ".lock") then
    lu.assertEquals(bench:build_lua("lock " .. name .. ".lua").status, 0)
  end
  return bench:build(name .. ".lua")
end

local function trained(built, arguments, environment)
  local ran = bench:exec(built, "train --json --threads 1 " .. (arguments or ""), environment)
  lu.assertEquals(ran.status, 0, ran.err)
  return ran, safetensors.read(bench:path(ran.last.weights.path))
end

-- The largest difference between two files of weights.
local function difference(a, b)
  local most = 0
  for name, tensor in pairs(a) do -- a maximum: order does not matter
    for i, value in ipairs(tensor.values) do most = math.max(most, math.abs(value - b[name].values[i])) end
  end
  return most
end

local cached = spec("cached", "cache_backbone = true")
local first

TestBackbone = {}

function TestBackbone.test_1_the_weights_are_those_of_training_without_it()
  local ran, weights = trained(cached)
  first = ran.last
  lu.assertStrContains(ran.err, "backbone: activations of 5 for 36 samples (0.2 MB) computed in ")
  lu.assertFalse(ran.last.backbone.cached)
  lu.assertEquals(ran.last.backbone.bytes, 36 * 20 * 8 * 8 * 4)
  local _, plain = trained(spec("plain", ""))
  lu.assertTrue(difference(weights, plain) < 1e-5, "the weights differ by " .. difference(weights, plain))
  lu.assertEquals(weights["conv.weight"].values, plain["conv.weight"].values)
end

function TestBackbone.test_2_plain_c_kernels_give_the_same_bytes()
  local _, weights = trained(spec("cached", 'cache_backbone = true }, target = { backends = { "c" }'))
  local _, plain = trained(spec("plain", '}, target = { backends = { "c" }'))
  lu.assertEquals(difference(weights, plain), 0)
end

function TestBackbone.test_3_a_second_run_and_another_experiment_read_the_cache()
  local ran = trained(cached, "--fresh")
  lu.assertStrContains(ran.err, "from the cache in ")
  lu.assertTrue(ran.last.backbone.cached)
  lu.assertEquals(ran.last.weights.sha256, first.weights.sha256)
  local other = trained(spec("cached", "cache_backbone = true, clip_gradient_norm = 1, accumulate = 2"))
  lu.assertTrue(other.last.backbone.cached)
  lu.assertEquals(other.last.backbone.key, first.backbone.key)
  local seeded = trained(bench:build("cached.lua", "--set train.seed=8"))
  lu.assertFalse(seeded.last.backbone.cached) -- other weights
end

function TestBackbone.test_4_a_flipped_bit_is_found()
  local path = "work/cache/backbone-" .. first.backbone.key .. "/activations.bin"
  local bytes = bench:read(path)
  lu.assertEquals(#bytes, first.backbone.bytes)
  bench:write(path, bytes:sub(1, 5000) .. string.char(bytes:byte(5001) ~ 4) .. bytes:sub(5002))
  local ran = trained(cached, "--fresh")
  lu.assertStrContains(ran.err, "backbone: the cached activations are damaged (its activations are damaged)")
  lu.assertStrContains(ran.err, " computed in ")
  lu.assertEquals(ran.last.weights.sha256, first.weights.sha256)
  lu.assertTrue(bench:read(path) == bytes)
  bench:write("work/cache/backbone-" .. first.backbone.key .. "/index.json", "{}")
  ran = trained(cached, "--fresh")
  lu.assertStrContains(ran.err, "(its index does not fit the program)")
end

function TestBackbone.test_5_an_interrupted_training_goes_on()
  local built = spec("cached", "cache_backbone = true, checkpoint = { every_steps = 1 }")
  local whole = trained(built, "--work whole")
  local long = bench:build("cached.lua", "--set train.epochs=40000")
  local function interrupted_after_an_epoch()
    local ran = bench:shell("rm -f log; ./" .. long.path .. " train --json --threads 1 --work cut 2>log & pid=$!\n"
      .. "soon 'grep -q ^epoch log'; kill -INT $pid; wait $pid; code=$?; cat log >&2; exit $code")
    lu.assertEquals(ran.status, 1, ran.err:sub(-2000))
    lu.assertEquals(ran.last.status, "interrupted")
    return ran
  end
  interrupted_after_an_epoch()
  local again = interrupted_after_an_epoch()
  lu.assertStrContains(again.err, "from the cache")
  lu.assertTrue(again.last.resumed_steps > 0)
  lu.assertEquals(whole.last.epochs, 4)
end

function TestBackbone.test_6_what_is_measured_and_said_of_it()
  lu.assertEquals(cached.summary.backbone, { after = "5", samples = 36, bytes = 36 * 1280 * 4 })
  local text = bench:build_lua(string.format("cached.lua --set 'target.isa=\"%s\"'", e2e.isa)).out
  lu.assertStrContains(text, "backbone    activations of 5 for 36 samples, 180.0 KiB on disk")
  local ran = bench:exec(cached, "bench --json --repeats 3")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertNotNil(ran.last.bench.backbone.ms)
  lu.assertNotNil(ran.last.bench.train_step.ms)
  ran = bench:exec(cached, "run --json --threads 1")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertNotNil(ran.last.metrics.test.accuracy)
end

local function refused(text, line, what)
  bench:write("wrong.lua", (bench:read("cached.lua"):gsub("freeze = .-\n", text .. "\n")))
  bench:write("wrong.lock", bench:read("cached.lock"))
  local ran = bench:build_lua("wrong.lua --set 'target.isa=\"" .. e2e.isa .. "\"'")
  lu.assertEquals(ran.status, 1, ran.out)
  lu.assertStrContains(ran.err, "wrong.lua:" .. line .. ": train.cache_backbone: " .. what)
end

function TestBackbone.test_7_mistakes_have_their_line()
  refused("cache_backbone = true", 12, "needs `train.freeze`: nothing is frozen")
  refused('freeze = "fc", cache_backbone = true', 12,
    "there is nothing to keep: conv, which reads the sample itself, is trained")
  refused('freeze = "backbone", freeze_statistics = false, cache_backbone = true', 12,
    "norm goes on averaging its statistics")
  refused('freeze = "backbone", cache_backbone = true }, augment = { flip {} }, evaluate = {', 12,
    "keeps what the frozen part gives for a sample, but `augment` makes another")
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
