-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The word tune: builds a spec once for each candidate that its nodes have (generator/tuning.lua), runs the programs'
-- own `bench --profile` in turns, and writes what was the fastest into SPEC.tune.

local driver = require("generator.driver")
local files = require("generator.base.files")
local json = require("generator.base.json")
local runtime = require("generator.toolchain.runtime")
local shell = require("generator.toolchain.shell")
local sorted = require("generator.base.sorted")
local tuning = require("generator.tuning")

local M = {}

local function fail(status, line) return nil, { status = status, line } end

local function with(options, more) return setmetatable(more, { __index = options }) end

-- The text of a tuning with nothing but kernels by the names of nodes.
local function text_of(target, kernels)
  local list = {}
  for key, kernel in sorted.pairs(kernels) do list[key] = { kernel = kernel } end
  return tuning.text { machines = { [tuning.machine(target)] = { cpu = "", apart = true, choices = list } } }
end

-- A program for each round of choices: { chosen, rows, path }.
local function programs_of(spec_path, options, target, points)
  local programs = {}
  for i = 1, math.huge do
    local chosen = tuning.round(points, i)
    if not chosen then return programs end
    local one = with(options, { tune = text_of(target, chosen) })
    local compile, errors = driver.compiler(spec_path, one)
    if not compile then return nil, errors end
    local _, graphs = tuning.points(compile)
    local built
    built, errors = driver.build(spec_path, one)
    if not built then return nil, errors end
    programs[i] = { chosen = chosen, rows = tuning.rows(graphs), path = built.path }
    options.say("built with choices " .. i)
  end
end

-- Runs the programs in turns: times by node and kernel.
local function measure(programs, options)
  local times, work = {}, shell.absolute(options.out or "out") .. "/.tune"
  for round = 1, options.rounds do
    for _, program in ipairs(programs) do
      local output, status = shell.capture(shell.command { program.path, "bench", "--profile", "--json", "--quiet",
        "--work", work, "--seconds", tostring(options.seconds) })
      local said = status == 0 and json.decode(output:match("([^\n]*)\n*$"))
      if type(said) ~= "table" or not said.bench then
        return fail(driver.exit.failed, program.path .. ": its word bench fails")
      end
      local ok, why = tuning.add(times, program.chosen, program.rows, said.bench)
      if not ok then return fail(driver.exit.failed, program.path .. ": " .. why) end
    end
    options.say(string.format("measured %d of %d", round, options.rounds))
  end
  return times
end

-- Measures one variant: adds to `decided`, the choices of its class of machines, what is not there yet.
local function variant(spec_path, options, decided)
  -- without choices, so that the rules' own are known
  local compile, experiment = driver.compiler(spec_path, with(options, { tune = options.none }))
  if not compile then return nil, experiment end
  local points, errors = tuning.points(compile)
  if not points then
    local lines = { status = driver.exit.failed }
    for i, e in ipairs(errors) do lines[i] = spec_path .. ": " .. tostring(e.message or e) end
    return nil, lines
  end
  for key in sorted.pairs(decided) do points[key] = nil end -- measured with another variant
  local programs, times
  programs, errors = programs_of(spec_path, options, experiment.target, points)
  if not programs then return nil, errors end
  times, errors = measure(programs, options)
  if not times then return nil, errors end
  local others = 0
  for key, choice in sorted.pairs(tuning.decide(points, times)) do
    decided[key] = choice
    others = others + (choice.kernel ~= points[key].rule and 1 or 0)
  end
  return others
end

local function processor()
  local text = files.read("/proc/cpuinfo") or ""
  return string.format("%s, %d processors", text:match("model name%s*:%s*([^\n]*)") or "unknown", shell.processors())
end

--- Tunes a spec: { path, changed, choices = how many nodes, others = how many of them are not what the rules take }, or
--- nil and errors as of driver.build. options as there, and `rounds`, `seconds`: how often and how long each entry of
--- each program runs.
function M.run(spec_path, options)
  local all, errors = driver.variants(spec_path, options)
  if not all then return nil, errors end
  local by_machine, list, others, count = {}, {}, 0, 0
  for _, one in ipairs(all) do
    if one.errors then return nil, { status = driver.exit.failed, table.unpack(one.errors) } end
    local target = one.experiment.target
    local here = runtime.isa_here(target.isa)
    if here ~= target.isa then
      return fail(driver.exit.environment, string.format("%s: target.isa: this CPU has no %s, so nothing can be "
        .. "measured; `--set target.isa=%s` tunes for what it has", spec_path, target.isa, here))
    end
    local machine = tuning.machine(target)
    if not by_machine[machine] then
      by_machine[machine] = {}
      list[#list + 1] = { machine = machine, choices = by_machine[machine] }
    end
    local found
    found, errors = variant(spec_path, with(options, { variant = one, none = text_of(target, {}) }),
      by_machine[machine])
    if not found then return nil, errors end
    others = others + found
  end
  for _, one in ipairs(list) do count = count + #sorted.keys(one.choices) end
  local path = tuning.path(spec_path)
  local value, why = tuning.merged(path, processor(), list)
  if not value then return fail(driver.exit.failed, why) end
  local before, text = files.read(path), tuning.text(value)
  local written, refused = files.write(path, text)
  if not written then return fail(driver.exit.failed, refused) end
  return { path = path, changed = before ~= text, choices = count, others = others }
end

return M
