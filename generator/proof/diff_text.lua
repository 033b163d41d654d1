-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What diff.lua found, as lines for a person: a heading for each part that differs, and under it what it
-- was and what it is.

local sorted = require("generator.base.sorted")

local M = {}

local SHOWN = 12 -- of a list; the rest is a count

local function value(one)
  if one == nil then return "none" end
  if math.type(one) == "float" then return string.format("%.6g", one) end
  return tostring(one)
end

local function more(lines, count)
  if count > SHOWN then lines[#lines + 1] = string.format("    … and %d more", count - SHOWN) end
end

local function table_of(lines, heading, list)
  if not list or #list == 0 then return end
  lines[#lines + 1] = heading
  for i = 1, math.min(#list, SHOWN) do
    local name, a, b = list[i].name, value(list[i].a), value(list[i].b)
    if #name + #a + #b < 100 then
      lines[#lines + 1] = string.format("  %s: %s -> %s", name, a, b)
    else
      for _, line in ipairs { "  " .. name .. ":", "    - " .. a, "    + " .. b } do lines[#lines + 1] = line end
    end
  end
  more(lines, #list)
end

local function paths(lines, what, list)
  if #list == 0 then return end
  local shown = table.move(list, 1, math.min(#list, 4), 1, {})
  lines[#lines + 1] = string.format("  %d %s: %s%s", #list, what, table.concat(shown, ", "), #list > 4 and ", …" or "")
end

-- Numbers with what they changed by.
local function metrics(lines, list)
  if not list or #list == 0 then return end
  lines[#lines + 1] = "metrics"
  for i = 1, math.min(#list, SHOWN) do
    local one = list[i]
    local by = one.a and one.b and string.format(" (%+.6g)", one.b - one.a) or ""
    lines[#lines + 1] = string.format("  %s: %s -> %s%s", one.name, value(one.a), value(one.b), by)
  end
  more(lines, #list)
end

-- How many nodes went from one kernel to another, before the nodes themselves.
local function kernels(lines, list)
  if #list == 0 then return end
  local moves, count = {}, 0
  for _, one in ipairs(list) do
    local move = value(one.a) .. " -> " .. value(one.b)
    moves[move], count = (moves[move] or 0) + 1, count + 1
  end
  local parts = {}
  for move, times in sorted.pairs(moves) do parts[#parts + 1] = string.format("%d %s", times, move) end
  table_of(lines, string.format("kernels: %d nodes differ (%s)", count, table.concat(parts, ", ")), list)
end

--- The lines of a report.
function M.lines(report)
  local lines = { string.format("%s and %s", report.a.base, report.b.base) }
  if report.a.stamp == report.b.stamp then
    lines[#lines + 1] = "  one stamp: nothing that decides the executable is different"
  end
  table_of(lines, "spec", report.spec)
  if report.spec_text and #report.spec == 0 then
    lines[#lines + 1] = "spec"
    lines[#lines + 1] = "  only its text: it means the same"
  end
  local f = report.files
  if #report.data > 0 or #f.added + #f.removed + #f.changed + #f.moved > 0 then
    if #report.data > 0 then table_of(lines, "data", report.data) else lines[#lines + 1] = "data" end
    paths(lines, "files added", f.added)
    paths(lines, "files removed", f.removed)
    paths(lines, "files changed", f.changed)
    paths(lines, "files in another split", f.moved)
  end
  for room, one in sorted.pairs(report.code) do
    lines[#lines + 1] = "code of " .. (room == "other" and "the project" or room)
    paths(lines, "files added", one.added)
    paths(lines, "files removed", one.removed)
    paths(lines, "files changed", one.changed)
  end
  kernels(lines, report.kernels)
  table_of(lines, "libraries", report.libraries)
  table_of(lines, "toolchain", report.tools)
  table_of(lines, "flags", report.flags)
  metrics(lines, report.metrics)
  return lines
end

return M
