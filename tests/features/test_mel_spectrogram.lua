-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What mel_spectrogram compiles to. Its numbers are compared with librosa's in
-- tests/runtime/test_mel.c, which uses the tables that this test holds to be the generator's.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require("luaunit")
local files = require("generator.base.files")
local kind = require("generator.features.mel_spectrogram")
local make = require("tests.vectors.make_mel_configs")
local mel = require("generator.dsp.mel")
local resize = require("generator.dsp.resize")

TestMelSpectrogram = {} -- luacheck: globals TestMelSpectrogram

local function complete(more)
  local given = { sample_rate = 8000, segment_seconds = 1.0, n_fft = 256, n_mels = 40 }
  for key, value in next, more or {} do given[key] = value end
  return make.complete(given)
end

local function refusal(more)
  local o = complete()
  for key, value in next, more do o[key] = value end
  return { kind.check(o) }
end

function TestMelSpectrogram.test_committed_tables_are_what_is_emitted()
  lu.assertEquals(files.read(make.path), make.text())
end

function TestMelSpectrogram.test_defaults()
  local o = complete()
  lu.assertEquals(o.segment_hop_seconds, 1.0)
  lu.assertEquals(o.win_length, 256)
  lu.assertEquals(o.hop_length, 64)
  lu.assertEquals(o.fmax, 4000.0)
  lu.assertEquals(o.decibels, "power")
  lu.assertEquals(o.amin, 1e-10)
  local amplitude = complete { power = 1, win_length = 200 }
  lu.assertEquals(amplitude.decibels, "amplitude")
  lu.assertEquals(amplitude.amin, 1e-5)
  lu.assertEquals(amplitude.hop_length, 50)
end

function TestMelSpectrogram.test_sample()
  lu.assertEquals(kind.sample(complete()), { channels = 1, height = 40, width = 126,
    stored_channels = 1, stored_u8 = false, scale = { 1.0 }, shift = { 0.0 } })
  local colour = kind.sample(complete { channels = 3, height = 64, width = 80 })
  lu.assertEquals({ colour.channels, colour.height, colour.width, colour.stored_channels }, { 3, 64, 80, 1 })
  lu.assertEquals(kind.sample(complete { center = false }).width, 122)
  lu.assertEquals(kind.sample(complete { n_fft = 255, hop_length = 77 }).width, 104)
end

function TestMelSpectrogram.test_segments()
  local o = complete { segment_hop_seconds = 0.5, tail = "pad" }
  lu.assertEquals(kind.segments(o, { rate = 8000, frames = 7999 }), 1)
  lu.assertEquals(kind.segments(o, { rate = 8000, frames = 12001 }), 3)
  lu.assertEquals(kind.segments(complete { short = "drop" }, { rate = 44100, frames = 44099 }), 0)
end

function TestMelSpectrogram.test_refusals()
  lu.assertEquals(refusal { win_length = 257 }, { "win_length", "is 257, longer than n_fft, 256" })
  lu.assertEquals(refusal { fmax = 4001 },
    { "fmax", "is 4001 Hz, above half of the sample rate, 4000 Hz" })
  lu.assertEquals(refusal { fmin = 4000 }, { "fmin", "is 4000 Hz, not below fmax, 4000 Hz" })
  lu.assertEquals(refusal { channels = 2 }, { "channels", "must be 1 or 3, not 2" })
  lu.assertEquals(refusal { center = false, segment_seconds = 0.03 }, { "segment_seconds",
    "holds 240 samples at 8000 Hz, fewer than n_fft, 256 (center = true pads)" })
  lu.assertEquals(refusal { segment_hop_seconds = 1e-7 },
    { "segment_hop_seconds", "is shorter than a microsecond" })
  lu.assertEquals(refusal { segment_seconds = 3600, sample_rate = 1000000, fmax = 1000 }[1], "segment_seconds")
  lu.assertEquals(refusal {}, {})
end

function TestMelSpectrogram.test_emitted_c_compiles_clean()
  local text = '#include <stddef.h>\n#include "dsp/mel.h"\n'
    .. kind.emit(complete { height = 10, width = 20, antialias = true, reference = "max", top_db = "none" })
    .. "const ingot_mel_config *use(void);\nconst ingot_mel_config *use(void) { return &features_config; }\n"
  local base = os.tmpname()
  assert(files.write(base .. ".c", text))
  lu.assertTrue(os.execute("gcc -std=gnu11 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Iruntime -c "
    .. base .. ".c -o " .. base .. ".o"))
  for _, ending in ipairs { "", ".c", ".o" } do os.remove(base .. ending) end
end

function TestMelSpectrogram.test_sources_exist()
  for _, path in ipairs(kind.sources) do lu.assertTrue(files.exists(path), path) end
end

function TestMelSpectrogram.test_scales_turn_back()
  for _, scale in ipairs { "slaney", "htk" } do
    for _, hz in ipairs { 0.0, 60.0, 999.0, 1000.0, 4000.0, 11025.0 } do
      lu.assertAlmostEquals(mel.to_hz(mel.from_hz(hz, scale), scale), hz, 1e-8)
    end
  end
  lu.assertAlmostEquals(mel.from_hz(1000.0, "htk"), 999.9855, 1e-3)
  lu.assertAlmostEquals(mel.from_hz(1000.0, "slaney"), 15.0, 1e-12)
end

function TestMelSpectrogram.test_resize_weights_sum_to_one()
  for _, sizes in ipairs { { 1, 1 }, { 1, 7 }, { 7, 1 }, { 64, 224 }, { 151, 224 }, { 431, 224 }, { 5, 5 } } do
    for _, antialias in ipairs { false, true } do
      local axis = resize.axis(sizes[1], sizes[2], antialias)
      lu.assertEquals(#axis.start, sizes[2])
      for i = 1, sizes[2] do
        local sum = 0
        for j = 1, axis.taps do sum = sum + axis.weights[(i - 1) * axis.taps + j] end
        lu.assertAlmostEquals(sum, 1.0, 1e-12)
        lu.assertTrue(axis.start[i] >= 0 and axis.start[i] + axis.count[i] <= sizes[1])
      end
    end
  end
end

os.exit(lu.LuaUnit.run())
