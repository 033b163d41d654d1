-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Data that is not as it should be, end to end: told by name, with the documented exit code, when the
-- lock is written (build.lua) and when the executable reads.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local json = require("generator.base.json")

local bench = e2e.new()

local function wav(seconds, sample)
  return e2e.wav(e2e.tone(500, 8000, seconds), 8000, 1, sample or "i16")
end

-- Each file that cannot be used, and what is to be said of it.
local function spoil(folder)
  local whole = wav(1)
  local nan = e2e.tone(500, 8000, 1)
  nan[101] = 0 / 0
  bench:write(folder .. "/low/bad-empty.wav", "")
  bench:write(folder .. "/low/bad-nan.wav", e2e.wav(nan, 8000, 1, "f32"))
  bench:write(folder .. "/low/bad-none.wav", e2e.wav({}, 8000, 1, "i16"))
  bench:write(folder .. "/high/bad-text.wav", "RIFF? No.")
  bench:write(folder .. "/high/bad-truncated.wav", whole:sub(1, #whole // 2))
  return { "low/bad%-empty.wav: empty file", "low/bad%-nan.wav: sample is NaN at frame 100",
    "low/bad%-none.wav: no sound: 0 frames", "high/bad%-text.wav: not audio", "high/bad%-truncated.wav: truncated" }
end

local function refused(ran, status, ...)
  lu.assertEquals(ran.status, status, ran.err .. ran.out)
  for _, part in ipairs { ... } do
    if not ran.err:find(part) then lu.fail("'" .. ran.err .. "' lacks " .. part) end
  end
  for _, part in ipairs { "stack traceback", "internal error", "generator/" } do
    lu.assertNil(ran.err:find(part, 1, true), ran.err)
  end
end

local function build(spec)
  return bench:build_lua(spec .. " --json --set 'target.isa=\"" .. e2e.isa .. "\"'")
end

TestSounds = {}

function TestSounds.test_neither_data_nor_lock()
  bench:write("nowhere.lua", e2e.audio_spec { path = "nowhere" })
  refused(build("nowhere.lua"), 1, "nowhere%.lock", "%(nowhere%)")
  refused(bench:build_lua("lock nowhere.lua --json"), 1, "nowhere")
  lu.assertFalse(bench:exists("nowhere.lock"))
end

function TestSounds.test_an_empty_class_folder()
  bench:sounds("hollow", 4)
  bench:shell("mkdir hollow/nothing")
  bench:write("hollow.lua", e2e.audio_spec { path = "hollow" })
  refused(build("hollow.lua"), 1, "nothing")
  lu.assertFalse(bench:exists("hollow.lock"))
end

function TestSounds.test_bad_ones_among_good_ones_are_named_and_counted()
  bench:sounds("mixed", 5)
  local parts = spoil("mixed")
  bench:write("mixed.lua", e2e.audio_spec { path = "mixed" })
  refused(build("mixed.lua"), 1, "5 of 20 files", "on_unreadable", table.unpack(parts))
  lu.assertFalse(bench:exists("mixed.lock"))
end

function TestSounds.test_bad_ones_are_left_out_where_the_spec_says_so()
  bench:sounds("skip", 5)
  local parts = spoil("skip")
  bench:write("skip.lua", e2e.audio_spec { path = "skip", data = 'on_unreadable = "skip"' })
  local built = bench:build("skip.lua")
  local lock = json.decode(bench:read("skip.lock"))
  local skipped = {}
  for i, entry in ipairs(lock.skipped) do skipped[i] = entry.path .. ": " .. entry.problem end
  lu.assertEquals(#skipped, 5)
  lu.assertEquals(#lock.files, 15)
  for _, part in ipairs(parts) do lu.assertNotNil(table.concat(skipped, "\n"):find(part), part) end
  local said = bench:build_lua("lock skip.lua")
  lu.assertStrContains(said.out, "5 unreadable files left out")
  local ran = bench:exec(built, "run --json")
  lu.assertEquals(ran.status, 0, ran.err)
  -- one that the lock says was skipped may go
  bench:shell("rm skip/low/bad-empty.wav")
  lu.assertEquals(bench:exec(built, "features --json --work other").status, 0)
end

-- 0.2 s where a segment has 0.512.
function TestSounds.test_shorter_than_a_segment()
  bench:sounds("short", 4)
  for _, class in ipairs { "high", "low", "middle" } do bench:write("short/" .. class .. "/brief.wav", wav(0.2)) end
  bench:write("pad.lua", e2e.audio_spec { path = "short", features = 'short = "pad"' })
  bench:write("drop.lua", e2e.audio_spec { path = "short", features = 'short = "drop"' })
  local samples = {}
  for _, name in ipairs { "pad", "drop" } do
    local built = bench:build(name .. ".lua")
    local ran = bench:exec(built, "run --json --work " .. name)
    lu.assertEquals(ran.status, 0, ran.err)
    samples[name] = ran.last.features.samples
    local predicted = bench:exec(built, "predict --json short/low/brief.wav short/low/01.wav --work " .. name)
    if name == "pad" then
      lu.assertEquals(predicted.status, 0, predicted.err)
      lu.assertEquals(predicted.last.predicted, 2)
    else
      lu.assertEquals(predicted.status, 1)
      lu.assertEquals(predicted.last.predicted, 1)
      lu.assertStrContains(predicted.err, "short/low/brief.wav: too short")
    end
  end
  lu.assertEquals(samples.pad, 4 * 3 * 2 + 3)
  lu.assertEquals(samples.drop, 4 * 3 * 2)
end

TestLock = {}

bench:sounds("locked", 5)
bench:write("locked.lua", e2e.audio_spec { path = "locked" })
local locked = bench:build("locked.lua")

-- Changes a copy of the data by a shell command and runs on it.
local function on_changed(name, command)
  bench:shell("cp -r locked " .. name .. " && cd " .. name .. " && " .. command)
  return bench:exec(locked, "run --json --data " .. name .. " --work work-" .. name)
end

function TestLock.test_what_differs_is_named()
  local ran = on_changed("different", "printf x >>low/02.wav; rm high/03.wav; cp low/01.wav middle/new.wav; "
    .. "printf y | dd of=middle/04.wav bs=1 seek=100 conv=notrunc")
  refused(ran, 4, "low/02%.wav", "high/03%.wav", "middle/new%.wav", "middle/04%.wav")
  lu.assertEquals(ran.last.status, "lock_mismatch")
  lu.assertEquals(ran.last.exit_code, 4)
  lu.assertStrContains(ran.last.error, "middle/04.wav")
  lu.assertEquals(bench:list("work-different"), { "runs.db" }) -- that it failed is recorded
end

function TestLock.test_one_changed_byte_of_the_same_size()
  refused(on_changed("byte", "printf y | dd of=middle/04.wav bs=1 seek=100 conv=notrunc"), 4, "middle/04%.wav")
end

function TestLock.test_one_file_too_few()
  refused(on_changed("few", "rm high/03.wav"), 4, "high/03%.wav")
end

function TestLock.test_one_file_too_many()
  refused(on_changed("many", "cp low/01.wav middle/new.wav"), 4, "middle/new%.wav")
end

function TestLock.test_no_data()
  local ran = bench:exec(locked, "run --json --data nothing-here")
  lu.assertEquals(ran.status, 1, ran.err)
  refused(ran, ran.status, "nothing%-here")
  lu.assertEquals(ran.last.exit_code, ran.status)
end

function TestLock.test_a_good_copy_is_good()
  lu.assertEquals(on_changed("good", "true").status, 0)
end

-- The lock is enough to build with.
function TestLock.test_a_build_needs_only_the_lock()
  bench:shell("mkdir -p elsewhere && cp locked.lua locked.lock elsewhere/")
  local ran = bench:shell("cd elsewhere && mkdir -p out && ln -s ../../out/.runtime out/.runtime && exec lua5.4 "
    .. assert(os.getenv("PWD")) .. "/build.lua locked.lua --json --set 'target.isa=\"" .. e2e.isa .. "\"'")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertEquals(ran.last.stamp, locked.stamp)
end

function TestLock.test_a_build_writes_the_lock_and_says_so()
  bench:shell("cp locked.lua unlocked.lua")
  local ran = build("unlocked.lua")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertStrContains(ran.err .. ran.out, "wrote unlocked.lock")
end

function TestLock.test_a_spec_that_reads_otherwise_needs_another_lock()
  bench:write("moved.lua", e2e.audio_spec { path = "locked" })
  bench:build("moved.lua")
  bench:write("moved.lua", e2e.audio_spec { path = "locked", split = "by_fraction { test = 0.4, seed = 2 }" })
  refused(build("moved.lua"), 1, "lock")
end

TestImages = {}

local function images_refused(name, change, ...)
  bench:images(name, 30, 9, 8, 3)
  local path = name .. "/" .. change.file
  bench:write(path, change.text(assert(bench:read(path))))
  bench:write(name .. ".lua", e2e.image_spec { path = name })
  refused(build(name .. ".lua"), 1, change.file:gsub("%-", "%%-"), ...)
  lu.assertFalse(bench:exists(name .. ".lock"))
end

function TestImages.test_wrong_magic()
  images_refused("magic", { file = "train-images-idx3-ubyte",
    text = function(bytes) return "\0\0\13\3" .. bytes:sub(5) end })
end

function TestImages.test_wrong_sizes()
  images_refused("sizes", { file = "train-images-idx3-ubyte",
    text = function(bytes) return bytes:sub(1, 4) .. string.pack(">I4", 31) .. bytes:sub(9) end })
  images_refused("labels", { file = "train-labels-idx1-ubyte",
    text = function(bytes) return e2e.idx({ 29 }, bytes:sub(9, 8 + 29)) end })
  images_refused("zero", { file = "train-images-idx3-ubyte",
    text = function(bytes) return bytes:sub(1, 8) .. string.pack(">I4", 0) .. bytes:sub(13) end })
end

function TestImages.test_trailing_and_missing_bytes()
  images_refused("trailing", { file = "t10k-images-idx3-ubyte", text = function(bytes) return bytes .. "x" end })
  images_refused("missing", { file = "t10k-labels-idx1-ubyte", text = function(bytes) return bytes:sub(1, -2) end })
end

function TestImages.test_gzip_and_a_damaged_one()
  bench:images("zipped", 30, 9, 8, 3)
  bench:shell("gzip -n zipped/*")
  bench:write("zipped.lua", e2e.image_spec { path = "zipped" })
  lu.assertEquals(bench:exec(bench:build("zipped.lua"), "run --json").status, 0)
  bench:shell("cp -r zipped cut && truncate -s -20 cut/train-images-idx3-ubyte.gz")
  bench:write("cut.lua", e2e.image_spec { path = "cut" })
  refused(build("cut.lua"), 1, "train%-images%-idx3%-ubyte%.gz")
end

function TestImages.test_a_missing_file()
  bench:images("three", 30, 9, 8, 3)
  bench:shell("rm three/train-labels-idx1-ubyte")
  bench:write("three.lua", e2e.image_spec { path = "three" })
  refused(build("three.lua"), 1, "train%-labels%-idx1%-ubyte")
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
