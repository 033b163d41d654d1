-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Mel features on one thread, hours of audio per minute: group "mel" of bench/run.lua. Each side is a
-- program that prints tab-separated lines of case, path, hours per minute and microseconds per frame
-- (bench/mel_bench.c says what they are), medians of its own; rounds alternate between the programs.

local lfs = require "lfs"
local programs = require "bench.programs"
local report = require "bench.report"
local shell = require "generator.toolchain.shell"
local statistics = require "bench.statistics"

local M = {}

local PEERS = { { name = "librosa", script = "bench/mel_librosa.py" },
                { name = "torchaudio", script = "bench/peers/mel_torchaudio.py" } }
local REPETITIONS = "5" -- of one program in one round

-- Runs one program; adds its hours per minute and microseconds per frame by "case, path".
local function run_side(side)
  local pipe = assert(io.popen(side.command .. " 2>>out/bench/mel.log"))
  for line in pipe:lines() do
    local case, path, hours, frame = line:match("^([^\t]+)\t([^\t]+)\t([%d.]+)\t([%d.]+)$")
    if case then
      local key = case .. ", " .. path
      if not side.rows[key] then
        side.rows[key] = { hours = {}, frame = {} }
        side.order[#side.order + 1] = key
      end
      table.insert(side.rows[key].hours, tonumber(hours))
      table.insert(side.rows[key].frame, tonumber(frame))
    end
  end
  pipe:close()
end

local function side_of(name, command) return { name = name, command = command, rows = {}, order = {} } end

-- A peer whose calls cost much by themselves may also be measured on a whole minute at once; that is
-- compared with our segments, which is what our users get.
local WHOLE = ", whole minute$"

local function print_key(key, sides)
  print("  " .. key)
  local own = sides[1].rows[key] or sides[1].rows[(key:gsub(WHOLE, ""))]
  local results = {}
  for i, side in ipairs(sides) do
    local row = side.rows[key]
    if row then
      local text = ""
      local ratio, least, most
      if i > 1 and own then
        ratio, least, most = statistics.ratio(own.hours, row.hours)
        text = string.format("Ingot is %.2f times as fast (%.2f-%.2f)", ratio, least, most)
      end
      local hours, frame = statistics.median(row.hours), statistics.median(row.frame)
      print(string.format("    %-32s %9.1f hours/minute %9.3f us/frame   %s", side.name, hours, frame, text))
      results[#results + 1] = { name = side.name, hours_per_minute = hours, us_per_frame = frame, ratio = ratio,
                                ratio_least = least, ratio_most = most }
    end
  end
  io.stdout:flush()
  return results
end

function M.run(python, options)
  report.heading("Mel features, 1 thread (processor time)")
  local sides = {}
  local good, program = pcall(programs.compiled, "mel_bench", true, "out/bench/mel.log")
  if not good then report.note(program) end
  sides[1] = side_of("Ingot", good and shell.command { program, REPETITIONS } or "true")
  for _, peer in ipairs(python and PEERS or {}) do
    if lfs.attributes(peer.script) then
      sides[#sides + 1] = side_of(peer.name, shell.command { python, peer.script, REPETITIONS })
    end
  end
  for _ = 1, options.rounds do
    for _, side in ipairs(sides) do run_side(side) end
  end
  local result, seen = { name = "mel", lines = {} }, {}
  for _, side in ipairs(sides) do
    for _, key in ipairs(side.order) do
      if not seen[key] then
        seen[key] = true
        result.lines[#result.lines + 1] = { title = key, sides = print_key(key, sides) }
      end
    end
  end
  return result
end

return M
