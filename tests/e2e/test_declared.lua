-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Built without the data: a checkout with neither data nor locks builds gtzan_resnet18_sgd for what
-- the spec declares; the executable tells what it is, measures itself and refuses to train. And
-- weights that were trained where the data is serve an executable that never saw it.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local files = require("generator.base.files")
local json = require("generator.base.json")
local lock = require("generator.lock")
local shell = require("generator.toolchain.shell")

local isa = require("generator.toolchain.runtime").isa_here("x86-64-v4")
local root = assert(shell.temporary_folder("/tmp"))
local refusal = "this executable was built without the data, for what its spec declares of it; where the data is, "
  .. "write the lock with `lua build.lua lock SPEC` and build again"

-- A checkout of what building needs: `specs` are copied from here, without locks.
local checkout = root .. "/checkout"
assert(shell.make_folder(checkout .. "/specs"))
for _, part in ipairs { "build.lua", "LICENSE", "generator", "runtime", "templates" } do
  assert(select(2, shell.capture(shell.command { "cp", "-r", part, checkout .. "/" .. part })) == 0)
end

-- Output, exit status, and the object on the last line.
local function run(command)
  local output, status = shell.capture(("cd %s && %s"):format(shell.quote(checkout), command), true)
  return output, status, json.decode(output:match("([^\n]*)\n*$") or "")
end

local function build(name)
  local output, status, said = run(("lua5.4 build.lua specs/%s.lua --json --set 'target.isa=\"%s\"'"):format(name,
    isa))
  lu.assertEquals(status, 0, output)
  return said, output
end

TestGtzan = {}

function TestGtzan.test_builds_in_a_checkout_without_data()
  assert(files.write(checkout .. "/specs/gtzan_resnet18_sgd.lua", files.read("specs/gtzan_resnet18_sgd.lua")))
  local said, output = build("gtzan_resnet18_sgd")
  lu.assertEquals(said.summary.warnings, { "built without the data, for what the spec declares of it (1000 sounds of "
    .. "30 s): it cannot train; where the data is, `lua build.lua lock SPEC` writes the lock for a build that can" })
  lu.assertStrContains(output, "warning     built without the data")
  lu.assertFalse(files.exists(checkout .. "/specs/gtzan_resnet18_sgd.lock")) -- it is no fact, so it is not written

  local info, status = run("out/gtzan_resnet18_sgd info")
  lu.assertEquals(status, 0, info)
  lu.assertStrContains(info, "3 x 128 x 431, 10 classes: blues classical country disco hiphop jazz metal pop reggae "
    .. "rock")
  lu.assertStrContains(info, "train       700 items, 2100 samples")
  lu.assertStrContains(info, "test        200 items, 600 samples")
  lu.assertStrContains(info, "warning     built without the data")

  local bench, measured
  bench, status, measured = run("out/gtzan_resnet18_sgd bench --repeats 1 --seconds 1 --json")
  lu.assertEquals(status, 0, bench)
  lu.assertEquals(measured.status, "ok")

  for _, word in ipairs { "train", "run", "features", "evaluate" } do
    local text, code, summary = run("out/gtzan_resnet18_sgd " .. word .. " --json")
    lu.assertEquals(code, 4, text)
    lu.assertEquals(summary.status, "lock_mismatch")
    lu.assertStrContains(text, "data/gtzan: " .. refusal)
  end

  -- what it carries is a lock: beside the spec it gives the same executable
  output, status = run("out/gtzan_resnet18_sgd source carried")
  lu.assertEquals(status, 0, output)
  local text = assert(files.read(checkout .. "/carried/specs/gtzan_resnet18_sgd.lock"))
  lu.assertEquals(assert(lock.parse(text, "carried")).declared, { frames = 661500, rate = 22050 })
  assert(files.write(checkout .. "/specs/gtzan_resnet18_sgd.lock", text))
  local again = build("gtzan_resnet18_sgd")
  lu.assertEquals(again.stamp, said.stamp)
  lu.assertFalse(again.built)
end

local small = [[
return experiment {
  data = audio_folder {
    path = "sounds", classes = { "high", "low" }, split = by_fraction { test = 0.25 },
    declared = { files_per_class = 8, seconds = 1, rate = 8000 },
  },
  features = mel_spectrogram { sample_rate = 8000, segment_seconds = 0.5, n_fft = 256, hop_length = 128, n_mels = 16 },
  model = sequential { flatten {}, linear { outputs = 2 } },
  train = { optimizer = adam { learning_rate = 0.01 }, epochs = 20, batch_size = 4 },
}
]]

-- A second of a tone as a WAV file of 16-bit mono at 8 kHz.
local function tone(hertz)
  local samples = {}
  for i = 0, 7999 do
    samples[i + 1] = string.pack("<i2", math.floor(9000 * math.sin(2 * math.pi * hertz * i / 8000)))
  end
  local bytes = table.concat(samples)
  return string.pack("<c4I4c4c4I4I2I2I4I4I2I2c4I4", "RIFF", 36 + #bytes, "WAVE", "fmt ", 16, 1, 1, 8000, 16000, 2, 16,
    "data", #bytes) .. bytes
end

TestWeights = {}

function TestWeights.test_weights_from_where_the_data_is_serve_an_executable_without_it()
  assert(files.write(checkout .. "/specs/tones.lua", small))
  local without = build("tones")
  lu.assertStrContains(without.summary.warnings[1], "built without the data")

  for _, class in ipairs { "high", "low" } do
    assert(shell.make_folder(checkout .. "/sounds/" .. class))
    for i = 1, 8 do
      assert(files.write(("%s/sounds/%s/%d.wav"):format(checkout, class, i), tone(class == "low" and 150 + 20 * i
        or 2000 + 100 * i)))
    end
  end
  -- data that has come since is not data it knows
  local output, status = run(without.path .. " train")
  lu.assertEquals(status, 4, output)
  lu.assertStrContains(output, refusal)

  local with = build("tones")
  lu.assertNotEquals(with.stamp, without.stamp)
  lu.assertNil(with.summary.warnings)
  lu.assertTrue(files.exists(checkout .. "/specs/tones.lock"))
  local said
  output, status, said = run("out/tones run --json")
  lu.assertEquals(status, 0, output)
  lu.assertEquals(said.metrics.test.accuracy, 1)

  local predict = " predict sounds/high/3.wav sounds/low/3.wav --json --any-stamp --weights "
    .. shell.quote(said.weights.path)
  local expected, there = run("out/tones" .. predict)
  lu.assertEquals(there, 0, expected)
  local found, here = run(without.path .. predict)
  lu.assertEquals(here, 0, found)
  local function results(text)
    local list = {}
    for line in text:gmatch("{[^\n]*probabilities[^\n]*}") do list[#list + 1] = line end
    return list
  end
  lu.assertEquals(#results(found), 2)
  lu.assertEquals(results(found), results(expected))
  lu.assertStrContains(results(found)[1], '"high"')
end

local status = lu.LuaUnit.run()
shell.remove_folder(root)
os.exit(status)
