-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What a file is, one item or many, is told by the files, not by what the reader yields: a reader of
-- image files in class folders is split as sounds are.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require("luaunit")
local lfs = require("lfs")
local files = require("generator.base.files")
local json = require("generator.base.json")
local lock = require("generator.lock")
local registry = require("generator.spec.registry").default()
local spec = require("generator.spec")

-- Ingot's kinds, with an audio_folder that says that its files are images.
local kinds = setmetatable({
  audio_folder = {
    module = setmetatable({ yields = "image" }, { __index = registry.kinds.audio_folder.module }),
  },
}, { __index = registry.kinds })

TestFilesAsItems = {} -- luacheck: globals TestFilesAsItems

function TestFilesAsItems.test_images_in_class_folders_are_split_by_file()
  local folder = os.tmpname()
  os.remove(folder)
  assert(lfs.mkdir(folder))
  local lines = {}
  for i = 1, 10 do
    for _, class in ipairs { "cat", "dog" } do
      lines[#lines + 1] = json.encode { path = ("%s/%02d.pgm"):format(class, i), label = class, role = "image",
        records = 1, channels = 1, height = 4, width = 4, bytes = 20, sha256 = ("a"):rep(64) }
    end
  end
  lines[#lines + 1] = json.encode { summary = { bytes = 400, digest = ("b"):rep(64), files = 20, frames = 0,
    problems = 0, records = 20 } }
  assert(files.write(folder .. "/lines", table.concat(lines, "\n") .. "\n"))
  assert(files.write(folder .. "/scan", ("#!/bin/sh\ncat >/dev/null\ncat %s/lines\n"):format(folder)))
  assert(os.execute("chmod +x " .. folder .. "/scan"))
  local experiment = assert(spec.parse('return experiment { data = audio_folder { path = "d", split = by_fraction { '
    .. 'test = 0.2 } }, features = mel_spectrogram { sample_rate = 8000, segment_seconds = 1 }, model = mlp { '
    .. 'hidden = { 4 } }, train = { optimizer = adam {}, epochs = 1, batch_size = 2 } }', "x.lua"))
  local made, why = lock.make(experiment, { scanner = folder .. "/scan", registry = { kinds = kinds } })
  os.execute("rm -r " .. folder)
  lu.assertNil(why)
  lu.assertEquals(made.lock.counts.train, { items = 16, classes = { cat = 8, dog = 8 } })
  lu.assertEquals(made.lock.counts.test, { items = 4, classes = { cat = 2, dog = 2 } })
end

os.exit(lu.LuaUnit.run())
