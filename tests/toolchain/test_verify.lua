-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- verify: good executables, damaged ones, forged ones, and a toolchain that is another.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local files = require("generator.base.files")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")
local small_project = require("tests.support.small_project")
local verify = require("generator.toolchain.verify")

TestVerify = {}

function TestVerify:setUp()
  self.project = small_project.new()
  local output, status, errors = self.project:run("specs/small.lua --json --set text=other")
  lu.assertEquals(status, 0, errors)
  self.path = json.decode(output:match("([^\n]*)\n$")).path
  self.bytes = self.project:read(self.path)
end

function TestVerify:tearDown()
  self.project:remove()
end

-- Writes changed bytes as out/changed and verifies that.
function TestVerify:verify_changed(bytes)
  self.project:write("out/changed", bytes)
  local _, status, errors = self.project:run("verify out/changed")
  return status, errors
end

function TestVerify:test_what_was_built_verifies_with_its_overrides()
  local output, status, errors = self.project:run("verify out/small --json")
  lu.assertEquals(status, 0, errors)
  local said = json.decode(output:match("([^\n]*)\n$"))
  lu.assertEquals(said.status, "ok")
  lu.assertEquals(said.size, #self.bytes)
  lu.assertStrContains(self.path, said.stamp:sub(1, 12))
end

function TestVerify:test_it_needs_nothing_of_the_project_it_was_built_in()
  local elsewhere = small_project.new()
  elsewhere:write("x", self.bytes)
  elsewhere:write("generator/compile.lua", "error('not the generator it was built with')\n")
  elsewhere:write("runtime/cli/main.c", "int main(void) { return 9; }\n")
  local _, status, errors = elsewhere:run("verify x")
  lu.assertEquals(status, 0, errors)
  elsewhere:remove()
end

function TestVerify:test_changed_code_is_noticed_and_the_section_named()
  local at = self.bytes:find("%s %d %s\n", 1, true)
  lu.assertNotNil(at)
  local status, errors = self:verify_changed(self.bytes:sub(1, at - 1) .. "%s:%d" .. self.bytes:sub(at + 5))
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, "not the same")
  lu.assertStrContains(errors, "section .rodata.str differs")
end

function TestVerify:test_a_forged_spec_section_is_noticed()
  local at = self.bytes:find('text = "hello"', 1, true)
  lu.assertNotNil(at)
  local status, errors = self:verify_changed(self.bytes:sub(1, at - 1) .. 'text = "jelly"' .. self.bytes:sub(at + 14))
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, ".ingot.spec is not the specs/small.lua among the carried sources")
end

function TestVerify:test_a_forged_manifest_is_noticed()
  local at = self.bytes:find('"name": "specs', 1, true) or self.bytes:find('"value": "gcc version', 1, true)
  lu.assertNotNil(at)
  local status, errors = self:verify_changed(self.bytes:sub(1, at - 1) .. '"value": "gcc Version'
    .. self.bytes:sub(at + 21))
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, "stamp is not the hash of the inputs")
end

function TestVerify:test_damaged_sources_are_noticed()
  local at = self.bytes:find("\x28\xb5\x2f\xfd", 1, true) -- zstd's magic number
  lu.assertNotNil(at)
  local status, errors = self:verify_changed(self.bytes:sub(1, at + 99) .. "damaged!" .. self.bytes:sub(at + 108))
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, "damaged sources")
end

function TestVerify:test_a_truncated_file_is_no_executable_of_ours()
  local status, errors = self:verify_changed(self.bytes:sub(1, #self.bytes // 2))
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, "not an executable that Ingot built")
end

function TestVerify:test_other_files_are_not_executables_of_ours()
  local _, status, errors = self.project:run("verify build.lua")
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, "not an executable that Ingot built")
  _, status, errors = self.project:run("verify out/nothing")
  lu.assertEquals(status, 2)
  lu.assertStrContains(errors, "there is no such executable")
end

-- A gcc that says it is another one: everything else of it is the same.
function TestVerify:test_another_compiler_is_named_and_nothing_is_compiled()
  local before = self.project:wrap_gcc('if [ "$1" = -v ]; then echo "gcc version 99.0 (other)" >&2; exit 0; fi')
  local output, status, errors = self.project:run("verify out/small", before)
  lu.assertEquals(status, 5)
  lu.assertStrContains(errors, "tool gcc: built with gcc version 12")
  lu.assertStrContains(errors, "here gcc version 99.0 (other)")
  lu.assertNil(output:find("building", 1, true))
end

function TestVerify.test_every_difference_is_one_line()
  local lines = verify.environment_differences { inputs = {
    { kind = "tool", name = "gcc", value = "gcc version 1" }, { kind = "library", name = "gone", value = "1 x" },
    { kind = "file", name = "x", value = "y" } } }
  local text = table.concat(lines, "\n")
  lu.assertStrContains(text, "tool gcc: built with gcc version 1, here gcc version")
  lu.assertStrContains(text, "library gone: built with 1 x, here none")
  lu.assertStrContains(text, "library onednn: built with none, here 2.")
  lu.assertNil(text:find("file x", 1, true))
end

function TestVerify.test_leaves_nothing_behind()
  local folder = assert(shell.temporary_folder("out/.tests"))
  files.write(folder .. "/x", "no executable")
  os.execute(string.format("TMPDIR=%s lua5.4 build.lua verify %s 2>/dev/null", shell.quote(folder), folder .. "/x"))
  lu.assertEquals(shell.list_files(folder), { "x" })
  shell.remove_folder(folder)
end

os.exit(lu.LuaUnit.run())
