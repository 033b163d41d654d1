-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- No C file is compiled twice, and that leaves no trace: the executable has the same bytes whether its objects
-- were compiled, taken from out/.objects, or found damaged there. Through the command line of a small project,
-- with a compiler that writes down what it compiles.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lfs = require("lfs")
local lu = require("luaunit")
local files = require("generator.base.files")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")
local small_project = require("tests.support.small_project")
local sorted = require("generator.base.sorted")

TestObjects = {}

function TestObjects:setUp()
  self.project = small_project.new()
  self.project:write("specs/small.lock", "lock of some data")
  local real = shell.capture("command -v gcc"):gsub("\n", "")
  self.project:write("bin/gcc", string.format('#!/bin/sh\nfor word; do case "$word" in -*) ;; '
    .. '*.c) echo "$word" >>%s/compiled;; esac; done\nexec %s "$@"\n', shell.quote(self.project.folder), real))
  shell.capture("chmod +x " .. shell.quote(self.project.folder .. "/bin/gcc"))
end

function TestObjects:tearDown()
  self.project:remove()
end

-- Builds; returns the bytes of the executable, what was compiled as a sorted list, standard error.
function TestObjects:build(arguments)
  os.remove(self.project.folder .. "/compiled")
  local output, status, errors = self.project:run((arguments or "specs/small.lua") .. " --json",
    'PATH="$PWD/bin:$PATH"')
  lu.assertEquals(status, 0, errors)
  local said = json.decode(output:match("([^\n]*)\n$"))
  local compiled = {}
  for line in (self.project:read("compiled") or ""):gmatch("[^\n]+") do compiled[#compiled + 1] = line end
  return self.project:read(said.path), sorted.sort(compiled), errors
end

-- Forgets what was built, but not the objects.
function TestObjects:forget()
  shell.capture(string.format("cd %s/out && rm -rf small* .runtime", shell.quote(self.project.folder)))
end

function TestObjects:stored()
  local list = {}
  for _, name in ipairs(shell.list_files(self.project.folder .. "/out/.objects")) do
    list[#list + 1] = self.project.folder .. "/out/.objects/" .. name
  end
  return list
end

function TestObjects:test_the_same_bytes_with_and_without_the_store()
  local cold, compiled = self:build()
  lu.assertEquals(compiled, { "program.c", "runtime/cli/main.c", "train.c" })
  self:forget()
  local warm, again = self:build()
  lu.assertEquals(again, {})
  lu.assertTrue(warm == cold)
  self:forget()
  local plain, all = self:build("specs/small.lua --no-cache")
  lu.assertEquals(#all, 3)
  lu.assertTrue(plain == cold)
end

function TestObjects:test_only_what_changed_is_compiled()
  self:build()
  -- the text is in program.c alone, as is the stamp, which always changes
  local _, compiled = self:build("specs/small.lua --set text=other")
  lu.assertEquals(compiled, { "program.c" })
  self.project:write("specs/small.lock", "another lock of some data")
  _, compiled = self:build()
  lu.assertEquals(compiled, { "program.c", "train.c" })
end

function TestObjects:test_the_comment_at_the_top_does_not_count()
  self.project:write("specs/small.lua", (self.project:read("specs/small.lua"):gsub('text = "hello"',
    '%0, broken = "/* one */"')))
  self:build()
  self.project:write("specs/small.lua", (self.project:read("specs/small.lua"):gsub("/%* one %*/", "/* two */")))
  local _, compiled = self:build()
  lu.assertEquals(compiled, { "program.c" })
  -- but the lines after it keep their numbers
  self.project:write("specs/small.lua", (self.project:read("specs/small.lua"):gsub("/%* two %*/", "/* two\\n */")))
  _, compiled = self:build()
  lu.assertEquals(compiled, { "program.c", "train.c" })
end

function TestObjects:test_a_header_counts_for_those_that_reach_it()
  self:build()
  self.project:write("runtime/program.h", self.project:read("runtime/program.h") .. "/* more */\n")
  local _, compiled = self:build()
  lu.assertEquals(compiled, { "program.c", "runtime/cli/main.c" }) -- train.c includes nothing
  self.project:write("runtime/inner.h", "int inner;\n")
  self.project:write("runtime/program.h", '#include "inner.h"\n' .. self.project:read("runtime/program.h"))
  self:build()
  self.project:write("runtime/inner.h", "extern int inner;\n")
  _, compiled = self:build()
  lu.assertEquals(compiled, { "program.c", "runtime/cli/main.c" })
end

function TestObjects:test_damage_in_the_store_is_noticed_and_mended()
  local good = self:build()
  for _, path in ipairs(self:stored()) do
    local text = files.read(path)
    local handle = assert(io.open(path, "wb")) -- in place: the same file as before, with one bit flipped
    handle:write(text:sub(1, #text // 2), string.char(text:byte(#text // 2 + 1) ~ 1), text:sub(#text // 2 + 2))
    handle:close()
  end
  self:forget()
  local mended, compiled = self:build()
  lu.assertEquals(#compiled, 3)
  lu.assertTrue(mended == good)
  self:forget()
  local warm, none = self:build()
  lu.assertEquals(none, {})
  lu.assertTrue(warm == good)
end

function TestObjects:test_a_store_that_cannot_be_written_costs_time_only()
  local good = self:build()
  shell.capture("rm -rf " .. shell.quote(self.project.folder .. "/out/.objects"))
  files.write(self.project.folder .. "/out/.objects", "in the way")
  self:forget()
  local built, compiled = self:build()
  lu.assertEquals(#compiled, 3)
  lu.assertTrue(built == good)
end

function TestObjects:test_a_warning_is_said_every_time()
  self.project:write("specs/small.lua", (self.project:read("specs/small.lua"):gsub('text = "hello"',
    '%0, broken = "static int unused;"')))
  local _, _, errors = self:build()
  lu.assertStrContains(errors, "unused")
  self:forget()
  local _, compiled
  _, compiled, errors = self:build()
  lu.assertStrContains(errors, "unused")
  lu.assertEquals(compiled, { "train.c" })
end

function TestObjects:test_gc_removes_what_was_not_used_for_long()
  self:build()
  local old = self:stored()[1]
  lu.assertTrue(lfs.touch(old, os.time() - 40 * 86400))
  local output, status = self.project:run("gc --objects 50")
  lu.assertEquals(status, 0)
  lu.assertStrContains(output, "removed 0 objects, 0 B; ")
  output = self.project:run("gc --objects 30 --dry-run")
  lu.assertStrContains(output, "would remove 1 objects, ")
  lu.assertTrue(files.exists(old))
  output = self.project:run("gc --objects 30 --json")
  lu.assertEquals(json.decode(output:match("([^\n]*)\n$")).removed, 1)
  lu.assertFalse(files.exists(old))
  self:forget()
  self:build()
end

os.exit(lu.LuaUnit.run())
