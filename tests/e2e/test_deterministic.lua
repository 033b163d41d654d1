-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- target.deterministic: which nodes' bits depend on the number of threads is in the record, and with
-- "threads" there are none: a small network trains to the same weights with 1, 2 and 3. And threads that the user
-- binds to CPUs have one each.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local json = require("generator.base.json")
local png = require("tests.support.png")

local bench = e2e.new()

local spec = [[
return experiment {
  data = image_folder { path = "pictures", split = by_fraction { validation = 0, test = 0.2, seed = 1 } },
  features = pixels { channels = 3, height = 28, width = 28 },
  model = sequential {
    conv2d { channels = 32, kernel_size = 3, padding = 1, bias = false }, batch_norm {}, relu {},
    conv2d { channels = 32, kernel_size = 3, padding = 1, groups = 32 }, relu {},
    max_pool { kernel_size = 2, stride = 2 },
    conv2d { channels = 64, kernel_size = 5, padding = 2 }, relu {},
    flatten {}, linear { outputs = 800 }, relu {}, linear { outputs = 3 },
  },
  train = { optimizer = sgd { learning_rate = 0.01, momentum = 0.9 }, epochs = 2, batch_size = 32 },
  target = { threads = 2, deterministic = "%s" },
}
]]

local state = 1
local function draw(n)
  state = (state * 1103515245 + 12345) % 2147483648
  return state // 65536 % n
end
for number, class in ipairs { "red", "green", "blue" } do
  for i = 1, 20 do
    bench:write(("pictures/%s/%02d.png"):format(class, i), png.encode(28, 28, function()
      local colour = { draw(100), draw(100), draw(100) }
      colour[number] = colour[number] + 120
      return table.unpack(colour)
    end))
  end
end

local function build(deterministic)
  bench:write(deterministic .. ".lua", spec:format(deterministic))
  local built = bench:build(deterministic .. ".lua")
  return built, json.decode(bench:read(built.path .. ".json")).summary.thread_dependent
end

-- Without the header, which says on how many threads they were trained.
local function weights(built, threads)
  local ran = bench:exec(built, ("train --quiet --threads %d --work w%d"):format(threads, threads))
  lu.assertEquals(ran.status, 0, ran.err)
  local text = bench:read(("w%d/%s/weights.safetensors"):format(threads, built.folder))
  return text:sub(9 + string.unpack("<I8", text))
end

TestDeterministic = {}

function TestDeterministic.test_with_threads_the_number_of_threads_changes_nothing()
  local built, dependent = build("threads")
  lu.assertEquals(#dependent, 0)
  local one = weights(built, 1)
  lu.assertTrue(one == weights(built, 2), "two threads")
  lu.assertTrue(one == weights(built, 3), "three threads")
end

function TestDeterministic.test_otherwise_the_record_names_the_nodes()
  local _, dependent = build("run")
  local named = table.concat(dependent, "\n")
  lu.assertStrContains(named, "train_step 0 conv2d_dw")
  lu.assertStrContains(named, "train_step 9 linear")
  lu.assertNil(named:find("train_step 3 conv2d_dw", 1, true), "depthwise: ours")
end

-- The program restarts itself once, on the one CPU that libgomp has bound its first thread to.
function TestDeterministic.test_threads_that_are_bound_have_a_cpu_each()
  lu.skipIf(tonumber(bench:shell("nproc").out) < 2, "one CPU")
  local ran = bench:exec(build("threads"), "bench --threads 2 --seconds 0.01 --repeats 1 --quiet",
    "unset GOMP_SPINCOUNT OMP_WAIT_POLICY; export OMP_PROC_BIND=true OMP_DISPLAY_AFFINITY=true")
  lu.assertEquals(ran.status, 0, ran.err)
  local cpus = {}
  for cpu in ran.err:gmatch("affinity (%d+)%f[^%d]") do cpus[cpu] = true end
  local first = next(cpus)
  lu.assertTrue(first and next(cpus, first) ~= nil, ran.err)
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
