-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Trainings that are killed, interrupted, starved of disk or run twice at once, end to end: whatever
-- happens, calling the executable again ends with the bytes of a training that was never disturbed. And
-- what the spec says of early stopping, best weights, gathered gradients and a rate that follows a metric.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local json = require("generator.base.json")

local bench = e2e.new()
bench:images("images", 30, 9, 8, 3)

-- The spec of images with more in `train`.
local function spec(name, train, changes)
  local text = e2e.image_spec(changes):gsub("epochs = 5, batch_size = 10", train)
  bench:write(name .. ".lua", text)
  return bench:build(name .. ".lua")
end

local everything = [[checkpoint = { every_steps = 1, share = 1 }, keep = "best",
  early_stopping = { metric = "training.loss", patience = 1000 },
  schedule = reduce_on_plateau { patience = 1, factor = 0.9 }]]
-- 1,9 MB of state: long enough to write that kills come meanwhile.
local model = "flatten {}, linear { outputs = 300 }, relu {}, dropout { p = 0.2 }, "
  .. "linear { outputs = 300 }, relu {}, linear { outputs = 3 }"
local long = spec("long", "epochs = 250, batch_size = 10, " .. everything, { model = model })
local whole = bench:exec(long, "train --json --work whole")
lu.assertEquals(whole.status, 0, whole.err)

local function digests(built, work)
  local folder = work .. "/" .. built.folder .. "/"
  return { bench:sha256(folder .. "weights.safetensors"), bench:sha256(folder .. "history.json") }
end
local undisturbed = digests(long, "whole")

-- Names that no finished training leaves. (What other stages were writing when they were killed is cleared
-- once it is a minute old.)
local function leftovers(work)
  local found = {}
  for _, path in ipairs(bench:list(work)) do
    local name = path:match("[^/]+$")
    if name:find("^checkpoint") or name:find("partial") or name:find("^[wht].*%.tmp%-") then
      found[#found + 1] = path
    end
  end
  return found
end

TestKills = {}

-- Moments drawn by chance, the same on every run (the generator of MINSTD).
local seed = 11
local function moment()
  seed = seed * 48271 % 2147483647
  return seed / 2147483647
end

-- Kill after kill, at moments drawn by chance, until the training has ended in spite of them; then from the
-- start, until there were thirty, some of them while a checkpoint was written. How fast the machine is decides
-- how many trainings that takes, not whether it is enough: a kill that comes too late is not counted.
function TestKills.test_thirty_kills_at_any_moment_change_no_byte()
  local script = { "kills=0; half=0; folders=1", "again() {",
    string.format("./%s train --quiet --work killed$folders & pid=$!; }", long.path), "for delay in \\" }
  for _ = 1, 300 do script[#script + 1] = string.format("  %.4f \\", 0.02 + 0.25 * moment()) end
  script[#script + 1] = string.format([[
  ; do
    [ $kills -ge 30 ] && [ $half -gt 0 ] && break
    again; sleep $delay; if kill -9 $pid 2>/dev/null; then kills=$((kills+1)); fi; wait $pid
    ls killed$folders/%s/checkpoint.*.tmp-* >/dev/null 2>&1 && half=$((half+1))
    [ -e killed$folders/%s/weights.safetensors ] && folders=$((folders+1))
  done
  again; wait $pid; echo $kills $half $folders]], long.folder, long.folder)
  local ran = bench:shell(table.concat(script, "\n"))
  local kills, half, folders = ran.out:match("(%d+) (%d+) (%d+)%s*$")
  print(string.format("%s kills over %s trainings, %s of them while a checkpoint was written", kills, folders, half))
  lu.assertTrue(tonumber(kills) >= 30, ran.out .. ran.err)
  lu.assertTrue(tonumber(half) > 0, "no kill came while a checkpoint was being written")
  for i = 1, tonumber(folders) do
    local ended = bench:exec(long, "train --quiet --work killed" .. i)
    lu.assertEquals(ended.status, 0, ended.err)
    lu.assertEquals(digests(long, "killed" .. i), undisturbed)
    lu.assertEquals(leftovers("killed" .. i), {})
  end
end

function TestKills.test_interrupted_again_and_again()
  for _, signal in ipairs { "INT", "TERM", "INT" } do
    bench:shell(string.format("timeout -s %s 0.4 ./%s train --quiet --work asked", signal, long.path))
  end
  local ended = bench:exec(long, "train --json --work asked")
  lu.assertEquals(ended.status, 0, ended.err)
  lu.assertEquals(digests(long, "asked"), undisturbed)
  lu.assertEquals(leftovers("asked"), {})
end

function TestKills.test_fresh_starts_over()
  bench:shell(string.format("timeout -s INT 0.4 ./%s train --quiet --work anew", long.path))
  local ended = bench:exec(long, "train --json --fresh --work anew")
  lu.assertEquals(ended.last.resumed_steps, nil)
  lu.assertEquals(digests(long, "anew"), undisturbed)
end

TestFullDisk = {}

-- Room for one checkpoint, not for two and the weights; freed afterwards. Nothing is tracked: the log of runs.db
-- would take as much of that room as the disk's speed lets it. The limit is one on the size of
-- files where a file system cannot be mounted.
function TestFullDisk.test_full_and_freed()
  bench:shell("mkdir -p disk")
  local mounted = bench:shell("mount -t tmpfs -o size=2m tmpfs disk").status == 0
  local first
  if mounted then
    first = bench:exec(long, "train --json --track none --work disk/work")
    bench:shell("mount -o remount,size=50m disk")
  else
    first = bench:shell("ulimit -f 500; exec ./" .. long.path .. " train --json --track none --work disk/work")
  end
  local again = bench:exec(long, "train --json --track none --work disk/work")
  local same = again.status == 0 and digests(long, "disk/work")
  local left = leftovers("disk/work")
  if mounted then bench:shell("umount disk") end
  lu.assertEquals(first.status, 1, first.err)
  lu.assertStrContains(first.err, mounted and "No space left on device" or "File too large")
  lu.assertStrContains(first.err, "training goes on")
  lu.assertEquals(again.status, 0, again.err)
  lu.assertEquals(same, undisturbed)
  lu.assertEquals(left, {})
end

TestTwo = {}

-- The first stands still from its first checkpoint on until the second has said that it waits: which of the two
-- is the first, and that they meet, does not depend on how fast the machine is.
function TestTwo.test_a_second_process_waits_and_finds_the_weights()
  local ran = bench:shell(string.format([[
    ./%s train --quiet --work both >first.out & first=$!
    soon 'ls both/%s/checkpoint.* >listed 2>&1'; kill -STOP $first
    ./%s train --json --work both 2>second.err & second=$!
    soon 'grep -q "another process" second.err'; kill -CONT $first
    wait $first || exit 9; wait $second; code=$?; cat second.err >&2; exit $code]],
    long.path, long.folder, long.path))
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertStrContains(ran.err, "another process trains this experiment in both/")
  lu.assertFalse(ran.last.trained)
  lu.assertEquals(digests(long, "both"), undisturbed)
end

TestNotFinite = {}

function TestNotFinite.test_going_on_after_it_explains()
  -- weight decay that makes weights a thousand times larger with each step: good for two epochs
  local late = spec("late", "epochs = 5, batch_size = 10, checkpoint = { every_steps = 1, share = 1 }",
    { optimizer = "sgd { learning_rate = 1, weight_decay = 1000 }" })
  local first = bench:exec(late, "train --json")
  lu.assertEquals(first.status, 1)
  lu.assertEquals(first.last.epochs, 2)
  local second = bench:exec(late, "train --json")
  lu.assertEquals(second.status, 1)
  lu.assertStrContains(second.err, "the last training failed: epoch 3")
  lu.assertStrContains(second.err, "it will fail there again")
  lu.assertTrue(second.last.resumed_steps > 0)
  lu.assertEquals(second.last.error, first.last.error)
  local fresh = bench:exec(late, "train --json --fresh")
  lu.assertNil(fresh.err:find("the last training failed", 1, true))
  lu.assertEquals(fresh.last.error, first.last.error)
end

TestPolicy = {}

local function history(built)
  return json.decode(bench:read("work/" .. built.folder .. "/history.json"))
end

local function metadata(built)
  local bytes = bench:read("work/" .. built.folder .. "/weights.safetensors")
  return json.decode(bytes:sub(9, 8 + string.unpack("<I8", bytes))).__metadata__
end

function TestPolicy.test_early_stopping_and_the_best_weights()
  local built = spec("early", [[epochs = 50, batch_size = 10, keep = "best",
    early_stopping = { metric = "validation.loss", patience = 3, min_change = 0.001 },
    schedule = warmup { epochs = 2, before = reduce_on_plateau { patience = 0, factor = 0.5 } }]],
    { optimizer = "sgd { learning_rate = 3, momentum = 0.9 }" })
  local ran = bench:exec(built, "run --json")
  lu.assertEquals(ran.status, 0, ran.err)
  local h, m = history(built), metadata(built)
  lu.assertTrue(h.stopped_early)
  lu.assertTrue(#h.epochs < 50)
  lu.assertEquals(h.best.metric, "validation.loss")
  local best = 1
  for i, e in ipairs(h.epochs) do
    if e.validation.loss < h.epochs[best].validation.loss then best = i end
  end
  lu.assertEquals(h.best.epoch, best)
  lu.assertEquals(h.best.value, h.epochs[best].validation.loss)
  lu.assertEquals(m.best_epoch, tostring(best))
  lu.assertEquals(m.best_metric, "validation.loss")
  lu.assertEquals(m.epochs, tostring(#h.epochs))
  -- what was saved is what was measured at that epoch
  lu.assertAlmostEquals(ran.last.metrics.validation.log_loss, h.best.value, 1e-6)
  local rates = {}
  for i, e in ipairs(h.epochs) do rates[i] = e.learning_rate end
  lu.assertTrue(rates[2] > rates[1] and rates[2] < 3)
  lu.assertEquals(rates[3], 3)
  lu.assertTrue(rates[#rates] < 3, "the rate never fell")
  local report = bench:read("work/" .. built.folder .. "/report.html")
  lu.assertStrContains(report, "The weights are those of epoch <b>" .. best .. "</b>")
  lu.assertStrContains(report, "<p>" .. #h.epochs .. " epochs, ")
  lu.assertStrContains(report, "Stopped early")
end

-- 25 training samples: groups of 20 and 5, as with batches of 20.
function TestPolicy.test_gathered_gradients_are_those_of_larger_batches()
  local function weights(name, train)
    local built = spec(name, "epochs = 4, " .. train .. ', schedule = cosine { by = "step" }',
      { optimizer = "sgd { learning_rate = 0.1, momentum = 0.9 }" })
    local ran = bench:exec(built, "train --json")
    lu.assertEquals(ran.status, 0, ran.err)
    local bytes = bench:read("work/" .. built.folder .. "/weights.safetensors")
    local values, data = {}, bytes:sub(9 + string.unpack("<I8", bytes))
    for i = 1, #data, 4 do values[#values + 1] = (string.unpack("<f", data, i)) end
    return values, history(built)
  end
  local a, ha = weights("gathered", "batch_size = 10, accumulate = 2, clip_gradient_norm = 0.5")
  local b, hb = weights("larger", "batch_size = 20, clip_gradient_norm = 0.5")
  lu.assertEquals(#a, #b)
  for i = 1, #a do lu.assertAlmostEquals(a[i], b[i], 1e-5) end
  for i = 1, 4 do
    lu.assertEquals(ha.epochs[i].learning_rate, hb.epochs[i].learning_rate)
  end
  lu.assertEquals(ha.steps, 12)
  lu.assertEquals(hb.steps, 8)
end

local function refused(name, train, message, split)
  local text = e2e.image_spec():gsub("epochs = 5, batch_size = 10", (train:gsub("%%", "%%%%")))
  if split then text = text:gsub("given { validation = 5 / 30 }", split) end
  bench:write(name .. ".lua", text)
  local ran = bench:build_lua(name .. ".lua")
  lu.assertEquals(ran.status, 1, ran.err .. ran.out)
  lu.assertStrContains(ran.err .. ran.out, message)
end

function TestPolicy.test_what_cannot_be()
  refused("wrong1", 'epochs = 1, batch_size = 10, best = { metric = "training.loss" }',
    "train.best: is for `keep = \"best\"`")
  refused("wrong2", 'epochs = 1, batch_size = 10, early_stopping = { patience = 1, metric = "validation.f1" }',
    "train.early_stopping.metric:")
  refused("wrong3", "epochs = 1, batch_size = 10, early_stopping = { patience = 1 }",
    "train.early_stopping: goes by validation.loss, but the split has no validation samples", "given {}")
  refused("wrong4", 'epochs = 1, batch_size = 10, keep = "best"',
    "train.keep: goes by validation.loss, but the split has no validation samples", "given {}")
  refused("wrong5", "epochs = 1, batch_size = 10, schedule = reduce_on_plateau {}",
    "train.schedule: goes by validation.loss, but the split has no validation samples", "given {}")
  refused("wrong6", "epochs = 1, batch_size = 10, accumulate = 0", "train.accumulate: must be from 1")
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
