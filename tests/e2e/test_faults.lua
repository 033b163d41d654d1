-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What can go wrong while an executable works, end to end: signals, a full disk, weights that are not
-- its own, a loss that is not finite. Nothing half-written is left, and the next call goes on.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local json = require("generator.base.json")

local bench = e2e.new()
bench:images("images", 30, 9, 8, 3)
bench:write("bars.lua", e2e.image_spec())
local bars = bench:build("bars.lua")
local trained = bench:exec(bars, "run --json")
local weights = "work/" .. bars.folder .. "/weights.safetensors"

-- Weights of 12 MB: long enough to write that a kill finds them half-written.
bench:write("wide.lua", e2e.image_spec {
  model = "flatten {}, linear { outputs = 1500 }, relu {}, linear { outputs = 1900 }, relu {}, linear { outputs = 3 }",
  optimizer = "sgd { learning_rate = 0.01 }" })
local wide = bench:build("wide.lua", "--set train.epochs=1")

local function refused(ran, ...)
  lu.assertEquals(ran.status, 1, ran.err .. ran.out)
  for _, part in ipairs { ... } do lu.assertStrContains(ran.err, part) end
  if ran.last then lu.assertEquals(ran.last.status, "failed") end
end

-- Names in a folder that no finished word leaves there.
local function leftovers(folder)
  local found = {}
  for _, path in ipairs(bench:list(folder)) do
    local name = path:match("[^/]+$")
    if not (name:find("%.json$") or name == "weights.safetensors" or name == "weights.partial.safetensors"
      or name == "report.html" or name:find("%.bin$") or name:find("%.lock$")
      or name:find("^checkpoint%.[01]%.safetensors$") or name:find("^runs%.db") or name:find("^known%-%x+$")) then
      found[#found + 1] = path
    end
  end
  return found
end

TestSignals = {}

-- Starts a training without end, waits for its first epochs, sends a signal.
local function interrupted(path, signal, work)
  return bench:shell(string.format([[
    ./%s train --json --work %s 2>%s.log & pid=$!
    soon "grep -q '^epoch  *3/' %s.log"
    kill -%s $pid; wait $pid; code=$?; cat %s.log >&2; exit $code]], path, work, work, work, signal, work))
end

function TestSignals.test_interrupt_and_terminate_keep_what_there_is()
  local endless = bench:build("wide.lua", "--set train.epochs=100000")
  for _, signal in ipairs { "INT", "TERM" } do
    local work = "work-" .. signal
    local ran = interrupted(endless.path, signal, work)
    lu.assertEquals(ran.status, 1, ran.err:sub(-2000))
    lu.assertEquals(ran.last.status, "interrupted")
    lu.assertEquals(ran.last.exit_code, 1)
    lu.assertTrue(ran.last.epochs >= 3 and ran.last.epochs < 100000)
    local folder = work .. "/" .. endless.folder .. "/"
    lu.assertFalse(bench:exists(folder .. "weights.safetensors"))
    local partial = ran.last.partial_weights
    lu.assertEquals(partial.sha256, bench:sha256(folder .. "weights.partial.safetensors"))
    lu.assertEquals(leftovers(work), {})
    -- they are weights like any other
    local used = bench:exec(endless, "evaluate --json --work " .. work .. " --weights " .. partial.path)
    lu.assertEquals(used.status, 0, used.err)
  end
end

function TestSignals.test_finished_weights_stay_and_the_next_run_works()
  local before = bench:sha256(weights)
  bench:shell("cp -r work kept")
  -- stopped before the first step is done: the signal comes at once
  bench:shell("timeout -s INT 0.02 ./" .. bars.path .. " train --fresh --work kept")
  lu.assertEquals(bench:sha256("kept/" .. bars.folder .. "/weights.safetensors"), before)
  local ran = bench:exec(bars, "run --json --work kept")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertEquals(ran.last.weights.sha256, trained.last.weights.sha256)
end

-- SIGKILL as soon as anything shows itself beside the finished files.
function TestSignals.test_killed_while_writing_leaves_no_half_file()
  local finished = bench:exec(wide, "train --json --work whole")
  lu.assertEquals(finished.status, 0, finished.err)
  local half_written = 0
  local delays = { 0, 0.002, 0.005, 0.01 }
  for i = 1, 30 do
    if i > #delays and half_written > 0 then break end
    local delay = delays[(i - 1) % #delays + 1]
    local work = "killed" .. i
    local folder = work .. "/" .. wide.folder
    bench:shell(string.format([[
      ./%s train --quiet --work %s & pid=$!
      while kill -0 $pid 2>/dev/null; do
        for f in %s/* %s/.[!.]*; do
          case $f in *weights*) [ -e "$f" ] && { sleep %s; kill -9 $pid; break; };; esac
        done
      done
      wait $pid]], wide.path, work, folder, folder, delay))
    if bench:exists(folder .. "/weights.safetensors") then
      lu.assertEquals(bench:sha256(folder .. "/weights.safetensors"), finished.last.weights.sha256)
    elseif #leftovers(work) > 0 then
      half_written = half_written + 1
    end
    local ran = bench:exec(wide, "run --json --work " .. work)
    lu.assertEquals(ran.status, 0, ran.err)
    lu.assertEquals(ran.last.weights.sha256, finished.last.weights.sha256)
  end
  lu.assertTrue(half_written > 0, "no kill came while the weights were being written")
end

TestFullDisk = {}

function TestFullDisk.test_a_limit_on_the_size_of_files()
  -- 512-byte blocks: 2,000,000 bytes at most, the weights have 12 MB
  local ran = bench:shell("ulimit -f 4000; exec ./" .. wide.path .. " run --json --work limited")
  refused(ran, "weights.safetensors", "File too large")
  lu.assertFalse(bench:exists("limited/" .. wide.folder .. "/weights.safetensors"))
  lu.assertEquals(leftovers("limited"), {})
  local again = bench:exec(wide, "run --json --work limited")
  lu.assertEquals(again.status, 0, again.err)
end

-- A file system of its own; only root may mount one.
function TestFullDisk.test_a_full_file_system()
  bench:shell("mkdir -p disk")
  if bench:shell("mount -t tmpfs -o size=3m tmpfs disk").status ~= 0 then
    lu.skip("a file system cannot be mounted here")
  end
  local ran = bench:exec(wide, "run --json --work disk/work")
  local left = leftovers("disk/work")
  local there = bench:exists("disk/work/" .. wide.folder .. "/weights.safetensors")
  -- as full at the very start
  bench:shell("rm -rf disk/work; dd if=/dev/zero of=disk/fill bs=4096 2>/dev/null")
  local full = bench:exec(bars, "run --json --work disk/work")
  local left_full = leftovers("disk")
  bench:shell("umount disk")
  refused(ran, "No space left on device")
  lu.assertFalse(there)
  lu.assertEquals(left, {})
  refused(full, "No space left on device")
  lu.assertEquals(left_full, { "fill" })
end

function TestFullDisk.test_results_that_cannot_be_printed()
  local ran = bench:shell("./" .. bars.path .. " predict images/t10k-images-idx3-ubyte >/dev/full")
  refused(ran, "standard output")
end

TestWeights = {}

-- The weights file taken apart and put together again: `change(header, data)`.
local function changed(to, change)
  local bytes = assert(bench:read(weights))
  local length = string.unpack("<I8", bytes)
  local header, data = json.decode(bytes:sub(9, 8 + length)), bytes:sub(9 + length)
  data = change(header, data) or data
  local text = json.encode(header)
  text = text .. (" "):rep(-#text % 8)
  bench:write(to, string.pack("<I8", #text) .. text .. data)
  return bench:exec(bars, "evaluate --json --weights " .. to)
end

function TestWeights.test_unchanged_ones_load()
  local ran = changed("same.safetensors", function() end)
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertEquals(ran.last.metrics, trained.last.metrics)
end

function TestWeights.test_the_stamp_is_in_the_metadata()
  local bytes = bench:read(weights)
  local header = json.decode(bytes:sub(9, 8 + string.unpack("<I8", bytes)))
  lu.assertEquals(header.__metadata__.stamp, bars.stamp)
  lu.assertEquals(header.__metadata__.name, "bars")
end

function TestWeights.test_of_another_model()
  local other = "whole/" .. wide.folder .. "/weights.safetensors"
  if not bench:exists(other) then bench:exec(wide, "train --work whole") end
  refused(bench:exec(bars, "evaluate --json --weights " .. other), other)
  refused(bench:exec(bars, "evaluate --json --any-stamp --weights " .. other), other, "weight", "16", "1500")
end

function TestWeights.test_of_another_stamp()
  local other = bench:build("bars.lua", "--set train.seed=8")
  local ran = bench:exec(other, "evaluate --json --weights " .. weights)
  refused(ran, bars.stamp:sub(1, 12), other.stamp:sub(1, 12), "--any-stamp")
  lu.assertEquals(bench:exec(other, "evaluate --json --any-stamp --weights " .. weights).status, 0)
end

function TestWeights.test_truncated()
  local bytes = bench:read(weights)
  for _, length in ipairs { 0, 7, 100, #bytes - 1 } do
    bench:write("short.safetensors", bytes:sub(1, length))
    refused(bench:exec(bars, "predict --json --weights short.safetensors images/t10k-images-idx3-ubyte"),
      "short.safetensors")
  end
end

function TestWeights.test_with_nan()
  refused(changed("nan.safetensors", function(header, data)
    local at = header["1.weight"].data_offsets[1]
    return data:sub(1, at) .. string.pack("<f", 0 / 0) .. data:sub(at + 5)
  end), "nan.safetensors: 1.weight is not finite at element 0")
end

function TestWeights.test_none_at_all()
  refused(bench:exec(bars, "evaluate --json --work nothing"), "weights.safetensors")
  refused(bench:exec(bars, "predict --json --weights none.safetensors images/t10k-images-idx3-ubyte"),
    "none.safetensors")
end

TestNotFinite = {}

function TestNotFinite.test_names_step_and_op_and_keeps_the_last_good_weights()
  bench:write("wild.lua", e2e.image_spec { optimizer = "sgd { learning_rate = 1e30 }" })
  local wild = bench:build("wild.lua")
  local ran = bench:exec(wild, "run --json")
  refused(ran, "epoch 1", "step", "linear")
  lu.assertFalse(bench:exists("work/" .. wild.folder .. "/weights.safetensors"))
  -- weight decay that makes weights a thousand times larger with each step: good for two epochs
  bench:write("late.lua", e2e.image_spec { optimizer = "sgd { learning_rate = 1, weight_decay = 1000 }" })
  local late = bench:build("late.lua")
  ran = bench:exec(late, "run --json")
  refused(ran, "epoch 3")
  lu.assertEquals(ran.last.epochs, 2)
  local partial = ran.last.partial_weights
  lu.assertEquals(bench:exec(late, "evaluate --json --weights " .. partial.path).status, 0)
end

TestPartialBatch = {}

-- 25 samples, 10 at a time: three steps, the last of them of 5 samples and of its own graph.
function TestPartialBatch.test_steps_and_shapes()
  local info = bench:exec(bars, "info").out
  lu.assertStrContains(info, "5 epochs of 3 steps, batch 10")
  lu.assertNotNil(info:find("train_step +batch +10 "), info)
  lu.assertNotNil(info:find("train_step_tail +batch +5 "), info)
end

local function tensors(ran)
  local bytes = bench:read((ran.last.weights.path:gsub("^%./", "")))
  local length = string.unpack("<I8", bytes)
  local header, data, all = json.decode(bytes:sub(9, 8 + length)), bytes:sub(9 + length), {}
  for _, name in ipairs { "1.weight", "1.bias" } do
    local at, values = header[name].data_offsets, {}
    for i = at[1], at[2] - 1, 4 do values[#values + 1] = (string.unpack("<f", data, i + 1)) end
    all[name] = values
  end
  return all
end

-- Softmax regression by hand, in double: from what the executable begins with (a learning rate of 0
-- leaves it), through one epoch of batches of 10, 10 and 5. Nothing is shuffled; had the last batch
-- been padded, its mean would be another.
function TestPartialBatch.test_results_are_those_of_the_unpadded_mathematics()
  bench:write("plain.lua", (e2e.image_spec { model = "flatten {}, linear { outputs = 3 }",
    optimizer = "sgd { learning_rate = 0.1 }" }:gsub("epochs = 5", "epochs = 1, shuffle = false")))
  local rate = 0.1
  local result = bench:exec(bench:build("plain.lua"), "train --json")
  lu.assertEquals(result.status, 0, result.err)
  local start = bench:exec(bench:build("plain.lua", "--set train.optimizer.learning_rate=1e-30"), "train --json")
  lu.assertEquals(start.status, 0, start.err)
  local state = tensors(start)
  local w, b = state["1.weight"], state["1.bias"]
  local images = bench:read("images/train-images-idx3-ubyte"):sub(17)
  for first = 0, 20, 10 do
    local last = math.min(first + 10, 25) - 1
    local dw, db = {}, { 0, 0, 0 }
    for i = 1, #w do dw[i] = 0 end
    for n = first, last do
      local x, y, sum = { images:byte(n * 64 + 1, n * 64 + 64) }, {}, 0
      for c = 1, 3 do
        y[c] = b[c]
        for i = 1, 64 do y[c] = y[c] + w[(c - 1) * 64 + i] * x[i] / 255 end
        y[c] = math.exp(y[c])
        sum = sum + y[c]
      end
      for c = 1, 3 do
        local d = (y[c] / sum - (n % 3 == c - 1 and 1 or 0)) / (last - first + 1)
        db[c] = db[c] + d
        for i = 1, 64 do dw[(c - 1) * 64 + i] = dw[(c - 1) * 64 + i] + d * x[i] / 255 end
      end
    end
    for i = 1, #w do w[i] = w[i] - rate * dw[i] end
    for c = 1, 3 do b[c] = b[c] - rate * db[c] end
  end
  local found = tensors(result)
  for i = 1, #w do lu.assertAlmostEquals(found["1.weight"][i], w[i], 1e-6) end
  for c = 1, 3 do lu.assertAlmostEquals(found["1.bias"][c], b[c], 1e-6) end
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
