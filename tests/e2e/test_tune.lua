-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The word tune, as a user runs it: it writes SPEC.tune, builds take it, carry it and verify; another choice is
-- another stamp, no file is the stamp without one, a damaged file is refused. The lock is the shipped one: no data.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local files = require("generator.base.files")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")

local bench = e2e.new()
local root = assert(shell.real_path("."))

bench:write("specs/m.lua", assert(files.read("specs/fashion_mlp.lua")):gsub("fashion_mlp", "m"):gsub("x86%-64%-v4",
  e2e.isa))
bench:write("specs/m.lock", assert(files.read("specs/fashion_mlp.lock")))

-- Runs build.lua: exit status, the object of --json, all it printed.
local function ingot(words)
  local output, status = shell.capture(string.format("cd %s && lua5.4 %s/build.lua %s --json",
    shell.quote(bench.folder), shell.quote(root), words), true)
  return status, json.decode(output:match("([^\n]*)\n*$")), output
end

TestTune = {}

function TestTune.test_tuned_built_verified()
  local status, plain, output = ingot("specs/m.lua")
  lu.assertEquals(status, 0, output)
  local tuned
  status, tuned, output = ingot("tune specs/m.lua --rounds 1 --seconds 0.01")
  lu.assertEquals(status, 0, output)
  lu.assertEquals(tuned.path, "specs/m.tune")
  local written = json.decode(bench:read("specs/m.tune"))
  local machine = written.machines[e2e.isa .. ", 2 threads"]
  local count, one = 0, nil
  for key, choice in pairs(machine.choices) do -- a count, and any one of them: order does not matter
    lu.assertNotNil(choice.us.vector, key)
    lu.assertNotNil(choice.us.onednn, key)
    lu.assertNotNil(choice.us.openblas, key)
    count, one = count + 1, key
  end
  lu.assertEquals(count, tuned.choices)
  lu.assertTrue(count >= 6, output)

  local first
  status, first, output = ingot("specs/m.lua")
  lu.assertEquals(status, 0, output)
  lu.assertNotEquals(first.stamp, plain.stamp)
  local _
  status, _, output = ingot("verify " .. shell.quote(first.path))
  lu.assertEquals(status, 0, output)

  machine.choices[one].kernel = machine.choices[one].kernel == "openblas" and "vector" or "openblas"
  bench:write("specs/m.tune", json.encode(written))
  local second
  status, second, output = ingot("specs/m.lua")
  lu.assertEquals(status, 0, output)
  lu.assertNotEquals(second.stamp, first.stamp)
  lu.assertNotEquals(second.summary.kernels, first.summary.kernels)

  machine.choices[one].kernel = "mkl"
  bench:write("specs/m.tune", json.encode(written))
  status, _, output = ingot("specs/m.lua")
  lu.assertEquals(status, 1)
  lu.assertStrContains(output, "specs/m.tune: '" .. one
    .. "': there is no kernel 'mkl' to choose; there are direct, onednn")

  os.remove(bench:path("specs/m.tune"))
  status, first, output = ingot("specs/m.lua")
  lu.assertEquals(status, 0, output)
  lu.assertEquals(first.stamp, plain.stamp)
  lu.assertFalse(first.built)
end

function TestTune.test_only_what_runs_here_is_measured()
  if e2e.isa == "x86-64-v4-amx" then lu.skip("this CPU has all instruction sets") end
  local status, _, output = ingot("tune specs/m.lua --set target.isa=x86-64-v4-amx")
  lu.assertEquals(status, 5)
  lu.assertStrContains(output, "target.isa: this CPU has no x86-64-v4-amx, so nothing can be measured")
  local again
  status, again, output = ingot("tune specs/m.lua --seconds none")
  lu.assertNil(again and again.path)
  lu.assertEquals(status, 2)
  lu.assertStrContains(output, "'none' is not a number above 0")
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
