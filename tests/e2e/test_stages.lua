-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Stages end to end: which run again and why, what executables share (also at the same time), what a damaged
-- cache does, and what gc removes.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local lfs = require("lfs")
local e2e = require("tests.support.e2e")
local files = require("generator.base.files")

local bench = e2e.new()
bench:sounds("sounds", 10)
bench:write("sound.lua", e2e.audio_spec())
local old = "touch -d '1 hour ago' sounds/*/*.wav"
assert(bench:shell(old).status == 0)
local first = bench:build("sound.lua", "--set train.epochs=2")
local slower = bench:build("sound.lua", "--set train.epochs=2 --set train.optimizer.learning_rate=0.05")
local finer = bench:build("sound.lua", "--set train.epochs=2 --set features.n_mels=20")

local function ran_well(built, arguments)
  local ran = bench:exec(built, arguments)
  lu.assertEquals(ran.status, 0, ran.err .. ran.out)
  return ran
end

-- Entries of a cache: { features = { names }, train = …, evaluate = … }.
local function cache_of(work)
  local found = { features = {}, train = {}, evaluate = {} }
  for _, name in ipairs(files.list(bench:path(work .. "/cache"))) do
    local stage = name:match("^(%l+)%-%x+$")
    if found[stage] then table.insert(found[stage], name) end
  end
  return found
end

local function flip(path)
  local bytes = bench:read(path)
  bench:write(path, bytes:sub(1, #bytes - 20) .. string.char(bytes:byte(#bytes - 19) ~ 1) .. bytes:sub(#bytes - 18))
end

TestStages = {}

function TestStages.test_what_runs_again()
  local explained = ran_well(first, "run --explain --json --work w")
  lu.assertEquals(explained.last.stages.train.runs, true)
  lu.assertStrContains(explained.last.stages.train.why, "it has not run in w yet")
  lu.assertFalse(bench:exists("w"))

  bench:shell("sleep 2.1") -- what was written just before it was read is read again (runtime/data/known.h)
  local one = ran_well(first, "run --json --work w").last
  lu.assertEquals({ one.trained, one.features.cached }, { true, false })
  -- nothing is computed twice
  local again = ran_well(first, "run --json --work w")
  lu.assertEquals({ again.last.trained, again.last.features.cached }, { false, true })
  lu.assertStrContains(again.err, "30 of them unchanged since they were read")
  lu.assertStrContains(again.err, "these weights were measured before")
  lu.assertEquals(again.last.metrics, one.metrics)
  lu.assertStrContains(ran_well(first, "run --json --rehash --work w").err, " 0 of them unchanged")
  explained = ran_well(first, "run --explain --work w")
  for _, stage in ipairs { "features", "train", "evaluate" } do
    lu.assertStrMatches(explained.out, ".*\n" .. stage .. " +kept .*")
  end

  -- the learning rate: features stay
  explained = ran_well(slower, "run --explain --json --work w").last.stages
  lu.assertEquals({ explained.features.runs, explained.train.runs }, { false, true })
  lu.assertEquals(explained.train.why, "train.optimizer.learning_rate 0.1 -> 0.05")
  local two = ran_well(slower, "run --json --work w").last
  lu.assertEquals({ two.trained, two.features.cached }, { true, true })
  -- the features: all of it
  explained = ran_well(finer, "run --explain --json --work w").last.stages
  lu.assertEquals({ explained.features.runs, explained.train.runs }, { true, true })
  lu.assertEquals(explained.features.why, "features.n_mels 16 -> 20")
  lu.assertEquals(ran_well(finer, "run --json --work w").last.features.cached, false)
  lu.assertEquals(#cache_of("w").features, 2)
end

function TestStages.test_another_executable_takes_the_same_training()
  -- another name, another gate: another stamp, the same training
  bench:write("gated.lua", (e2e.audio_spec():gsub("evaluate = {", 'gate = { accuracy = ">= 0" }, evaluate = {')))
  bench:write("gated.lock", bench:read("sound.lock"))
  local gated = bench:build("gated.lua", "--set train.epochs=2")
  local one, two = ran_well(first, "run --json --work s").last, ran_well(gated, "run --json --work s")
  lu.assertNotEquals(gated.stamp, first.stamp)
  lu.assertEquals(two.last.trained, false)
  lu.assertStrContains(two.err, "the same training was finished by sound-" .. first.stamp:sub(1, 12))
  lu.assertEquals(two.last.metrics.test.accuracy, one.metrics.test.accuracy)
  -- byte for byte what training would have written
  local fresh = ran_well(gated, "run --json --fresh --work s2").last
  lu.assertEquals(fresh.trained, true)
  lu.assertEquals(two.last.weights.sha256, fresh.weights.sha256)
  lu.assertEquals(bench:read("s/" .. gated.folder .. "/history.json"), bench:read("s2/" .. gated.folder
    .. "/history.json"))
  -- threads are part of the key
  lu.assertEquals(ran_well(gated, "run --json --threads 1 --work s").last.trained, true)
end

function TestStages.test_a_flipped_bit_in_the_cache()
  local one = ran_well(first, "run --json --work f").last
  local folder = "f/" .. first.folder
  bench:shell("rm -r " .. folder)
  local train = "f/cache/" .. cache_of("f").train[1]
  flip(train .. "/weights.safetensors")
  local ran = ran_well(first, "run --json --work f")
  lu.assertStrContains(ran.err, "train: the cached result is damaged")
  lu.assertEquals(ran.last.trained, true)
  lu.assertEquals(ran.last.weights.sha256, one.weights.sha256)
  -- it was written again, whole
  bench:shell("rm -r " .. folder)
  lu.assertEquals(ran_well(first, "run --json --work f").last.trained, false)

  flip("f/cache/" .. cache_of("f").evaluate[1] .. "/index.json")
  ran = ran_well(first, "run --json --work f")
  lu.assertStrContains(ran.err, "evaluate: the cached result is damaged")
  lu.assertEquals(ran.last.metrics, one.metrics)

  flip("f/cache/" .. cache_of("f").features[1] .. "/samples.bin")
  ran = ran_well(first, "run --json --work f")
  lu.assertStrContains(ran.err, "features: the cached ones are damaged (its samples are damaged)")
end

function TestStages.test_two_at_once()
  local line = "./%s run --json --quiet --work t >t%d.out 2>t%d.err & "
  local ran = bench:shell("mkdir t; " .. line:format(first.path, 1, 1) .. line:format(slower.path, 2, 2)
    .. line:format(first.path, 3, 3) .. "wait")
  lu.assertEquals(ran.status, 0, ran.err)
  local computed, trained = 0, 0
  for i = 1, 3 do
    local last = require("generator.base.json").decode((bench:read("t" .. i .. ".out"):match("([^\n]+)\n*$")))
    lu.assertEquals(last.status, "ok", bench:read("t" .. i .. ".err"))
    computed = computed + (last.features.cached and 0 or 1)
    trained = trained + (last.trained and 1 or 0)
  end
  lu.assertEquals({ computed, trained }, { 1, 2 })
end

function TestStages.test_gc()
  ran_well(first, "run --json --work g")
  ran_well(finer, "run --json --work g")
  bench:write("g/cache/notes.txt", "mine")
  bench:write("g/cache/train-short/mine", "mine")
  local function collect(arguments)
    local ran = bench:build_lua("gc --json --work g " .. (arguments or ""))
    lu.assertEquals(ran.status, 0, ran.err)
    return ran.last
  end
  lu.assertEquals(#collect().removed, 0)
  bench:shell("rm -r g/" .. finer.folder)
  local before = bench:list("g")
  local would = collect("--dry-run")
  lu.assertEquals({ #would.removed, would.kept }, { 3, 3 })
  lu.assertTrue(would.bytes > 30 * 20 * 4)
  lu.assertEquals(bench:list("g"), before)
  -- one that somebody is at stays
  local busy = would.removed[1].name
  bench:shell("flock g/cache/" .. busy .. ".lock sleep 600 & echo $! >holder; "
    .. "soon '! flock -n g/cache/" .. busy .. ".lock true'")
  lu.assertEquals({ #collect().removed, collect().busy }, { 2, 1 })
  bench:shell("pkill -P $(cat holder); kill $(cat holder); true")
  lu.assertEquals(collect().removed[1].name, busy)
  lu.assertEquals(bench:read("g/cache/notes.txt"), "mine")
  lu.assertEquals(bench:read("g/cache/train-short/mine"), "mine")
  -- what is left is whole
  local again = ran_well(first, "run --json --work g").last
  lu.assertEquals({ again.trained, again.features.cached }, { false, true })
  -- what cannot be read may refer to anything
  bench:write("g/" .. first.folder .. "/stages.json", "{")
  local ran = bench:build_lua("gc --work g")
  lu.assertEquals(ran.status, 1)
  lu.assertStrContains(ran.err, "nothing was removed")
  lu.assertEquals(bench:build_lua("gc --work nowhere").status, 1)
end

function TestStages.test_files_that_change()
  -- the lock is written without reading what is known, and notices what changed
  lu.assertEquals(lfs.attributes(bench:path("out/.known"), "mode"), "directory")
  local function lock(arguments)
    local ran = bench:build_lua("lock sound.lua --json " .. (arguments or ""))
    lu.assertEquals(ran.status, 0, ran.err)
    return ran.last.changed
  end
  lu.assertFalse(lock())
  lu.assertFalse(lock("--rehash"))
  local sound = bench:read("sounds/low/01.wav")
  bench:write("sounds/low/01.wav", bench:read("sounds/low/02.wav"))
  lu.assertTrue(lock())
  bench:write("sounds/low/01.wav", sound)
  lu.assertTrue(lock())
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
