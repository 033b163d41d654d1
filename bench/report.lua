-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- How the table looks, the machine's peaks that figures are a fraction of, and the results file.

local json = require "dkjson"
local lfs = require "lfs"
local peers = require "bench.peers"
local shell = require "generator.toolchain.shell"
local statistics = require "bench.statistics"

local M = {}

local PEAK = "out/bench/peak"

M.terminal = os.execute("test -t 2") == true

function M.heading(text) print("\n" .. text) io.stdout:flush() end

function M.note(text) print("  (" .. text .. ")") io.stdout:flush() end

--- One line on standard error, where that is a terminal, that the next one writes over; "" ends it.
function M.progress(text) if M.terminal then io.stderr:write("\r\27[K", text) end end

-- Runs bench/peak.c's program; nil where the machine has no compiler.
local function run_peak(seconds, threads)
  local pipe = assert(io.popen(string.format("%s --seconds %g %s 2>/dev/null", PEAK, seconds, threads)))
  local value = json.decode(pipe:read("a"))
  pipe:close()
  return value
end

local function first_line(command)
  local pipe = assert(io.popen(command .. " 2>/dev/null"))
  local line = pipe:read("l")
  pipe:close()
  return line
end

--- Prints what is measured on and against; returns it for the results file.
function M.machine(python)
  assert(shell.make_folder("out/bench"))
  local cpu = first_line("sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo") or "unknown processor"
  print(string.format("machine: %s, %d processors, load %s", cpu, shell.processors(),
    first_line("cut -d' ' -f1-3 /proc/loadavg") or "?"))
  local facts = { cpu = cpu, processors = shell.processors() }
  if os.execute("gcc -std=gnu11 -O3 -march=native -fopenmp -Iruntime bench/peak.c runtime/cli/peak.c -o " .. PEAK) then
    facts.peak = run_peak(0.5, "")
    for threads = 1, shell.processors() do
      local key = tostring(threads)
      local fma = facts.peak and facts.peak.fma_gflops[key]
      if fma then
        print(string.format("peak, %d thread%s: %.0f GFLOP/s fp32 (fused multiply-add), %.0f bf16 (dot products), "
          .. "%.0f bf16 (AMX), %.0f GB/s (triad)", threads, threads == 1 and "" or "s", fma,
          facts.peak.bf16_gflops[key], facts.peak.amx_gflops[key], facts.peak.triad_gbs[key]))
      end
    end
  end
  if python then
    facts.peers = peers.versions(python, { "torch", "torchvision", "torchaudio", "librosa", "onnxruntime" })
    print("peers: " .. facts.peers)
  else
    print("peers: none; `make peers` installs them into .venv. Ingot alone is measured.")
  end
  return facts
end

--- GFLOP/s of fused multiply-adds right now; also shows how disturbed the machine is.
function M.peak(threads)
  local value = lfs.attributes(PEAK) and run_peak(0.1, tostring(threads) .. " --fma-only")
  return value and value.fma_gflops[tostring(threads)] or nil
end

local function time_text(ms)
  if ms < 1 then return string.format("%.1f us", ms * 1e3) end
  return string.format(ms < 100 and "%.2f ms" or "%.1f ms", ms)
end

-- One row: who, median, samples per second, share of the peak, comparison.
local function row(who, ms, line, peak, comparison)
  local share = peak and line.flops / ms / 1e6 / peak
  print(string.format("    %-32s %12s %12.0f/s %7s   %s", who, time_text(ms), line.batch / ms * 1e3,
    share and string.format("%.1f %%", 100 * share) or "", comparison or ""))
  return share
end

local function print_best(title, entry)
  if not entry then return end
  print(string.format("    %s: %s%s", title, entry.mode,
    entry.ratio and string.format(", Ingot is %.2f times as fast", entry.ratio) or ""))
end

--- Prints one line of a group: Ingot, then each mode of the peer, then the peer's best. Returns what
--- goes into the results file.
function M.line(line, own, sides, peak)
  print("  " .. line.title)
  local result = { title = line.title, batch = line.batch, flops = line.flops, ingot_ms = statistics.median(own),
                   ingot_rounds_ms = own, peers = {} }
  if result.ingot_ms then
    result.ingot_share_of_peak = row("Ingot", result.ingot_ms, line, peak)
  else
    print("    Ingot                                 not measured")
  end
  local best, best_own
  for _, side in ipairs(sides) do
    local ms = statistics.median(side.times)
    if ms then
      local ratio, least, most = statistics.ratio(side.times, own)
      local text = ratio and string.format("Ingot is %.2f times as fast (%.2f-%.2f)", ratio, least, most)
      row(side.mode == "onnx" and "ONNX Runtime" or "PyTorch " .. side.mode, ms, line, peak, text)
      result.peers[#result.peers + 1] = { mode = side.mode, ms = ms, rounds_ms = side.times, ratio = ratio,
        ratio_least = least, ratio_most = most, first_call_s = side.first_s }
      local entry = result.peers[#result.peers]
      if side.mode ~= "onnx" and (not best or ms < best.ms) then best = entry end
      local own_gradients = side.mode ~= "onnx" and not side.mode:find("^manual")
      if own_gradients and (not best_own or ms < best_own.ms) then best_own = entry end
    end
  end
  result.best_peer = best and best.mode
  result.best_peer_own_gradients = best_own and best_own.mode
  print_best("best of PyTorch", best)
  if best ~= best_own then print_best("best where PyTorch finds the gradients", best_own) end
  io.stdout:flush()
  return result
end

--- Writes bench/results/<n>.json, the next free number.
function M.save(results)
  assert(shell.make_folder("bench/results"))
  local n = 1
  while lfs.attributes(string.format("bench/results/%03d.json", n)) do n = n + 1 end
  local path = string.format("bench/results/%03d.json", n)
  local file = assert(io.open(path, "w"))
  assert(file:write(json.encode(results, { indent = true }), "\n"))
  assert(file:close())
  print("\nresults: " .. path)
end

return M
