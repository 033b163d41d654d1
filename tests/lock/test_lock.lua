-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Locks: what is written, which splits are drawn, what is refused. A shell script stands for the
-- scanner.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require("luaunit")
local lfs = require("lfs")
local files = require("generator.base.files")
local json = require("generator.base.json")
local lock = require("generator.lock")
local spec = require("generator.spec")

local folder

local function scanner(lines, status, complaint)
  assert(files.write(folder .. "/lines", table.concat(lines, "\n") .. "\n"))
  assert(files.write(folder .. "/scan", ("#!/bin/sh\ncat >%s/request\ncat %s/lines\necho '%s' >&2\nexit %d\n"):format(
    folder, folder, complaint or "", status or 0)))
  os.execute("chmod +x " .. folder .. "/scan")
  return folder .. "/scan"
end

local function sound(path, more)
  local entry = { path = path, label = path:match("^[^/]+"), role = "audio", records = 1, frames = 16000, rate = 8000,
    channels = 1, bytes = 32044, sha256 = ("a"):rep(64) }
  for key, value in next, more or {} do entry[key] = value end
  return json.encode(entry)
end

local summary = '{"summary":{"bytes":1,"digest":"' .. ("b"):rep(64)
  .. '","files":1,"frames":1,"problems":0,"records":1}}'

local function experiment(data)
  local e, errors = spec.parse(("return experiment { data = %s, features = mel_spectrogram { sample_rate = 8000, "
    .. "segment_seconds = 1 }, model = sequential { flatten {}, linear { outputs = 2 } }, train = { "
    .. "optimizer = adam {}, epochs = 1, batch_size = 2 } }"):format(data), "x.lua")
  return assert(e, errors and spec.format(errors))
end

local function prompts(count)
  local lines = {}
  for i = 1, count do
    for _, class in ipairs { "fr", "en" } do lines[#lines + 1] = sound(("%s/p%03d.wav"):format(class, i)) end
  end
  lines[#lines + 1] = summary
  return lines
end

local by_prompt =
  'audio_folder { path = "d", split = by_group { group = "^[^/]+/(.+)%.wav$", validation = 0.1, test = 0.2 } }'

TestLock = {}

function TestLock:setUp()
  folder = os.tmpname()
  os.remove(folder)
  assert(lfs.mkdir(folder))
end

function TestLock:tearDown()
  os.execute("rm -r " .. folder)
end

function TestLock:test_a_sentence_is_on_one_side()
  local made = assert(lock.make(experiment(by_prompt), { scanner = scanner(prompts(100)) }))
  local of, groups = {}, { train = 0, validation = 0, test = 0 }
  for _, entry in ipairs(made.lock.files) do
    if of[entry.group] then
      lu.assertEquals(entry.split, of[entry.group])
    else
      of[entry.group] = entry.split
      groups[entry.split] = groups[entry.split] + 1
    end
    lu.assertEquals(entry.class .. "/" .. entry.group .. ".wav", entry.path)
  end
  lu.assertEquals(groups, { train = 70, validation = 10, test = 20 })
  lu.assertEquals(made.lock.counts.test, { items = 40, classes = { en = 20, fr = 20 } })
  lu.assertEquals(made.lock.classes[1], "en")
end

function TestLock:test_a_function_can_name_the_group()
  local of_function = experiment('audio_folder { path = "d", split = by_group { group = function(p) '
    .. 'return p:match("/(.+)%.wav$") end, validation = 0.1, test = 0.2 } }')
  local a = assert(lock.make(of_function, { scanner = scanner(prompts(50)) }))
  local b = assert(lock.make(experiment(by_prompt), { scanner = scanner(prompts(50)) }))
  for i, entry in ipairs(a.lock.files) do lu.assertEquals(entry.split, b.lock.files[i].split) end
  local function fails(body, text)
    local _, why = lock.make(experiment('audio_folder { path = "d", split = by_group { group = function(p) '
      .. body .. " end } }"), { scanner = scanner(prompts(3)) })
    lu.assertStrContains(why, text)
  end
  fails("return nil", "split.group gives no group for 6 of 6 files: en/p001.wav, en/p002.wav, en/p003.wav and 3 more")
  fails("return {}", "split.group gives a table for en/p001.wav")
  fails("return p.x.y", "split.group fails for en/p001.wav: attempt to index")
  fails("while true do end", "split.group fails for en/p001.wav: does not end")
end

function TestLock:test_bytes_do_not_depend_on_the_order_of_scanning()
  local lines = prompts(20)
  local one = assert(lock.make(experiment(by_prompt), { scanner = scanner(lines) })).text
  local last = table.remove(lines)
  for i = 1, #lines // 2 do lines[i], lines[#lines + 1 - i] = lines[#lines + 1 - i], lines[i] end
  lines[#lines + 1] = last
  lu.assertEquals(assert(lock.make(experiment(by_prompt), { scanner = scanner(lines) })).text, one)
  lu.assertEquals(select(2, one:gsub('\n{"bytes"', "")), 40) -- a line per file
  local read = assert(lock.parse(one, "x.lock"))
  lu.assertEquals(read.files[1].path, "en/p001.wav")
  lu.assertEquals(read.digest, ("b"):rep(64))
end

function TestLock:test_by_fraction_is_stratified()
  local made = assert(lock.make(experiment 'audio_folder { path = "d", split = by_fraction { test = 0.25 } }',
    { scanner = scanner(prompts(40)) }))
  lu.assertEquals(made.lock.counts.test, { items = 20, classes = { en = 10, fr = 10 } })
  local another = 'audio_folder { path = "d", split = by_fraction { test = 0.25, seed = 2 } }'
  local other = assert(lock.make(experiment(another), { scanner = scanner(prompts(40)) }))
  lu.assertNotEquals(made.text, other.text)
end

function TestLock:test_given_by_patterns()
  local made = assert(lock.make(experiment
    'audio_folder { path = "d", split = given { test = "p00%d", validation = function(p) return p:find("p01") end } }',
    { scanner = scanner(prompts(30)) }))
  lu.assertEquals({ made.lock.counts.train.items, made.lock.counts.validation.items, made.lock.counts.test.items },
    { 22, 20, 18 })
  local _, why = lock.make(experiment 'audio_folder { path = "d", split = given { test = "p00", validation = "en" } }',
    { scanner = scanner(prompts(3)) })
  lu.assertEquals(why, "en/p001.wav is both for test and for validation by the rules of split")
end

local function idx_lines(count)
  local labels = {}
  for i = 1, count do labels[i] = ("%02x"):format(i % 3) end
  local hex = table.concat(labels)
  local function images(role, from)
    return json.encode { path = role .. "-images", label_file = role .. "-labels", role = role .. "_images",
      records = count, height = 4, width = 4, channels = 1, bytes = 1, sha256 = ("c"):rep(64) },
      json.encode { path = role .. "-labels", role = role .. "_labels", records = count, bytes = 1,
        sha256 = ("d"):rep(64), labels_hex = hex, label_counts = json.list { from, from, from } }
  end
  local a, b = images("train", 1)
  local c, d = images("test", 1)
  return { a, b, c, d, summary }
end

function TestLock:test_idx()
  local function make(split, more)
    local text = ('return experiment { data = idx { path = "d", split = %s%s }, features = pixels {}, '
      .. "model = sequential { flatten {} }, train = { optimizer = adam {}, epochs = 1, batch_size = 2 } }")
      :format(split, more or "")
    return lock.make(assert(spec.parse(text, "x.lua")), { scanner = scanner(idx_lines(30)) })
  end
  local made = assert(make("given { validation = 0.2 }"))
  lu.assertEquals(made.lock.files[3].splits, "24t6v")
  lu.assertEquals(made.lock.files[1].splits, "30e")
  lu.assertEquals(made.lock.counts.train, { items = 24, classes = { ["0"] = 8, ["1"] = 8, ["2"] = 8 } })
  lu.assertNil(made.text:find("labels_hex"))
  lu.assertNil(made.lock.split.seed)
  local random = assert(make('given { validation = 0.2, take = "random", seed = 5 }'))
  lu.assertEquals(random.lock.counts.validation.items, 6)
  lu.assertNotEquals(random.lock.files[3].splits, "24t6v")
  lu.assertEquals(random.lock.split.seed, 5)
  local named = assert(make("given {}", ', classes = { "a", "b", "c" }'))
  lu.assertEquals(named.lock.counts.test.classes.a, 10)
  local _, why = make("given {}", ', classes = { "a", "b" }')
  lu.assertEquals(why, "data.classes names 2 classes, the labels go up to 2")
  _, why = make("by_fraction {}")
  lu.assertStrContains(why, "`by_fraction` cannot split the records of `idx`")
end

TestRefusals = { setUp = TestLock.setUp, tearDown = TestLock.tearDown }

local simple = 'audio_folder { path = "d", split = by_fraction {}%s }'

function TestRefusals:test_unreadable()
  local lines = prompts(20)
  table.insert(lines, 1, sound("en/a.wav", { problem = "not audio" }))
  table.insert(lines, 1, sound("en/b.wav", { left_out = "too short" }))
  local _, why = lock.make(experiment(simple:format("")), { scanner = scanner(lines) })
  lu.assertEquals(why, "1 of 42 files in d cannot be used:\n  en/a.wav: not audio\n"
    .. '(data.on_unreadable = "skip" leaves such files out)')
  local made = assert(lock.make(experiment(simple:format(', on_unreadable = "skip"')), { scanner = scanner(lines) }))
  lu.assertEquals(made.lock.skipped[1], { path = "en/a.wav", problem = "not audio" })
  lu.assertEquals(made.lock.skipped[2], { path = "en/b.wav", problem = "too short" })
  lu.assertEquals(#made.lock.files, 40)
  lu.assertEquals(made.report[2], "1 unreadable file left out:\n  en/a.wav: not audio")
end

function TestRefusals:test_splits_and_classes()
  local one_class = { sound "en/a.wav", sound "en/b.wav", summary }
  local _, why = lock.make(experiment(simple:format("")), { scanner = scanner(one_class) })
  lu.assertEquals(why, "d has 1 class; telling things apart takes two")
  _, why = lock.make(experiment(simple:format(', classes = { "en", "fr", "it" }')), { scanner = scanner(prompts(9)) })
  lu.assertEquals(why, 'class "it" has no file that can be used in d')
  _, why = lock.make(experiment(simple:format("")), { scanner = scanner(prompts(1)) })
  lu.assertEquals(why, 'no item is in the split "test" (2 in train, 0 in validation, 0 in test)')
  _, why = lock.make(experiment 'audio_folder { path = "d", split = given { test = "^fr" } }',
    { scanner = scanner(prompts(3)) })
  lu.assertEquals(why, "no training item of class fr")
  _, why = lock.make(experiment(simple:format("")), { scanner = scanner { summary } })
  lu.assertEquals(why, "d: there is no file that can be used")
end

function TestRefusals:test_scanner()
  local _, why = lock.make(experiment(simple:format("")), { scanner = scanner({}, 1, "d: no such folder") })
  lu.assertEquals(why, "d: no such folder")
  _, why = lock.make(experiment(simple:format("")), { scanner = scanner { sound "en/a.wav" } })
  lu.assertEquals(why, "the scanner ended without a summary")
  _, why = lock.make(experiment(simple:format("")), { scanner = scanner { "{", summary } })
  lu.assertStrContains(why, "the scanner's output cannot be read")
end

function TestRefusals:test_reading()
  local made = assert(lock.make(experiment(simple:format("")), { scanner = scanner(prompts(10)) }))
  for text, expected in pairs {
    [""] = "is not JSON", ["[1]"] = "has format nil", [made.text:gsub('"format": 1', '"format": 2')] = "has format 2",
    [made.text:gsub('"digest": "b', '"digest": "x')] = "lacks a `digest`", [made.text:sub(1, 500)] = "is not JSON",
    [made.text:gsub("en/p001", "zz/p001")] = "is out of order",
  } do
    local value, why = lock.parse(text, "x.lock")
    lu.assertNil(value)
    lu.assertStrContains(why, "x.lock: ")
    lu.assertStrContains(why, expected)
  end
  local read = assert(lock.parse(made.text, "x.lock"))
  lu.assertTrue(lock.matches(experiment(simple:format("")), read))
  lu.assertTrue(lock.matches(experiment(simple:format(""):gsub('"d"', '"elsewhere"')), read))
  local _, why = lock.matches(experiment(simple:format(", min_seconds = 2")), read)
  lu.assertStrContains(why, "the lock was made for another `data` or `split`")
end

function TestRefusals:test_nothing_half_written()
  local path = folder .. "/x.lock"
  assert(files.write(path, "old"))
  lu.assertNil((lock.write(experiment(simple:format("")), path, scanner({}, 1, "no"))))
  lu.assertEquals(files.read(path), "old")
  assert(lock.write(experiment(simple:format("")), path, scanner(prompts(10))))
  assert(lock.load(path))
  lu.assertEquals(lock.path("specs/x.lua"), "specs/x.lock")
end

os.exit(lu.LuaUnit.run())
