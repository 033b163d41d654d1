-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- SPEC.tune, beside a spec: which kernel was measured to be the fastest for each node that several can compute
-- (generator/backends/choices.lua), on a class of machines. A build reads it and its digest is part of the stamp, so
-- that what is fast is also reproducible; where it has no entry, the rules decide. docs/tuning.md describes it.
--
--   { "format": 1, "machines": { "x86-64-v3, 2 threads": { "cpu": "…", "choices": {
--       "conv2d 16x64x56x56 …": { "kernel": "winograd", "us": { "onednn": 27680.7, "winograd": 9359.7 } } … } } } }

local choices = require("generator.backends.choices")
local convolutions = require("generator.backends.convolutions")
local files = require("generator.base.files")
local json = require("generator.base.json")
local sorted = require("generator.base.sorted")

local M = {}

-- A kernel is only taken instead of the rules' where it is that much faster: else noise would decide.
local least_gain = 0.03

--- Path of the tuning of a spec.
function M.path(spec_path) return (spec_path:gsub("%.lua$", "") .. ".tune") end

--- The class of machines that a target is.
function M.machine(target)
  return string.format("%s, %d thread%s", target.isa, target.threads, target.threads == 1 and "" or "s")
end

local allowed = {}
for _, name in ipairs(choices.kernels) do allowed[name] = true end

--- A file's text as a table, or nil and what is wrong with it, with its path.
function M.parse(text, path)
  local value = json.decode(text)
  if type(value) ~= "table" or value.format ~= 1 or type(value.machines) ~= "table" then
    return nil, path .. ": is no tuning of format 1; `lua build.lua tune` writes it"
  end
  for machine, of in sorted.pairs(value.machines) do
    if type(of) ~= "table" or type(of.choices) ~= "table" then
      return nil, string.format("%s: '%s' has no choices", path, machine)
    end
    for key, choice in sorted.pairs(of.choices) do
      local kernel = type(choice) == "table" and choice.kernel
      if not allowed[kernel] then
        return nil, string.format("%s: '%s': there is no kernel '%s' to choose; there are %s", path, key,
          tostring(kernel), table.concat(choices.kernels, ", "))
      end
    end
  end
  return value
end

--- The choices of a file's text for a target, kernels by the names of nodes: nil where it has none for such
--- machines; nil and a message where the file is wrong. `apart`, in the programs that tuning measures: no product takes
--- the optimizer's step into itself, so that the time of each kernel is that of the product.
function M.choices(text, path, target)
  local value, why = M.parse(text, path)
  if not value then return nil, why end
  local of = value.machines[M.machine(target)]
  if not of then return nil end
  local kernels = { apart = of.apart == true or nil } -- no node is called that
  for key, choice in sorted.pairs(of.choices) do kernels[key] = choice.kernel end
  return kernels
end

--- The text of a file: a line for each choice, keys in order.
function M.text(value)
  local lines = { '{"format": 1, "machines": {' }
  local machines = sorted.keys(value.machines)
  for i, machine in ipairs(machines) do
    local of = value.machines[machine]
    lines[#lines + 1] = string.format('%s: {"cpu": %s, %s"choices": {', json.encode(machine), json.encode(of.cpu),
      of.apart and '"apart": true, ' or "")
    local keys = sorted.keys(of.choices)
    for j, key in ipairs(keys) do
      lines[#lines + 1] = string.format("%s: %s%s", json.encode(key), json.encode(of.choices[key]),
        j < #keys and "," or "")
    end
    lines[#lines + 1] = i < #machines and "}}," or "}}"
  end
  lines[#lines + 1] = "}}"
  return table.concat(lines, "\n") .. "\n"
end

-- ---- measuring -----------------------------------------------------------------------------------

local function median(list)
  table.sort(list)
  local n = #list
  return n % 2 == 1 and list[n // 2 + 1] or (list[n // 2] + list[n // 2 + 1]) / 2
end

-- The kernel that the rules gave a node, by the names of choices; `made`: the nodes it became.
local function taken(made, target)
  for _, n in ipairs(made) do
    local ours = n.op:match("^(winograd)_") or n.op:match("^(direct)_")
    if ours then return ours end
    if n.op == "im2col" then return "product" end
    if n.op == "linear_update" then return "vector" end
    if n.kernel and n.op ~= "pack_weights" then
      local algorithm = n.kernel.name == "onednn" and n.op:find("^conv2d") and convolutions.rule(n, target)
      return algorithm == "WINOGRAD" and "onednn_winograd" or n.kernel.name
    end
  end
end

--- Compiles an experiment up to its planned graphs (compile: as driver.compiler returns it) and says what can be
--- chosen in it. Returns points by name, { candidates, rule = what is taken here }, and the graphs; nil and errors.
function M.points(compile)
  local points, made = {}, {}
  local result, errors = compile {
    graphs_only = true,
    collect = function(g, target)
      for _, n in ipairs(g.nodes) do
        local key = choices.key(n)
        local candidates = key and choices.candidates(n, target) or {}
        if #candidates > 1 then
          n.choice, points[key] = key, { candidates = candidates }
        end
      end
    end,
  }
  if not result then return nil, errors end
  for _, g in ipairs(result.graphs) do
    for _, n in ipairs(g.nodes) do
      if n.choice then
        made[n.choice] = made[n.choice] or {}
        table.insert(made[n.choice], n)
      end
    end
  end
  for key, list in sorted.pairs(made) do points[key].rule = taken(list, result.context.target) end
  return points, result.graphs
end

--- The choices of round `i` (from 1) of those that cover every candidate of every point; nil after the last.
function M.round(points, i)
  local chosen, some = {}, false
  for key, point in sorted.pairs(points) do
    some = some or i <= #point.candidates
    chosen[key] = point.candidates[math.min(i, #point.candidates)]
  end
  return some and chosen or nil
end

--- Nodes of compiled graphs in the order in which the word bench lists them: { entry = { key or false … } }.
function M.rows(graphs)
  local rows = {}
  for _, g in ipairs(graphs) do
    rows[g.name] = {}
    for _, phase in ipairs { "compute", "update", "accumulate" } do
      for _, n in ipairs(g.nodes) do
        if n.phase == phase and n.kernel then table.insert(rows[g.name], n.choice or false) end
      end
    end
  end
  return rows
end

--- Adds what one run of `bench --profile` measured to times[key][kernel], a list of microseconds per node of that
--- name. nil and a message where the rows do not match.
function M.add(times, chosen, rows, bench)
  local sums, counts = {}, {}
  for entry, result in sorted.pairs(bench) do
    local keys = rows[entry]
    if keys and result.nodes then
      if #keys ~= #result.nodes then
        return nil, string.format("%s: %d nodes were measured, %d are known", entry, #result.nodes, #keys)
      end
      local before
      for i, node in ipairs(result.nodes) do
        local key = keys[i]
        if key then
          sums[key] = (sums[key] or 0) + node.us
          if key ~= before then counts[key] = (counts[key] or 0) + 1 end
        end
        before = key
      end
    end
  end
  for key, sum in sorted.pairs(sums) do
    local of = times[key] or {}
    times[key] = of
    of[chosen[key]] = of[chosen[key]] or {}
    table.insert(of[chosen[key]], sum / counts[key])
  end
  return true
end

--- The choice of each point from the times of M.add.
function M.decide(points, times)
  local decided = {}
  for key, of in sorted.pairs(times) do
    local us, best = {}, nil
    for kernel, list in sorted.pairs(of) do
      us[kernel] = math.floor(median(list) * 10 + 0.5) / 10
      if not best or us[kernel] < us[best] then best = kernel end
    end
    local rule = points[key].rule
    if us[rule] and us[best] > us[rule] * (1 - least_gain) then best = rule end
    decided[key] = { kernel = best, us = us }
  end
  return decided
end

--- The tuning at `path`, where there is one, with choices added for machines: a list of { machine, choices }. nil and a
--- message where the file that is there is wrong.
function M.merged(path, cpu, list)
  local text, value = files.read(path), { format = 1, machines = {} }
  if text then
    local read, why = M.parse(text, path)
    if not read then return nil, why end
    value = read
  end
  for _, one in ipairs(list) do
    local of = value.machines[one.machine] or { choices = {} }
    value.machines[one.machine], of.cpu = of, cpu
    for key, choice in sorted.pairs(one.choices) do of.choices[key] = choice end
  end
  return value
end

return M
