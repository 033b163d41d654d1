-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The command line: words, help, usage errors and their exit status, JSON as the last line, mistakes of
-- users without traces and bugs of ours with one.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local describe = require("generator.describe")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")
local small_project = require("tests.support.small_project")

local project

local function last_line(output)
  return json.decode(output:match("([^\n]*)\n$") or "")
end

TestCli = {}

function TestCli.setUp()
  project = small_project.new()
end

function TestCli.tearDown()
  project:remove()
end

function TestCli.test_every_word_has_help()
  for _, word in ipairs { "", "lock", "verify", "graph", "list", "run", "runtime" } do
    local output, status, errors = project:run(word .. " --help")
    lu.assertEquals(status, 0, word)
    lu.assertStrContains(output, "Usage: lua build.lua" .. (word == "" and "" or " " .. word), word)
    lu.assertEquals(errors, "", word)
  end
end

function TestCli.test_nothing_said_is_usage()
  local output, status, errors = project:run("")
  lu.assertEquals(status, 2)
  lu.assertEquals(output, "")
  lu.assertStrContains(errors, "Usage: lua build.lua")
end

function TestCli.test_wrong_usage_names_what_is_wrong_and_exits_with_2()
  for arguments, expected in pairs {
    ["verfy out/x"] = "no word 'verfy' (did you mean 'verify'?)",
    ["lokc specs/small.lua"] = "(did you mean 'lock'?)",
    ["xyzzyplugh"] = "no word 'xyzzyplugh'",
    ["specs/none.lua"] = "specs/none.lua: there is no such spec",
    ["specs"] = "specs: there is no such spec",
    ["specs/small.lua --job 3"] = "--job",
    ["specs/small.lua --jobs many"] = "'many' is not a whole number",
    ["specs/small.lua --jobs 0"] = "'0' is not a whole number",
    ["specs/small.lua --set text"] = "'text' is not of the form field=value",
    ["specs/small.lua specs/small.lua"] = "too many arguments",
    ["specs/small.lua --stop-after plam"] = "no pass 'plam'; the passes are: build, plan",
    ["runtime --isa x86-64-v9"] = "must be one of 'x86-64-v3', 'x86-64-v4', "
      .. "'x86-64-v4-bf16', 'x86-64-v4-amx'",
    ["lock"] = "missing argument 'spec'",
    ["verify"] = "missing argument 'file'",
  } do
    local output, status, errors = project:run(arguments)
    lu.assertEquals(status, 2, arguments .. ": " .. errors)
    -- one of them gets as far as writing the lock
    output = output:gsub("wrote %S+\n", ""):gsub("[^\n]*no lock yet[^\n]*\n", ""):gsub("building the[^\n]*\n", "")
    lu.assertEquals(output, "", arguments)
    lu.assertStrContains(errors, expected, false, false, arguments)
    lu.assertNil(errors:find("traceback", 1, true), arguments)
  end
end

function TestCli.test_a_mistake_in_the_spec_is_a_line_with_its_place()
  project:write("specs/bad.lua", "return {\n")
  local _, status, errors = project:run("specs/bad.lua")
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, "specs/bad.lua:2:")
  lu.assertNil(errors:find("traceback", 1, true))
end

function TestCli.test_a_mistake_found_behind_the_spec_has_its_place_too()
  project:write("specs/small.lua", (project:read("specs/small.lua"):gsub("return {", "return { does_not_fit = true,")))
  local _, status, errors = project:run("specs/small.lua")
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, "specs/small.lua:1: model: layer1: does not fit\n")
end

function TestCli.test_a_bug_of_ours_says_so_with_a_trace()
  project:write("specs/small.lua", (project:read("specs/small.lua"):gsub("return {", "return { crash = true,")))
  local _, status, errors = project:run("specs/small.lua")
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, "internal error: this is a bug in Ingot")
  lu.assertStrContains(errors, "a bug of ours")
  lu.assertStrContains(errors, "stack traceback")
end

function TestCli.test_json_is_the_last_line_and_the_only_one()
  local output, status = project:run("specs/small.lua --json")
  lu.assertEquals(status, 0)
  lu.assertEquals(select(2, output:gsub("\n", "\n")), 1)
  local said = last_line(output)
  lu.assertEquals({ said.status, said.exit_code, said.name }, { "ok", 0, "small" })
  lu.assertEquals(said.summary.parameters, 1234567)
  lu.assertEquals(#said.stamp, 64)

  output = project:run("list --json")
  lu.assertEquals(last_line(output).executables[1].stamp, said.stamp)
  lu.assertTrue(last_line(output).executables[1].current)

  output, status = project:run("specs/small.lua --json --set nonsense=1")
  lu.assertEquals(status, 1)
  lu.assertEquals(last_line(output).status, "failed")
  lu.assertStrContains(last_line(output).errors[1], "nonsense: unknown field")
end

function TestCli.test_a_build_says_what_matters()
  local output = project:run("specs/small.lua")
  for _, expected in ipairs { "stamp       %x+\n", "parameters  1,234,567\n",
    "per sample  2%.00 GFLOP training, 1%.00 MFLOP prediction\n", "memory      3%.0 MiB training, 512 B prediction\n",
    "kernels     c 2, onednn 1\n", "executable  out/small%-%x+, %d+%.%d KiB\n", "run it      out/small\n" } do
    lu.assertNotNil(output:find(expected), expected .. " in " .. output)
  end
end

function TestCli.test_the_graph_is_printed_and_can_stop_early()
  local output, status = project:run("graph specs/small.lua")
  lu.assertEquals(status, 0)
  lu.assertStrContains(output, "graph one planned")
  output = project:run("graph specs/small.lua --stop-after build")
  lu.assertEquals(output, "graph one\n")
  output, status = project:run("specs/small.lua --stop-after build --print-ir")
  lu.assertEquals({ output, status }, { "graph one\n", 0 })
  lu.assertEquals(project:run("list"), "nothing was built yet\n")
end

function TestCli.test_runs_from_another_folder()
  local output, status = shell.capture(string.format("mkdir %s/elsewhere && cd %s/elsewhere && cp -r ../specs ../data "
    .. ". && lua5.4 ../build.lua specs/small.lua >/dev/null && out/small", shell.quote(project.folder),
    shell.quote(project.folder)), true)
  lu.assertEquals(status, 0, output)
  lu.assertEquals(output, "hello 17 runtime/cli/main.c\n")
end

function TestCli.test_an_older_lua_hands_over()
  local older = shell.capture("command -v lua5.1 || command -v luajit"):gsub("\n.*", "")
  if older == "" then lu.skip("no older Lua here") end
  local function run(arguments)
    local pipe = io.popen(string.format("cd %s && %s build.lua %s 2>&1", shell.quote(project.folder), older, arguments))
    local output = pipe:read("a")
    return output, select(3, pipe:close())
  end
  local output, status = run("specs/small.lua --json --set \"text=it's a \\$HOME\"")
  lu.assertEquals(status, 0, output)
  lu.assertStrContains(shell.capture(shell.quote(project.folder) .. "/out/small"), "it's a $HOME 17")
  output, status = run("verfy")
  lu.assertEquals(status, 2)
  lu.assertStrContains(output, "did you mean")
end

function TestCli.test_missing_tools_are_named_and_exit_with_5()
  -- a PATH with all but mold
  shell.make_folder(project.folder .. "/bin")
  shell.capture(string.format("cd %s/bin && for t in sh env gcc as ar getconf tar zstd lua5.4 realpath head tail "
    .. "mktemp rm sha256sum xargs nproc cat; do ln -s $(command -v $t) $t; done", shell.quote(project.folder)))
  local _, status, errors = project:run("specs/small.lua", 'PATH="$PWD/bin"')
  lu.assertEquals(status, 5)
  lu.assertStrContains(errors, "not installed: mold (`make deps` installs them)")
end

TestSaid = {}

function TestSaid.test_an_executable_for_another_cpu_is_told()
  local function said(here)
    return table.concat(describe.built { record = { stamp = ("0"):rep(64), size = 1 }, path = "out/x-0", link = "out/x",
      isa = "x86-64-v4", isa_here = here }, "\n")
  end
  lu.assertStrContains(said("x86-64-v3"), "warning     this machine's CPU is x86-64-v3: the executable needs x86-64-v4 "
    .. "and ends with exit code 5 here; --set target.isa=x86-64-v3 builds one for this CPU")
  lu.assertNil(said("x86-64-v4"):find("warning"))
end

os.exit(lu.LuaUnit.run())
