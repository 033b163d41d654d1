-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Ingot's side of the table: builds specs with build.lua and drives the executables, as a user does.
-- Everything is written below out/bench. Functions return nil and why where something fails.

local json = require "dkjson"
local shell = require "generator.toolchain.shell"

local M = {}

M.out = "out/bench/build"
M.work = "out/bench/work"

--- Runs a command in the user's environment: standard output, and whether it exited with 0. Standard
--- error goes to out/bench/ingot.log.
local function capture(command)
  assert(shell.make_folder("out/bench"))
  local pipe = assert(io.popen("{ " .. command .. "\n} 2>>out/bench/ingot.log"))
  local output = pipe:read("a")
  return output, (pipe:close())
end

-- The JSON object on the last line of an output.
local function last_object(output)
  local last
  for line in output:gmatch("[^\n]+") do last = line end
  local value = last and json.decode(last)
  return type(value) == "table" and value or nil
end

--- Overrides for this machine: the bench's specs are written for AVX-512, in fp32. `precision` "bf16"
--- takes the best instruction set that has it. `batch`: another than the spec's.
function M.sets(precision, batch)
  local bf16 = precision == "bf16"
  local isa = require("generator.toolchain.runtime").isa_here(bf16 and "x86-64-v4-amx" or "x86-64-v4")
  local sets = isa and isa ~= "x86-64-v4" and { "target.isa=" .. isa } or {}
  if bf16 then sets[#sets + 1] = "train.precision=bf16" end
  for _, field in ipairs(batch and { "train", "evaluate" } or {}) do
    sets[#sets + 1] = string.format("%s.batch_size=%d", field, batch)
  end
  return sets
end

--- The command that builds a spec into a folder (default: M.out).
function M.build_command(spec, sets, folder)
  local words = { "lua5.4", "build.lua", "--json", "--out", folder or M.out, spec }
  for _, set in ipairs(sets or {}) do
    words[#words + 1] = "--set"
    words[#words + 1] = set
  end
  return shell.command(words)
end

--- Builds a spec; returns build.lua's object (path, stamp, size, …).
function M.build(spec, sets)
  local output, good = capture(M.build_command(spec, sets))
  local built = last_object(output)
  if good and built and built.path then return built end
  return nil, string.format("%s does not build; see out/bench/ingot.log", spec)
end

--- The word bench of an executable: { train_step = { ms =, least_ms =, … }, … }.
function M.bench(path, threads, seconds)
  local output, good = capture(shell.command { path, "bench", "--json", "--quiet", "--work", M.work,
    "--threads", tostring(threads), "--seconds", tostring(seconds) })
  local result = last_object(output)
  if good and result and result.bench then return result.bench end
  return nil, path .. " bench fails; see out/bench/ingot.log"
end

--- Trains an executable on its data, so that there are weights to predict with.
function M.train(path, data)
  local output, good = capture(shell.command { path, "train", "--json", "--quiet", "--work", M.work, "--data", data })
  local result = last_object(output)
  if good and result then return result end
  return nil, path .. " train fails; see out/bench/ingot.log"
end

--- The command that predicts one image in a new process.
function M.predict_command(path, image)
  return shell.command { path, "predict", "--quiet", "--work", M.work, image }
end

--- Wall clock of a command in a new process, in milliseconds, by bash's own clock; nil where it fails.
function M.wall_ms(command)
  local script = "TIMEFORMAT=%3R; { time " .. command .. " >/dev/null 2>>out/bench/ingot.log; } 2>&1 || echo failed"
  local output = capture("bash -c " .. shell.quote(script))
  local seconds = tonumber(output:match("^%s*([%d.]+)%s*$"))
  return seconds and seconds * 1e3
end

return M
