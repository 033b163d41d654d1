-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Counts what a test program says it did. M.read(kind, output, status) returns { passed, failed,
-- skipped, note }. The exit status and the counts must agree: a program that ends badly without
-- naming a failed test crashed, and that is one failure; one that ran nothing is one, too.

local M = {}

local function luaunit(output)
  local ran, rest = output:match("Ran (%d+) tests? in [%d.]+ seconds,([^\n]*)")
  if not ran then return nil end
  local function count(word)
    return tonumber(rest:match("(%d+) " .. word) or 0)
  end
  return { passed = count("success"), failed = count("failure") + count("error"), skipped = count("skipped") }
end

-- A file may run several groups; each prints its own sums.
local function cmocka(output)
  local sums, seen = { passed = 0, failed = 0, skipped = 0 }, false
  for line in output:gmatch("[^\n]+") do
    local word, count = line:match("^%[%s+(%u+)%s+%] (%d+) test")
    local key = word == "PASSED" and "passed" or word == "FAILED" and "failed" or word == "SKIPPED" and "skipped"
    if key then sums[key], seen = sums[key] + tonumber(count), true end
  end
  return seen and sums or nil
end

local function fuzz(output, status)
  local runs = tonumber(output:match("stat::number_of_executed_units:%s*(%d+)") or 0)
  if runs == 0 then return nil end
  local ok = status == 0
  return { passed = ok and 1 or 0, failed = ok and 0 or 1, skipped = 0, note = runs .. " inputs" }
end

local readers = { lua = luaunit, c = cmocka, fuzz = fuzz }

function M.read(kind, output, status)
  local result = readers[kind](output, status)
  local counted = result ~= nil
  result = result or { passed = 0, failed = 0, skipped = 0 }
  if status == 124 or status == 137 then
    result.failed, result.note = result.failed + 1, "ran too long"
  elseif status ~= 0 and result.failed == 0 then
    result.failed = 1
    result.note = status > 128 and "killed by signal " .. status - 128 or "exit status " .. status
  elseif not counted or result.passed + result.failed + result.skipped == 0 then
    result.failed, result.note = result.failed + 1, "no test ran"
  elseif status == 0 and result.failed > 0 then
    result.note = "exit status 0 in spite of failures"
  end
  return result
end

return M
