-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The memory planned when building is what a process has at its peak: within 10 % or 64 MiB, the
-- libraries apart. Networks large enough that this says something. Each step is a checkpoint: the copy
-- of the state that these are written from is planned, and used only where one is made.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")

local bench = e2e.new()
bench:images("images", 192, 32, 32, 4)

local mib = 1024 * 1024

-- Peak of a process in bytes.
local function peak(built, arguments)
  local ran = bench:shell(string.format("exec %s peak peak.out %s %s", bench:helpers(), built.path, arguments))
  lu.assertEquals(ran.status, 0, ran.err)
  return tonumber(bench:read("peak.out")) * 1024
end

-- What the process has before it computes anything: its code, the libraries, what they set up.
local function libraries(built)
  return peak(built, "info --quiet")
end

local function near(what, found, planned)
  local allowed = math.max(0.1 * planned, 64 * mib)
  local message = string.format("%s: peak %.0f MiB, planned %.0f MiB and libraries", what, found / mib, planned / mib)
  print(message)
  lu.assertTrue(planned > 2 * allowed, what .. ": too small a plan to say anything")
  lu.assertTrue(math.abs(found - planned) <= allowed, message)
end

local function spec(name, model, batch)
  bench:write(name .. ".lua", string.format([[
return experiment {
  data = idx { path = "images", split = given { validation = 64 / 192 } },
  features = pixels {},
  model = sequential { %s },
  train = { optimizer = adam { learning_rate = 1e-3 }, epochs = 1, batch_size = %d,
            checkpoint = { every_steps = 1, share = 1 } },
  evaluate = { batch_size = 32 },
  target = { threads = 2 },
}
]], model, batch))
  return bench:build(name .. ".lua")
end

TestMemory = {}

function TestMemory.test_convolutions()
  local built = spec("cnn", [[
    conv2d { channels = 64, kernel_size = 3, padding = 1, bias = false }, batch_norm {}, relu {},
    conv2d { channels = 64, kernel_size = 3, padding = 1, bias = false }, batch_norm {}, relu {},
    conv2d { channels = 64, kernel_size = 3, padding = 1, bias = false }, batch_norm {}, relu {},
    max_pool { kernel_size = 2 },
    conv2d { channels = 128, kernel_size = 3, padding = 1, bias = false }, batch_norm {}, relu {},
    global_avg_pool {}, linear { outputs = 4 },]], 128)
  local own = libraries(built)
  near("training of a CNN", peak(built, "train --quiet") - own, built.summary.memory.train_bytes)
end

function TestMemory.test_wide_layers()
  local built = spec("mlp", "flatten {}, linear { outputs = 8192 }, relu {}, linear { outputs = 1024 }, relu {}, "
    .. "linear { outputs = 4 },", 32)
  local own = libraries(built)
  near("training of an MLP", peak(built, "train --quiet") - own, built.summary.memory.train_bytes)
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
