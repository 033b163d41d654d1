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

TestFunctions = { setUp = TestLock.setUp, tearDown = TestLock.tearDown }

-- A spec whose sounds are grouped by the function `rule`, after the lines `before`.
local function grouped(rule, before, sets)
  local text = ('%s\nreturn experiment { data = audio_folder { path = "d", split = by_group {\ngroup = %s,\n'
    .. "test = 0.2 } }, features = mel_spectrogram { sample_rate = 8000, segment_seconds = 1 }, "
    .. "model = sequential { flatten {}, linear { outputs = 2 } }, "
    .. "train = { optimizer = adam {}, epochs = 1, batch_size = 2 } }"):format(before or "", rule)
  local e, errors = spec.parse(text, "x.lua", { sets = sets })
  return assert(e, errors and spec.format(errors))
end

function TestFunctions:test_a_changed_function_needs_another_lock()
  local first = grouped('function(p) return p:match("p%d+") end')
  local made = assert(lock.make(first, { scanner = scanner(prompts(20)) }))
  lu.assertTrue(lock.matches(first, made.lock))
  -- somewhere else in the spec, it is the same function
  lu.assertTrue(lock.matches(grouped('function(p) return p:match("p%d+") end', "-- a comment\nlocal x = 1"), made.lock))
  local matches, why = lock.matches(grouped('function(p) return p:match("%d+") end'), made.lock)
  lu.assertNil(matches)
  lu.assertStrContains(why, "the lock was made for another `data` or `split`")
  lu.assertNil(lock.matches(grouped('"p%d+"'), made.lock))
end

function TestFunctions:test_what_a_function_uses_belongs_to_it()
  local function with(value)
    return grouped("function(p) return p:match(pattern) end", "local pattern = " .. value)
  end
  local made = assert(lock.make(with '"p%d+"', { scanner = scanner(prompts(20)) }))
  lu.assertTrue(lock.matches(with '"p%d+"', made.lock))
  lu.assertNil(lock.matches(with '"p%d"', made.lock))
  local function through(value)
    return grouped("function(p)\nreturn name(p)\nend", "local t = { x = { " .. value .. " } }\n"
      .. "local function name(p) return p:match(t.x[1]) end\nt.self = t\nt[name] = string.find")
  end
  made = assert(lock.make(through '"p%d+"', { scanner = scanner(prompts(20)) }))
  lu.assertTrue(lock.matches(through '"p%d+"', made.lock))
  lu.assertNil(lock.matches(through '"(p%d+)"', made.lock))
end

function TestFunctions:test_a_function_that_changes_what_it_uses()
  local function counting()
    return grouped('function(p) n = n + 1 return p:match("p%d+") end', "local n = 0")
  end
  local made = assert(lock.make(counting(), { scanner = scanner(prompts(20)) }))
  lu.assertTrue(lock.matches(counting(), made.lock))
end

function TestFunctions:test_a_function_from_the_command_line()
  local function set(pattern)
    return grouped('"x"', "", { 'train.epochs=1',
      ('data.split.group=function(p) return p:match("%s") end'):format(pattern) })
  end
  local made = assert(lock.make(set "p%d+", { scanner = scanner(prompts(20)) }))
  lu.assertTrue(lock.matches(set "p%d+", made.lock))
  lu.assertNil(lock.matches(set "%d+", made.lock))
end

TestDeclared = {}

local function declared(more, facts)
  return experiment(('audio_folder { path = "d", classes = { "fr", "en" }, declared = { %s }%s }'):format(
    facts or "files_per_class = 100, seconds = 2.5, rate = 8000",
    more or ", split = by_fraction { validation = 0.1, test = 0.2 }"))
end

function TestDeclared:test_states_counts_and_no_files()
  local made = assert(lock.declare(declared()))
  local read = assert(lock.parse(made.text, "x.lock"))
  lu.assertEquals(read.classes, { "en", "fr" })
  lu.assertEquals(read.declared, { frames = 20000, rate = 8000 })
  lu.assertEquals(read.files, {})
  lu.assertEquals(read.counts, { train = { items = 140, classes = { en = 70, fr = 70 } },
    validation = { items = 20, classes = { en = 10, fr = 10 } },
    test = { items = 40, classes = { en = 20, fr = 20 } } })
  lu.assertEquals(read.totals, { bytes = 0, files = 0, frames = 4000000, records = 200 })
  lu.assertEquals(made.text, assert(lock.declare(declared())).text)
end

function TestDeclared:test_counts_are_those_of_a_real_lock()
  folder = os.tmpname()
  os.remove(folder)
  assert(lfs.mkdir(folder))
  local real = assert(lock.make(declared(), { scanner = scanner(prompts(100)) }))
  os.execute("rm -r " .. folder)
  lu.assertEquals(assert(lock.declare(declared())).lock.counts, real.lock.counts)
  -- what is declared decides nothing where the data was read
  local others = "files_per_class = 7, seconds = 9, rate = 44100"
  lu.assertTrue(lock.matches(declared(nil, others), real.lock))
  lu.assertNil(lock.matches(declared(nil, others), assert(lock.declare(declared())).lock))
  lu.assertTrue(lock.matches(declared(), assert(lock.declare(declared())).lock))
end

function TestDeclared:test_resolves_to_shapes_and_warns()
  local pipeline = require("generator.pipeline")
  local e = declared()
  local options = { digest = function() return "0" end, digests = function(paths)
    local of = {}
    for _, path in ipairs(paths) do of[path] = "0" end
    return of
  end }
  local resolved = assert(pipeline.resolve(e, assert(lock.declare(e)).lock, options))
  lu.assertEquals(resolved.items, { train = 140, validation = 20, test = 40 })
  lu.assertEquals(resolved.samples, { train = 280, validation = 40, test = 80 }) -- 2 segments of 1 s
  lu.assertStrContains(resolved.warnings[1], "built without the data, for what the spec declares of it "
    .. "(200 sounds of 2.5 s): it cannot train")
  local damaged = assert(lock.declare(e)).lock
  damaged.counts.train.classes.en = 71
  local _, errors = pipeline.resolve(e, damaged, options)
  lu.assertEquals(errors[1].message,
    "the lock counts 140 items in train, its files give 141: it was changed by hand")
end

function TestDeclared:test_what_cannot_be_declared()
  local function refused(data)
    local e, errors = spec.parse(("return experiment { data = %s, features = mel_spectrogram { sample_rate = 8000, "
      .. "segment_seconds = 1 }, model = sequential { flatten {} }, train = { optimizer = adam {}, epochs = 1, "
      .. "batch_size = 2 } }"):format(data), "x.lua")
    lu.assertNil(e)
    return spec.format(errors)
  end
  local facts = "declared = { files_per_class = 100, seconds = 30, rate = 22050 }"
  lu.assertEquals(refused('audio_folder { path = "d", split = by_fraction {}, ' .. facts .. " }"),
    "x.lua:1: data.declared: needs `classes`: without the data nobody knows the folders")
  lu.assertEquals(refused('audio_folder { path = "d", classes = { "a", "b" }, split = by_group { group = "x" }, '
    .. facts .. " }"), "x.lua:1: data.declared: cannot be used with the split `by_group`, which looks at the files "
    .. "themselves; `by_fraction` needs only their number")
  lu.assertStrContains(refused('audio_folder { path = "d", classes = { "a", "b" }, split = given { test = "x" }, '
    .. facts .. " }"), "cannot be used with the split `given`")
  lu.assertStrContains(refused('audio_folder { path = "d", classes = { "a", "b" }, split = by_fraction { stratified = '
    .. "false }, " .. facts .. " }"), "data.declared: cannot be used: with `stratified = false`")
  local lacks = refused('audio_folder { path = "d", classes = { "a", "b" }, split = by_fraction {}, '
    .. "declared = { seconds = 1e-9, ratte = 1 } }")
  lu.assertStrContains(lacks, "data.declared.ratte: unknown field of `declared` (did you mean `rate`?); it has")
  lu.assertStrContains(lacks, "data.declared.files_per_class: is missing")
  lu.assertStrContains(refused('audio_folder { path = "d", classes = { "a", "b" }, split = by_fraction {}, '
    .. "declared = { files_per_class = 1, seconds = 1e-9, rate = 8000 } }"), "data.declared.seconds: is shorter than")
  local none, why = lock.declare(declared(nil, "files_per_class = 1, seconds = 1, rate = 8000"))
  lu.assertNil(none)
  lu.assertEquals(why, 'no item is in the split "validation" (2 in train, 0 in validation, 0 in test)')
  lu.assertNil(experiment(simple:format("")).data.declared) -- not given: absent, not filled in
end

function TestDeclared:test_from_the_command_line()
  local function set(name, ...)
    return spec.load("specs/" .. name .. ".lua", { sets = { ... } })
  end
  local e = assert(set("gtzan_resnet18_sgd", "data.declared.seconds=10"))
  lu.assertEquals(e.data.declared, { files_per_class = 100, seconds = 10.0, rate = 22050 })
  local none, errors = set("resnet18_sgd", "data.declared.seconds=10", "data.declared.rate=8000")
  lu.assertNil(none) -- what is begun is to be completed
  lu.assertStrContains(spec.format(errors), "data.declared.files_per_class: is missing")
end

function TestDeclared:test_reading()
  local text = assert(lock.declare(declared())).text
  for from, change in pairs { ['"rate":8000'] = { '"rate":"x"', "lacks the `rate` and `frames` it declares" },
    ['"files": []'] = { '"files": [{"path":"a"}]', "has files and is declared" } } do
    local value, why = lock.parse((text:gsub(from:gsub("%p", "%%%0"), change[1])), "x.lock")
    lu.assertNil(value)
    lu.assertStrContains(why, change[2])
  end
end

os.exit(lu.LuaUnit.run())
