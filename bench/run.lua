-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Measures Ingot beside its peers and prints a table; `make bench` runs it.
--
--   lua5.4 bench/run.lua [options] [group …]
--     --rounds N     rounds, each running every side once (default 7, at least 5 for a figure to quote)
--     --seconds S    time for each side in a round (default 1)
--     --batch N      the batch of every line that has more than one sample, where the list's own takes too long
--     --around CMD   runs `CMD begin` before the rounds of a group and `CMD end` after them: building and
--                    compiling are over then, so that it can quieten the machine for the time that counts
--     --without MODE leaves out the peers' modes whose names have this in them (compile takes minutes to prepare)
--     --list         prints the groups and runs nothing
--
-- A round runs Ingot, then each mode of each peer, then the next round begins: neighbours in time are
-- compared, and a ratio is the median of the rounds' ratios. Everything is warm: peers are processes
-- that stay, and the executable's word bench repeats until it is. Nothing here asserts a time.
-- What was measured also goes to bench/results/<n>.json.

package.path = "./?.lua;./?/init.lua;" .. package.path

local data = require "bench.data"
local ingot = require "bench.ingot"
local peers = require "bench.peers"
local report = require "bench.report"
local works = require "bench.works"

local options = { rounds = 7, seconds = 1, groups = {} }

local function usage(message)
  io.stderr:write("bench/run.lua: ", message, "\n")
  os.exit(2)
end

local function parse(arguments, names)
  local i = 1
  while i <= #arguments do
    local word = arguments[i]
    if word == "--rounds" or word == "--seconds" or word == "--batch" then
      i = i + 1
      local value = tonumber(arguments[i] or "")
      if not value or value <= 0 or word ~= "--seconds" and not math.tointeger(value) then
        usage(word .. " wants a number above 0")
      end
      options[word:sub(3)] = math.tointeger(value) or value
    elseif word == "--without" then
      i = i + 1
      options.without = arguments[i] or usage("--without wants a part of a mode's name")
    elseif word == "--around" then
      i = i + 1
      options.around = arguments[i] or usage("--around wants a command")
    elseif word == "--list" then
      options.list = true
    elseif names[word] then
      options.groups[#options.groups + 1] = word
    else
      usage(string.format("there is no option or group '%s' (--list names the groups)", word))
    end
    i = i + 1
  end
end

-- The peers of a group, each started when a mode first asks for it.
local function company(python, group)
  local started, list = {}, {}
  function list.of(mode)
    local script = works.script(mode)
    if started[script] == nil then
      local peer, why = peers.start(python, script, group.name .. "-" .. script:match("(%w+)_peer"))
      if not peer then report.note(script .. ": " .. why) end
      started[script] = peer or false
      list[#list + 1] = peer
    end
    return started[script]
  end
  return list
end

-- Everything the peers are to do for a group; modes they refuse are told once and left out.
local function prepare(all, group)
  local live = {}
  for l, line in ipairs(group.lines) do
    for _, mode in ipairs(line.modes) do
      if options.without and mode:find(options.without, 1, true) then goto continue end
      local request = { ["do"] = "prepare", id = l .. "/" .. mode, mode = mode }
      for key, value in pairs(line.request) do request[key] = value end -- an object: no order
      report.progress(string.format("preparing %s, %s", mode, line.title))
      local peer = all.of(mode)
      if peer then
        local answer, why = peer:ask(request)
        if answer then
          live[#live + 1] = { line = l, mode = mode, id = request.id, peer = peer, first_s = answer.prepare_s,
            times = {} }
        else
          report.note(string.format("%s, %s: %s", line.title, mode, why))
        end
      end
      ::continue::
    end
  end
  return live
end

-- One side's share of a round; a side that fails once is told and left out from then on.
local function run_peer(side)
  if side.failed then return end
  local answer, why = side.peer:ask { ["do"] = "run", id = side.id, seconds = options.seconds, at_least = 2 }
  if answer then
    side.times[#side.times + 1] = answer.median_ms
  else
    side.failed = true
    report.note(side.mode .. ": " .. why)
  end
end

-- The peak a group is measured against: of bf16 the best way this machine has, as measured at the start.
local function peak_of(group, machine, fma)
  if group.precision ~= "bf16" then return fma end
  local key = tostring(group.threads)
  local peak = machine.peak
  return peak and math.max(peak.bf16_gflops[key] or 0, peak.amx_gflops[key] or 0) or nil
end

local function run_group(group, python, machine)
  report.heading(string.format("%s, %d thread%s", group.title, group.threads, group.threads == 1 and "" or "s"))
  local result = { name = group.name, title = group.title, threads = group.threads, lines = {} }
  local folder = data.make(group.images.size, group.images.count)
  local built, why = ingot.build(group.spec, ingot.sets(group.precision, options.batch))
  if not built then report.note(why) end
  local all = python and company(python, group) or {}
  local sides = python and prepare(all, group) or {}
  local own, peaks = {}, {}
  for l in ipairs(group.lines) do own[l] = {} end
  if options.around then os.execute(options.around .. " begin") end
  for round = 1, options.rounds do
    report.progress(string.format("round %d of %d", round, options.rounds))
    peaks[#peaks + 1] = report.peak(group.threads)
    local entries
    if built then
      entries, why = ingot.bench(built.path, group.threads, options.seconds)
      if not entries then
        report.note(why)
        built = nil
      end
    end
    for l, line in ipairs(group.lines) do
      local entry = entries and entries[line.entry]
      if entry then own[l][#own[l] + 1] = entry.ms end
    end
    for _, side in ipairs(sides) do run_peer(side) end
  end
  if options.around then os.execute(options.around .. " end") end
  report.progress("")
  for _, peer in ipairs(all) do peer:close() end
  -- the best of the rounds: other processes only ever make it less
  result.peak_gflops = peak_of(group, machine, #peaks > 0 and math.max(table.unpack(peaks)) or nil)
  result.data = folder
  for l, line in ipairs(group.lines) do
    local of_line = {}
    for _, side in ipairs(sides) do
      if side.line == l then of_line[#of_line + 1] = side end
    end
    result.lines[l] = report.line(line, own[l], of_line, result.peak_gflops)
  end
  return result
end

local function main()
  local names, order = {}, {}
  parse(arg, works.names({ "start", "mel" }))
  for _, group in ipairs(works.groups(options.batch)) do
    names[group.name] = function(python, machine) return run_group(group, python, machine) end
    order[#order + 1] = group.name
  end
  for _, extra in ipairs { "start", "mel" } do
    local module = require("bench." .. extra)
    names[extra] = function(python) return module.run(python, options) end
    order[#order + 1] = extra
  end
  if options.list then
    for _, name in ipairs(order) do print(name) end
    return
  end
  local python = peers.python()
  local results = { rounds = options.rounds, seconds = options.seconds, groups = {} }
  results.machine = report.machine(python)
  for _, name in ipairs(#options.groups > 0 and options.groups or order) do
    results.groups[#results.groups + 1] = names[name](python, results.machine)
  end
  report.save(results)
end

main()
