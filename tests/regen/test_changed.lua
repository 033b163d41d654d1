-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- `changed` and `all`: what is no longer what was built and why, against out/ and against a commit, and building
-- just that, several at once, whatever fails among it. Through the command line of a small project.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")
local small_project = require("tests.support.small_project")

local function spec(text)
  return string.format('return { text = %q, data = { path = "data" }, model = {}, train = { epochs = 3 },\n'
    .. '  target = { isa = "x86-64-v3", threads = 2, backends = { "c" } } }\n', text)
end

local project = small_project.new()
for _, name in ipairs { "one", "two", "deep/three" } do
  project:write("specs/" .. name .. ".lua", spec(name))
  project:write("specs/" .. name .. ".lock", "lock of " .. name)
end
shell.capture("rm " .. shell.quote(project.folder .. "/specs/small.lua"))

-- Runs a word with --json: its last line decoded, what it says to people, its exit status.
local function run(arguments, status, before)
  local output, code, errors = project:run(arguments .. " --json", before)
  lu.assertEquals(code, status or 0, errors .. output)
  return json.decode(output:match("([^\n]*)\n$")), errors
end

-- "one: changed (spec: …)" of each experiment that is not current.
local function states(said)
  local list = {}
  for _, one in ipairs(said.experiments) do
    local why = {}
    for i, reason in ipairs(one.reasons) do why[i] = reason.component .. ": " .. table.concat(reason.details, ", ") end
    if one.state ~= "current" then list[#list + 1] = one.name .. " " .. one.state .. " " .. table.concat(why, "; ") end
  end
  return list
end

local function edit(path, from, to)
  local text, count = project:read(path):gsub(from, to)
  assert(count > 0, path)
  project:write(path, text)
end

TestChanged = {}

function TestChanged.test_01_everything_is_new_at_first_and_built_beside_each_other()
  lu.assertEquals(states(run("changed")), { "three new ", "one new ", "two new " })
  local said, told = run("all --jobs 2")
  lu.assertEquals({ said.built, said.unchanged, said.failed }, { 3, 0, 0 })
  for _, name in ipairs { "one", "two", "three" } do
    lu.assertStrContains(told, "built   " .. name)
    lu.assertStrContains(shell.capture(project.folder .. "/out/" .. name), name .. " ")
  end
  lu.assertStrContains(told, "3 built, 0 unchanged, 0 failed in ")
  lu.assertEquals(shell.list_files(project.folder .. "/out/.build"), {})
  said = run("changed")
  lu.assertEquals(states(said), {})
  lu.assertEquals(said.counts, { changed = 0, current = 3, failed = 0, new = 0 })
end

function TestChanged.test_02_nothing_is_built_that_is_current()
  local said = run("all")
  lu.assertEquals({ said.built, said.unchanged, said.failed }, { 0, 3, 0 })
end

function TestChanged.test_03_why_by_component()
  edit("specs/one.lua", "epochs = 3", "epochs = 5")
  edit("specs/two.lock", "lock", "other lock")
  lu.assertEquals(states(run("changed")), { "one changed spec: train.epochs 3 -> 5",
    "two changed lock: two.lock" })
  edit("specs/one.lua", "epochs = 5", "epochs = 3")
  lu.assertEquals(states(run("changed specs/one.lua")), {}) -- the artifact of that stamp is still there
  edit("specs/one.lua", "\n$", "\n-- a remark\n")
  lu.assertEquals(states(run("changed specs/one.lua")), { "one changed spec: its text alone" })
  edit("specs/one.lua", "%-%- a remark\n", "")

  edit("generator/compile.lua", "\n$", "\n-- a remark\n")
  edit("runtime/program.h", "\n$", "\n/* a remark */\n")
  project:write("runtime/new.h", "/* new */\n")
  lu.assertEquals(states(run("changed specs/one.lua")), { "one changed generator: generator/compile.lua; "
    .. "runtime: new runtime/new.h, runtime/program.h" })
  edit("generator/compile.lua", "%-%- a remark\n", "")
  edit("runtime/program.h", "/%* a remark %*/\n", "")
  shell.capture("rm " .. project.folder .. "/runtime/new.h")

  local real = shell.capture("command -v mold"):gsub("\n", "")
  project:write("bin/mold", string.format('#!/bin/sh\n[ "$1" != --version ] || { echo mold 99; exit; }\nexec %s "$@"\n',
    real))
  shell.capture("chmod +x " .. project.folder .. "/bin/mold")
  local said = states(run("changed specs/one.lua", 0, 'PATH="$PWD/bin:$PATH"'))
  lu.assertStrMatches(said[1], "one changed toolchain: mold mold %d.* %-> mold 99")
end

function TestChanged.test_04_a_build_with_overrides_is_not_what_others_are_compared_with()
  project:run("specs/one.lua --set text=short")
  lu.assertEquals(states(run("changed specs/one.lua")), {})
  edit("specs/one.lua", "epochs = 3", "epochs = 4")
  lu.assertEquals(states(run("changed specs/one.lua")), { "one changed spec: train.epochs 3 -> 4" })
  edit("specs/one.lua", "epochs = 4", "epochs = 3")
end

function TestChanged.test_05_only_what_changed_is_built_and_a_failure_stops_nothing()
  project:write("specs/bad.lua", "return { text = }")
  project:write("specs/broken.lua", (spec("broken"):gsub("model", 'broken = "int f(", model')))
  project:write("specs/broken.lock", "lock")
  project:write("specs/fit.lua", (spec("fit"):gsub("model", "does_not_fit = true, model")))
  project:write("specs/fit.lock", "lock")
  local said, told = run("all --jobs 2", 1)
  lu.assertEquals({ said.built, said.unchanged, said.failed }, { 1, 2, 3 })
  lu.assertStrContains(told, "built   two  ")
  lu.assertStrContains(told, "(lock: two.lock)")
  lu.assertStrMatches(told, ".*failed  bad: specs/bad.lua:1: .*")
  lu.assertStrContains(told, "failed  broken: internal error: generated code could not be made into an executable")
  lu.assertStrContains(told, "failed  fit: specs/fit.lua:1: model: layer1: does not fit")
  local checked = run("changed", 1)
  lu.assertEquals(checked.counts, { changed = 0, current = 3, failed = 1, new = 2 })
  shell.capture("cd " .. project.folder .. "/specs && rm bad.lua broken.* fit.*")
end

function TestChanged.test_06_what_is_damaged_or_gone_is_built_again()
  local path = run("all --json specs/one.lua").experiments[1]
  local file = project.folder .. "/out/one-" .. path.stamp:sub(1, 12)
  local text = require("generator.base.files").read(file)
  local handle = assert(io.open(file, "wb"))
  handle:write(text:sub(1, -2), string.char(text:byte(-1) ~ 1))
  handle:close()
  lu.assertEquals(states(run("changed specs/one.lua")), { "one changed artifact: is not there any more, or damaged" })
  lu.assertEquals(run("all specs/one.lua").built, 1)
  lu.assertTrue(require("generator.base.files").read(file) == text)
end

function TestChanged.test_07_a_spec_without_a_lock()
  shell.capture("rm " .. project.folder .. "/specs/two.lock")
  lu.assertEquals(states(run("changed specs/two.lua")), { "two changed lock: specs/two.lock is not there" })
  lu.assertEquals(run("all specs/two.lua").built, 1) -- the data is at hand: it is locked first
  lu.assertEquals(project:read("specs/two.lock"), "lock of some data")
end

function TestChanged.test_08_two_specs_of_one_name()
  project:write("specs/other/one.lua", spec("one again"))
  project:write("specs/other/one.lock", "lock")
  local _, errors = run("changed specs/one.lua specs/other", 1)
  lu.assertStrContains(errors, "specs/other/one.lua: is called one, as is specs/one.lua: give one another name")
  shell.capture("rm -r " .. project.folder .. "/specs/other")
end

function TestChanged.test_09_arguments()
  local _, errors = run("changed nowhere", 2)
  lu.assertStrContains(errors, "nowhere: there is no such spec or folder")
  project:write("empty/x.txt", "")
  _, errors = run("all empty", 2)
  lu.assertStrContains(errors, "empty: there is no spec in it")
  local outside = assert(shell.temporary_folder("/tmp"))
  shell.capture(string.format("cp %s/specs/one.* %s", project.folder, outside))
  _, errors = run("changed --since HEAD " .. outside, 2)
  lu.assertStrContains(errors, "--since: fatal: not a git repository")
  shell.remove_folder(outside)
end

local function git(words)
  local output, status = shell.capture(string.format("cd %s && git -c user.name=a -c user.email=a@b %s",
    shell.quote(project.folder), words), true)
  assert(status == 0, output)
end

function TestChanged.test_10_since_a_commit()
  git("init -q")
  project:write(".gitignore", "/out/\n/bin/\n")
  git("add -A")
  git("commit -q -m one")
  lu.assertEquals(states(run("changed --since HEAD")), {})
  edit("specs/one.lua", "epochs = 3", "epochs = 9")
  edit("generator/compile.lua", "\n$", "\n-- a remark\n")
  project:write("specs/four.lua", spec("four"))
  project:write("specs/four.lock", "lock")
  lu.assertEquals(states(run("changed --since HEAD specs")), { "three changed generator: generator/compile.lua",
    "four new ", "one changed spec: train.epochs 3 -> 9; generator: generator/compile.lua",
    "two changed generator: generator/compile.lua" })
  git("add -A")
  git("commit -q -m two")
  lu.assertEquals(#states(run("changed --since HEAD")), 0)
  lu.assertEquals(#states(run("changed --since HEAD~1")), 4)
  local _, errors = run("changed --since nothing", 2)
  lu.assertStrContains(errors, "--since: there is no commit 'nothing' here")
  lu.assertEquals(run("all --since HEAD~1 specs/four.lua specs/one.lua").built, 2)
end

function TestChanged.test_11_as_markdown()
  edit("generator/compile.lua", "%-%- a remark\n", "")
  edit("specs/two.lua", "epochs = 3", "epochs = 7")
  local output = project:run("changed --since HEAD --markdown")
  lu.assertEquals(output, [[
### Experiments

4 changed, 0 new, 0 unchanged, 0 failed.

| experiment | state | why |
|---|---|---|
| three, four, one | changed | generator: generator/compile.lua |
| two | changed | spec: train.epochs 3 -\> 7; generator: generator/compile.lua |
]])
end

function TestChanged.test_12_a_bug_of_ours_concerns_one_experiment()
  edit("specs/one.lua", "return { ", "return { crash = true, ")
  local said, errors = run("all specs", 1)
  lu.assertEquals({ said.built, said.failed }, { 2, 1 }) -- two and three; four is there
  lu.assertStrContains(errors, "failed  one: internal error: this is a bug in Ingot")
  edit("specs/one.lua", "crash = true, ", "")
end

function TestChanged.test_13_a_process_that_is_killed_is_told()
  local real = shell.capture("command -v lua5.4"):gsub("\n", "")
  project:write("bin/lua5.4", string.format('#!/bin/sh\ncase "$*" in *--worker*) kill -9 $$;; esac\nexec %s "$@"\n',
    real))
  shell.capture("chmod +x " .. project.folder .. "/bin/lua5.4")
  local _, errors = run("all specs/one.lua", 1, 'PATH="$PWD/bin:$PATH"')
  lu.assertStrContains(errors, "failed  one: specs/one.lua: the process that built one ended early: ")
end

function TestChanged.test_99_remove()
  project:remove()
end

os.exit(lu.LuaUnit.run())
