-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The kinds idx and pixels: what they compile to, and what they refuse.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require("luaunit")
local files = require("generator.base.files")
local json = require("generator.base.json")
local idx = require("generator.readers.idx")
local pixels = require("generator.features.pixels")

local function image(path, channels, height, width)
  return { path = path, channels = channels, height = height, width = width }
end

local grey = { files = { image("a", 1, 28, 28), { path = "labels" }, image("b", 1, 28, 28) } }

TestPixels = {}

function TestPixels:test_scale_and_shift()
  local sample = pixels.sample({ scale = 1 / 255, mean = 0.5, std = { 0.25 }, channels = 3 }, grey)
  lu.assertEquals({ sample.channels, sample.height, sample.width, sample.stored_channels, sample.stored_u8 },
    { 3, 28, 28, 1, true })
  lu.assertAlmostEquals(sample.scale[1], 4 / 255, 1e-12)
  lu.assertAlmostEquals(sample.shift[1], -2, 1e-12)
  lu.assertEquals(pixels.segments({}, grey.files[1]), 1)
end

function TestPixels:test_colour_has_its_own_mean_per_channel()
  local sample = pixels.sample({ scale = 1, mean = { 1.0, 2.0, 3.0 }, std = 1.0 }, { files = { image("a", 3, 4, 5) } })
  lu.assertEquals(sample.shift, { -1.0, -2.0, -3.0 })
  lu.assertEquals(sample.channels, 3)
end

function TestPixels:test_refuses()
  local function refused(o, lock)
    local sample, why = pixels.sample(o, lock)
    lu.assertNil(sample)
    return why
  end
  local plain = { scale = 1, mean = 0.0, std = 1.0 }
  lu.assertEquals(refused(plain, { files = { image("a", 1, 28, 28), image("b", 1, 28, 27) } }),
    "images differ in size: a has 1 x 28 x 28 (channels, height, width), b has 1 x 28 x 27")
  lu.assertEquals(refused(plain, { files = { { path = "x" } } }), "the lock has no images")
  lu.assertEquals(refused({ scale = 1, mean = { 0.0, 0.0 }, std = 1.0 }, grey),
    "mean has 2 numbers, the images have 1 channel")
  lu.assertEquals(refused({ scale = 1, mean = 0.0, std = 1.0, channels = 1 }, { files = { image("a", 3, 4, 4) } }),
    "channels is 1, the images have 3; only a single channel can be repeated")
end

function TestPixels:test_emits_the_size()
  local text = pixels.emit({}, nil, pixels.sample({ scale = 1, mean = 0.0, std = 1.0, antialias = true },
    { files = { image("a", 1, 28, 30) } }))
  lu.assertEquals(text, "static const ingot_pixels_config features_config = {\n"
    .. "    .channels = 1, .height = 28, .width = 30,\n};\n")
end

function TestPixels:test_resized_as_the_reference()
  local vectors = json.decode(assert(files.read("tests/vectors/pixels.json")))
  local size = vectors.image
  local base = os.tmpname()
  assert(files.write(base, table.concat(size.bytes, "\n") .. "\n"))
  for _, case in ipairs(vectors.cases) do
    local o = { scale = 1, mean = 0.0, std = 1.0, height = case.height, width = case.width, antialias = case.antialias }
    local sample = assert(pixels.sample(o, { files = { image("a", size.channels, size.height, size.width) } }))
    lu.assertEquals({ sample.channels, sample.height, sample.width, sample.stored_u8 },
      { 3, case.height, case.width, false })
    assert(files.write(base .. ".h", pixels.emit(o, nil, sample)))
    lu.assertTrue(os.execute(("gcc -std=gnu11 -O1 -Wall -Wextra -Werror -fsanitize=address,undefined -Iruntime "
      .. "-DCONFIG='\"%s.h\"' tests/features/print_pixels.c runtime/data/pixels.c runtime/dsp/resize.c "
      .. "runtime/dsp/resample_image.c "
      .. "runtime/base/error.c -lm -o %s.exe"):format(base, base)))
    local pipe, compared = assert(io.popen(("%s.exe <%s"):format(base, base))), 0
    for line in pipe:lines() do
      compared = compared + 1
      lu.assertAlmostEquals(tonumber(line), case.values[compared], 1e-4) -- of 255
    end
    lu.assertTrue(pipe:close())
    lu.assertEquals(compared, #case.values)
  end
  for _, ending in ipairs { "", ".h", ".exe" } do os.remove(base .. ending) end
end

function TestPixels:test_one_side_alone_is_resized_and_the_own_size_is_not()
  local o = { scale = 1, mean = 0.0, std = 1.0, width = 14, antialias = true }
  local sample = assert(pixels.sample(o, grey))
  lu.assertEquals({ sample.height, sample.width, sample.stored_u8 }, { 28, 14, false })
  o.width = 28
  lu.assertTrue(pixels.sample(o, grey).stored_u8)
end

TestIdx = {}

local good = { path = "data/x", train_images = 'a"b', train_labels = "tl", test_images = "", test_labels = "" }

function TestIdx:test_emits_and_scans()
  lu.assertStrContains(idx.emit(good), '.train_images = "a\\042b",')
  lu.assertEquals(idx.scan_arguments(good), { reader = "idx", path = "data/x", train_images = 'a"b',
    train_labels = "tl", test_images = "", test_labels = "" })
  lu.assertNil(idx.check(good))
end

function TestIdx:test_refuses_names_outside_and_half_pairs()
  local function changed(field, value)
    local data = {}
    for key, old in pairs(good) do data[key] = old end
    data[field] = value
    return idx.check(data)
  end
  lu.assertEquals({ changed("train_images", "../x") },
    { "train_images", 'is "../x"; a name inside the folder `path` is needed' })
  lu.assertEquals(changed("train_labels", "/x"), "train_labels")
  lu.assertEquals(changed("train_labels", ""), "train_labels")
  lu.assertEquals(changed("test_images", "x"), "test_labels")
end

os.exit(lu.LuaUnit.run())
