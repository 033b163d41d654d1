-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The same inputs give the same bytes: fashion_mlp built twice, the second time in a folder with
-- another (longer, odd) name, as another user where this one may become another, under another
-- locale, time zone and umask, with another number of jobs and a misleading environment. Then
-- `verify` builds it from what it carries. The lock is the shipped one: no data is needed.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local files = require("generator.base.files")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")

local parts = { "build.lua", "LICENSE", "generator", "runtime", "templates", "specs" }
local isa = require("generator.toolchain.runtime").isa_here("x86-64-v4")

local root = assert(shell.temporary_folder("/tmp"))

-- Not capture: the environment is what this test is about.
local function run(command)
  local pipe = assert(io.popen("{ " .. command .. "\n} 2>&1"))
  local output = pipe:read("a")
  return output, select(3, pipe:close())
end

local function copy_to(folder)
  assert(shell.make_folder(folder))
  for _, part in ipairs(parts) do
    local output, status = run(shell.command { "cp", "-r", part, folder .. "/" .. part })
    lu.assertEquals(status, 0, output)
  end
end

local function build(folder, before, arguments)
  local output, status = run(string.format("cd %s && %s lua5.4 build.lua specs/fashion_mlp.lua --json "
    .. "--set 'target.isa=\"%s\"' %s", shell.quote(folder), before, isa, arguments))
  lu.assertEquals(status, 0, output)
  local said = json.decode(output:match("([^\n]*)\n$"))
  return said, assert(files.read(folder .. "/" .. said.path))
end

TestReproducible = {}

function TestReproducible.test_other_folder_user_locale_time_zone_and_jobs()
  local one, other = root .. "/one", root .. "/an other's/longer folder é"
  copy_to(one)
  local first, first_bytes = build(one, "LANG=C TZ=UTC", "--jobs 1")
  copy_to(other)
  local become = ""
  if shell.capture("id -u") == "0\n" then
    run(string.format("chmod 755 %s && chown -R 65534:65534 %s", root, shell.quote(root .. "/an other's")))
    become = "setpriv --reuid=65534 --regid=65534 --clear-groups"
  end
  local second, second_bytes = build(other, "umask 077; touch -d 2001-01-01 runtime/program.h 2>/dev/null; " .. become
    .. " env HOME=/nonexistent USER=someone LANG=tr_TR.UTF-8 LC_ALL=C.UTF-8 TZ=Pacific/Auckland HOSTNAME=elsewhere "
    .. "SOURCE_DATE_EPOCH=99 CFLAGS=-Og CPATH=/nonexistent GCC_COLORS=1 OMP_NUM_THREADS=3 OPENBLAS_CORETYPE=Haswell",
    "--jobs 3")
  lu.assertEquals(second.stamp, first.stamp)
  lu.assertEquals(second.sha256, first.sha256)
  lu.assertTrue(first_bytes == second_bytes, "the bytes differ")
  lu.assertNil(first_bytes:find(root, 1, true), "the executable names the folder it was built in")
end

function TestReproducible.test_verify_builds_the_same_from_what_it_carries()
  local folder = root .. "/one"
  if not files.exists(folder) then copy_to(folder) end
  build(folder, "", "")
  local output, status = run(string.format("cd %s && lua5.4 build.lua verify out/fashion_mlp --json", folder))
  lu.assertEquals(status, 0, output)
  lu.assertEquals(json.decode(output:match("([^\n]*)\n$")).status, "ok")
end

local status = lu.LuaUnit.run()
shell.remove_folder(root)
os.exit(status)
