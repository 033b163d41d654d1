-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- An experiment in bf16, end to end: it learns what it learns in fp32, two runs give the same weights
-- byte for byte, which are float32 in the file and load in the fp32 executable; a step that runs away
-- is found in tensors of bf16 too. Where the CPU lacks the instructions the executable says so with 5.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local files = require("generator.base.files")
local isas = require("generator.isas")
local runtime = require("generator.toolchain.runtime")

local best = runtime.isa_here("x86-64-v4-amx")
local target = isas.by_name[best].bf16 and best or "x86-64-v4-amx"

local bench = e2e.new()
bench:images("images", 30, 12, 12, 3)
bench:write("bricks.lua", e2e.image_spec {
  model = "conv2d { channels = 20, kernel_size = 3, padding = 1, bias = false }, batch_norm {}, relu {}, "
    .. "max_pool { kernel_size = 3, stride = 2, padding = 1 }, add { sequential { conv2d { channels = 20, "
    .. "kernel_size = 3, padding = 1 }, batch_norm {} }, identity {} }, relu {}, global_avg_pool {}, "
    .. "dropout { p = 0.1 }, linear { outputs = 3 }",
  optimizer = "sgd { learning_rate = 0.1, momentum = 0.9 }", backends = '{ "onednn", "openblas", "c" }',
})

local function build(more)
  return bench:build("bricks.lua", string.format("--set 'target.isa=\"%s\"' %s", target, more or ""))
end

TestPrecision = {}

function TestPrecision.test_a_cpu_without_it_is_told()
  if target == best then lu.skip("this CPU has bf16") end
  local ran = bench:exec(build "--set train.precision=bf16", "run")
  lu.assertEquals(ran.status, 5, ran.err)
  lu.assertStrContains(ran.err, "this executable needs a CPU with x86-64-v4-amx")
end

function TestPrecision.test_it_learns_and_repeats()
  if target ~= best then lu.skip("this CPU has no bf16") end
  local narrow, whole = build "--set train.precision=bf16 --set train.epochs=12", build "--set train.epochs=12"
  lu.assertNotEquals(narrow.stamp, whole.stamp)
  local digests, accuracy = {}, {}
  for i, work in ipairs { "one", "two" } do
    local ran = bench:exec(narrow, "run --json --quiet --work " .. work)
    lu.assertEquals(ran.status, 0, ran.err)
    accuracy[i] = ran.last.metrics.test.accuracy
    for _, path in ipairs(bench:list(work)) do
      if path:find("weights%.safetensors$") then digests[i] = bench:sha256(work .. "/" .. path) end
    end
  end
  lu.assertNotNil(digests[1])
  lu.assertEquals(digests[1], digests[2])
  lu.assertEquals(accuracy[1], accuracy[2])
  lu.assertTrue(accuracy[1] > 0.9)

  local weights
  for _, path in ipairs(bench:list("one")) do
    if path:find("weights%.safetensors$") then weights = "one/" .. path end
  end
  local text = assert(files.read(bench:path(weights)))
  lu.assertStrContains(text, '"dtype":"F32"')
  lu.assertNil(text:sub(1, 4000):find("BF16", 1, true))
  local ran = bench:exec(whole, "evaluate --json --quiet --any-stamp --work three --weights " .. weights)
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertAlmostEquals(ran.last.metrics.test.accuracy, accuracy[1], 0.1)
end

function TestPrecision.test_what_is_not_finite_is_found()
  if target ~= best then lu.skip("this CPU has no bf16") end
  local built = build "--set train.precision=bf16 --set train.optimizer.learning_rate=1e30"
  local ran = bench:exec(built, "run --quiet --work away")
  lu.assertEquals(ran.status, 1, ran.out)
  lu.assertStrContains(ran.err, "the loss is")
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
