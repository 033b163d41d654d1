-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Processes: quoting survives any bytes, the environment is clean, parallel runs report the first
-- failure in order.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local files = require("generator.base.files")
local shell = require("generator.toolchain.shell")

TestShell = {}

function TestShell:setUp()
  self.folder = assert(shell.temporary_folder("out/.tests"))
end

function TestShell:tearDown()
  shell.remove_folder(self.folder)
end

function TestShell.test_a_quoted_word_is_that_word()
  for _, word in ipairs { "plain", "", "two words", "it's", "$HOME `id` \\ \" * ? ~", "-n", "a\nb\tc", "é\255" } do
    lu.assertEquals((shell.capture("printf %s " .. shell.quote(word))), word)
  end
end

function TestShell.test_nothing_of_the_environment_that_changes_output_gets_through()
  local output = shell.capture("env")
  lu.assertStrContains(output, "LC_ALL=C\n")
  lu.assertStrContains(output, "SOURCE_DATE_EPOCH=0\n")
  for name in output:gmatch("([%w_]+)=[^\n]*\n") do
    local allowed = { HOME = 1, LC_ALL = 1, OLDPWD = 1, PATH = 1, PWD = 1, SHLVL = 1, SOURCE_DATE_EPOCH = 1,
      TMPDIR = 1, TZ = 1, _ = 1 }
    lu.assertNotNil(allowed[name], name .. " reaches the tools")
  end
end

function TestShell.test_status_and_errors()
  local output, status = shell.capture("echo out; echo err >&2; exit 3", true)
  lu.assertEquals({ output, status }, { "out\nerr\n", 3 })
  output, status = shell.capture("echo out; echo err >&2", false)
  lu.assertEquals({ output, status }, { "out\n", 0 })
end

function TestShell:test_parallel_gives_outputs_in_the_order_of_commands()
  local outputs = shell.parallel({ "sleep 0.1; echo one", "echo two", "echo three >&2" }, 3, self.folder)
  lu.assertEquals(outputs, { "one\n", "two\n", "three\n" })
  lu.assertEquals(shell.parallel({}, 2, self.folder), {})
end

function TestShell:test_parallel_stops_at_a_failure_and_says_which()
  local marker = self.folder .. "/ran"
  local outputs, failed = shell.parallel({ "true", "echo bad; exit 7", "touch " .. marker }, 1, self.folder)
  lu.assertNil(outputs)
  lu.assertEquals(failed, { index = 2, status = 7, output = "bad\n" })
  lu.assertFalse(files.exists(marker))
end

function TestShell:test_parallel_forgets_what_ran_there_before()
  lu.assertNotNil(shell.parallel({ "true", "true" }, 2, self.folder))
  local _, failed = shell.parallel({ "exit 1", "true" }, 1, self.folder)
  lu.assertEquals(failed.index, 1)
end

function TestShell:test_files_are_listed_in_byte_order()
  for _, name in ipairs { "b", "a/z", "B", "a-c", "a/y/x" } do
    local path = self.folder .. "/" .. name
    shell.make_folder(path:match("^(.*)/"))
    files.write(path, "")
  end
  lu.assertEquals(shell.list_files(self.folder), { "B", "a-c", "a/y/x", "a/z", "b" })
  lu.assertEquals(shell.list_files(self.folder, function(p) return #p == 1 end), { "B", "b" })
  lu.assertEquals(shell.list_files(self.folder .. "/nowhere"), {})
end

function TestShell.test_what_is_not_ours_is_not_removed()
  for _, path in ipairs { "/", ".", "..", "", "//", "../.." } do
    lu.assertErrorMsgContains("refusing", shell.remove_folder, path)
  end
end

os.exit(lu.LuaUnit.run())
