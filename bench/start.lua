-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Build time, and the time from starting a process to its first prediction: group "start" of
-- bench/run.lua. Beside it, a Python process that imports PyTorch, loads saved weights and predicts.

local data = require "bench.data"
local ingot = require "bench.ingot"
local report = require "bench.report"
local statistics = require "bench.statistics"

local shell = require "generator.toolchain.shell"

local M = {}

local BUILDS = "out/bench/timed" -- nothing but what is timed is built there

local works = {
  { title = "MLP 784-128-10", spec = "bench/specs/mlp.lua", size = 28, count = 64, model = "mlp" },
  { title = "ResNet-18, 1x64x64", spec = "bench/specs/resnet18_64.lua", size = 64, count = 64, model = "resnet18" },
}

local function seconds_text(ms)
  if ms < 1000 then return string.format("%.0f ms", ms) end
  return string.format("%.2f s", ms / 1e3)
end

local function print_row(title, times, result, key)
  local ms = statistics.median(times)
  result[key .. "_ms"], result[key .. "_rounds_ms"] = ms, times
  if ms then
    print(string.format("    %-46s %10s   (%s to %s)", title, seconds_text(ms),
      seconds_text(math.min(table.unpack(times))), seconds_text(math.max(table.unpack(times)))))
  else
    print(string.format("    %-46s not measured", title))
  end
end

-- A build whose stamp nobody has seen, runtime library there already: another seed each round.
local function timed_build(work, round, fresh)
  local sets = ingot.sets()
  sets[#sets + 1] = "train.seed=" .. (fresh and 1000 + round or 1001)
  return ingot.wall_ms(ingot.build_command(work.spec, sets, BUILDS))
end

-- What `torch` needs to predict is saved once, untimed.
local function peer_command(python, work)
  local weights = string.format("out/bench/%s.safetensors", work.model)
  local words = string.format("%s bench/peers/first_prediction.py %s --size %d", python, work.model, work.size)
  if not os.execute(words .. " --save " .. weights .. " >/dev/null 2>>out/bench/start.log") then return nil end
  return words .. " --weights " .. weights
end

local function run_work(work, python, rounds)
  print("  " .. work.title)
  local result = { title = work.title }
  local folder, image = data.make(work.size, work.count)
  local built, why = ingot.build(work.spec, ingot.sets())
  local trained
  if built then trained, why = ingot.train(built.path, folder) end
  if not trained then report.note(why) end
  local peer = python and peer_command(python, work)
  if python and not peer then report.note("PyTorch: first_prediction.py fails; see out/bench/start.log") end
  local fresh, unchanged, first, theirs = {}, {}, {}, {}
  shell.remove_folder(BUILDS)
  if built then timed_build(work, 0, true) end -- builds the runtime library
  for round = 1, rounds do
    if built then
      fresh[#fresh + 1] = timed_build(work, round, true)
      unchanged[#unchanged + 1] = timed_build(work, 1, false)
    end
    if trained then first[#first + 1] = ingot.wall_ms(ingot.predict_command(built.path, image)) end
    if peer then theirs[#theirs + 1] = ingot.wall_ms(peer) end
  end
  print_row("Ingot: build, runtime built before", fresh, result, "build")
  print_row("Ingot: build, nothing changed", unchanged, result, "build_unchanged")
  print_row("Ingot: start to first prediction", first, result, "first_prediction")
  if python then print_row("PyTorch: start to first prediction", theirs, result, "peer_first_prediction") end
  io.stdout:flush()
  return result
end

function M.run(python, options)
  report.heading("Build, and start to first prediction (whole processes, files in the page cache)")
  local results = { name = "start", works = {} }
  for i, work in ipairs(works) do results.works[i] = run_work(work, python, options.rounds) end
  return results
end

return M
