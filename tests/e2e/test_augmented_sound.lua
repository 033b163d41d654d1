-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Augmented sound, end to end: segments are cached where they are changed before their spectrogram,
-- spectrograms where they are changed after it, and what is learnt does not depend on the threads.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")

local bench = e2e.new()
bench:sounds("sounds", 8)

local function spec(augment)
  return ([[
return experiment {
  data = audio_folder { path = "sounds", split = by_fraction { validation = 0, test = 0.25, seed = 1 } },
  features = mel_spectrogram { sample_rate = 8000, segment_seconds = 0.5, n_fft = 256, n_mels = 16 },
  %s
  model = sequential { flatten {}, linear { outputs = 3 } },
  train = { optimizer = adam { learning_rate = 0.001 }, epochs = 4, batch_size = 8 },
  target = { threads = 2, backends = { "c" } },
}
]]):format(augment)
end

local function built(name, augment)
  bench:write(name .. ".lua", spec(augment))
  return bench:build(name .. ".lua")
end

local function run(of, arguments)
  local ran = bench:exec(of, "run --json " .. arguments)
  lu.assertEquals(ran.status, 0, ran.err)
  return ran.last
end

local function tensors(work, of)
  local text = bench:read(("%s/%s/weights.safetensors"):format(work, of.folder))
  return text:sub(9 + string.unpack("<I8", text))
end

TestAugmentedSound = {}

function TestAugmentedSound.test_before_and_after_the_spectrogram()
  local wave = built("wave", [[augment = { gain {}, time_shift { seconds = 0.1 }, noise {},
    spec_augment { frequency_width = 4, time_width = 3 }, mixup {} },]])
  local one, three = run(wave, "--threads 1 --work one"), run(wave, "--threads 3 --work three")
  lu.assertTrue(tensors("one", wave) == tensors("three", wave))
  local sample = built("sample", "augment = { spec_augment { frequency_width = 4, time_width = 3 } },")
  local plain = built("plain", "")
  local after, without = run(sample, "--work one"), run(plain, "--work one")
  lu.assertTrue(tensors("one", sample) ~= tensors("one", plain))
  -- The same samples are cached with augmentation and without; segments are others.
  lu.assertEquals(after.features.key, without.features.key)
  lu.assertTrue(after.features.cached or without.features.cached)
  lu.assertEquals(one.features.key, three.features.key)
  lu.assertTrue(one.features.key ~= after.features.key)
  lu.assertEquals(#bench:read("one/cache/features-" .. one.features.key .. "/samples.bin"),
    one.features.samples * 4000 * 4)
end

-- A gain of nothing changes nothing: spectrograms of cached segments are the cached spectrograms.
function TestAugmentedSound.test_spectrograms_made_later_are_the_same()
  local later, plain = built("later", "augment = { gain { low = 0, high = 0 } },"), built("plain", "")
  run(later, "--work same")
  run(plain, "--work same")
  lu.assertTrue(tensors("same", later) == tensors("same", plain))
end

function TestAugmentedSound.test_misuse()
  local function told(augment, ...)
    bench:write("wrong.lua", spec(augment))
    local ran = bench:build_lua("wrong.lua --json")
    lu.assertEquals(ran.status, 1, ran.out)
    for _, part in ipairs { ... } do lu.assertStrContains(ran.err, part) end
  end
  told("augment = { flip {} },", "augment[1]: `flip` changes images, the reader gives sound")
  told("augment = { spec_augment {}, gain {} },", "augment[2]: `gain` comes before `spec_augment`")
  told("augment = { spec_augment { frequency_width = 17 } },", "frequency_width is 17, the samples have 16 rows")
  told("augment = { time_shift { seconds = 0.6 } },", "seconds is 0.6, longer than a segment, 0.5")
  told("augment = { time_shift { seconds = 0.0001 } },", "seconds is shorter than a frame")
  told("augment = { gain { low = 3, high = 2 } },", "low", "above `high`, 2")
  told("augment = { noise { low = 30, high = 20 } },", "low", "above `high`, 20")
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
