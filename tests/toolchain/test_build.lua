-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Building a small project through the command line: what is left in out/, what is not done twice,
-- what changes the stamp and what does not, what the executable carries.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lfs = require("lfs")
local lu = require("luaunit")
local files = require("generator.base.files")
local json = require("generator.base.json")
local sha256 = require("generator.toolchain.sha256")
local shell = require("generator.toolchain.shell")
local small_project = require("tests.support.small_project")

local function build(project, arguments, before)
  local output, status, errors = project:run((arguments or "specs/small.lua") .. " --json", before)
  local said = json.decode(output:match("([^\n]*)\n$") or "")
  lu.assertEquals(status, 0, errors)
  return said, errors
end

TestBuild = {}

function TestBuild:setUp()
  self.project = small_project.new()
end

function TestBuild:tearDown()
  self.project:remove()
end

function TestBuild:test_leaves_executable_sources_record_and_link()
  local said = build(self.project)
  lu.assertTrue(said.built)
  lu.assertEquals(said.path, "out/small-" .. said.stamp:sub(1, 12))
  local link = self.project.folder .. "/out/small"
  lu.assertEquals(lfs.symlinkattributes(link, "target"), "small-" .. said.stamp:sub(1, 12))
  lu.assertStrContains(self.project:read(said.sources .. "/program.c"), said.stamp)
  local record = json.decode(self.project:read(said.path .. ".json"))
  local executable = self.project:read(said.path)
  lu.assertEquals(record.size, #executable)
  lu.assertEquals(record.sha256, sha256.files(self.project.folder, { said.path })[said.path])
  lu.assertEquals(record.sha256, said.sha256)
  lu.assertEquals(shell.capture(self.project.folder .. "/out/small"), "hello 17 runtime/cli/main.c\n")
  -- nothing half-made stays
  lu.assertEquals(shell.list_files(self.project.folder .. "/out/.build"), {})
end

function TestBuild:test_unchanged_input_compiles_nothing()
  local first = build(self.project)
  local modified = lfs.attributes(self.project.folder .. "/" .. first.path, "modification")
  -- a compiler that answers questions and refuses to compile
  local before = self.project:wrap_gcc('case "$*" in *-[co]\\ *) touch "$0.called"; exit 1;; esac')
  local second = build(self.project, nil, before)
  lu.assertFalse(second.built)
  lu.assertEquals(second.stamp, first.stamp)
  lu.assertEquals(lfs.attributes(self.project.folder .. "/" .. first.path, "modification"), modified)
  lu.assertFalse(files.exists(self.project.folder .. "/bin/gcc.called"))
  local output = self.project:run("specs/small.lua")
  lu.assertStrContains(output, "nothing was compiled")
end

function TestBuild:test_damage_is_noticed_and_mended()
  local first = build(self.project)
  local path = self.project.folder .. "/" .. first.path
  local good = files.read(path)
  for _, damage in ipairs { good:sub(1, -2), good:sub(1, -2) .. "x", good .. "x" } do
    os.remove(path)
    files.write(path, damage)
    local again = build(self.project)
    lu.assertTrue(again.built)
    lu.assertTrue(files.read(path) == good)
  end
  shell.remove_folder(path .. ".src")
  lu.assertTrue(build(self.project).built)
  os.remove(path .. ".json")
  lu.assertTrue(build(self.project).built)
end

function TestBuild:test_what_the_bytes_depend_on_changes_the_stamp()
  local stamps, count = {}, 0
  local function expect_new(what)
    local stamp = build(self.project).stamp
    lu.assertNil(stamps[stamp], what .. " does not change the stamp")
    stamps[stamp], count = what, count + 1
  end
  expect_new("the start")
  for _, path in ipairs { "specs/small.lua", "specs/small.lock", "generator/compile.lua", "runtime/program.h",
    "build.lua", "LICENSE" } do
    self.project:write(path, self.project:read(path) .. "\n")
    expect_new(path)
  end
  self.project:write("templates/new.c", "/* new */")
  expect_new("a new template")
  local set = build(self.project, "specs/small.lua --set text=other")
  lu.assertNil(stamps[set.stamp])
  lu.assertEquals(count, 8)
end

function TestBuild:test_what_the_bytes_do_not_depend_on_does_not()
  local first = build(self.project)
  self.project:write("generator/notes.txt", "a note")
  self.project:write("generator/.compile.lua.swp", "an editor")
  self.project:write("README.md", "words")
  self.project:write("tests/test_x.lua", "a test")
  lu.assertEquals(build(self.project).stamp, first.stamp)
  lu.assertEquals(build(self.project, "./specs/../specs/small.lua").stamp, first.stamp)
  lu.assertEquals(build(self.project, "specs/small.lua --jobs 1 --out elsewhere").stamp, first.stamp)
end

function TestBuild:test_same_bytes_in_another_folder_time_locale_and_with_other_jobs()
  local first = build(self.project)
  local deeper = small_project.new("out/.tests/small/it's a longer/folder name/é")
  lu.assertEquals(select(2, deeper:run("lock specs/small.lua")), 0)
  local other = build(deeper, "specs/small.lua --jobs 1", "umask 077; export LANG=de_DE.UTF-8 TZ=Asia/Tokyo "
    .. "SOURCE_DATE_EPOCH=5 CFLAGS=-O0 CPATH=/tmp LIBRARY_PATH=/tmp OMP_NUM_THREADS=7 && touch generator/compile.lua "
    .. "&& chmod 700 generator/compile.lua &&")
  lu.assertEquals(other.stamp, first.stamp)
  lu.assertTrue(deeper:read(other.path) == self.project:read(first.path), "the bytes differ")
  shell.remove_folder("out/.tests/small/it's a longer")
end

function TestBuild:test_sections_are_read_by_ordinary_tools_and_by_the_program()
  local said = build(self.project)
  local path = self.project.folder .. "/" .. said.path
  local function section(name)
    local to = self.project.folder .. "/section"
    shell.capture(string.format("objcopy -O binary --only-section=.ingot.%s %s %s", name, shell.quote(path),
      shell.quote(to)))
    return files.read(to)
  end
  lu.assertEquals(section("spec"), self.project:read("specs/small.lua"))
  lu.assertEquals(section("lock"), self.project:read("specs/small.lock"))
  local manifest = json.decode(section("manifest"))
  lu.assertEquals(manifest.stamp, said.stamp)
  lu.assertEquals(manifest.spec, "specs/small.lua")
  lu.assertEquals(manifest.target.isa, "x86-64-v3")
  lu.assertStrContains(manifest.toolchain.gcc, "gcc version")
  lu.assertEquals(shell.capture(shell.quote(path) .. " manifest"), section("manifest"))
  local listing = shell.capture(string.format("%s sources | zstd -d | tar tvf -", shell.quote(path)))
  for _, name in ipairs { "build.lua", "LICENSE", "generator/cli.lua", "runtime/cli/main.c", "specs/small.lua",
    "specs/small.lock", "generated/program.c" } do
    lu.assertStrContains(listing, " " .. name .. "\n")
  end
  for line in listing:gmatch("[^\n]+") do
    lu.assertStrMatches(line, "%-rw%-r%-%-r%-%- 0/0 .* 1970%-01%-01 .*")
  end
  local text = files.read(path)
  lu.assertNil(text:find(self.project.folder, 1, true), "a folder of this machine is in the executable")
  -- sections survive strip
  local stripped = self.project.folder .. "/stripped"
  shell.capture("strip -o " .. shell.quote(stripped) .. " " .. shell.quote(path))
  lu.assertEquals(shell.capture(shell.quote(stripped) .. " manifest"), section("manifest"))
end

function TestBuild:test_no_lock_and_no_data()
  self.project:write("specs/far.lua", (self.project:read("specs/small.lua"):gsub('path = "data"', 'path = "nowhere"')))
  local _, status, errors = self.project:run("specs/far.lua")
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, "specs/far.lock")
  lu.assertStrContains(errors, "nowhere")
  -- with a lock the data is not needed
  self.project:write("specs/far.lock", "lock of some data")
  build(self.project, "specs/far.lua")
end

function TestBuild:test_lock_is_written_first_where_the_data_is_at_hand_and_it_says_so()
  local _, errors = build(self.project)
  lu.assertStrContains(errors, "no lock yet, reading data")
  lu.assertStrContains(errors, "wrote specs/small.lock")
  lu.assertEquals(self.project:read("specs/small.lock"), "lock of some data")
  local output = self.project:run("lock specs/small.lua")
  lu.assertStrContains(output, "unchanged: specs/small.lock")
end

function TestBuild:test_code_that_does_not_compile_is_our_fault_and_shows_no_lua_trace()
  self.project:write("specs/small.lua", (self.project:read("specs/small.lua"):gsub("return {",
    'return { broken = "int x = nonsense;",')))
  local _, status, errors = self.project:run("specs/small.lua")
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, "a bug in Ingot")
  lu.assertStrContains(errors, "nonsense")
  lu.assertNil(errors:find("traceback", 1, true))
  local kept = errors:match("it lies in (%S+)")
  lu.assertNotNil(files.read(kept .. "/src/train.c"))
  lu.assertFalse(files.exists(self.project.folder .. "/out/small"))
end

function TestBuild:test_a_source_that_changes_during_a_build_is_named_and_nothing_is_left()
  -- somebody saves a file while the compiler runs
  local before = self.project:wrap_gcc('case "$*" in *-c\\ *) echo "// later" >>runtime/cli/main.c;; esac')
  local _, status, errors = self.project:run("specs/small.lua", before)
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, "runtime/cli/main.c: changed while the experiment was being built")
  lu.assertFalse(files.exists(self.project.folder .. "/out/small"))
  lu.assertEquals(shell.list_files(self.project.folder .. "/out/.build"), {})
end

function TestBuild:test_a_library_that_is_linked_must_be_declared()
  self.project:write("runtime/cli/sound.c", "const char *sf_version_string(void);\nconst char *sound(void);\n"
    .. "const char *sound(void) { return sf_version_string(); }\n")
  self.project:write("runtime/cli/main.c", "const char *sound(void);\n" .. self.project:read("runtime/cli/main.c")
    :gsub("return 0;", "return sound() == 0;"))
  local _, status, errors = self.project:run("specs/small.lua")
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, "libsndfile.so.1")
  lu.assertStrContains(errors, "not declared")
end

os.exit(lu.LuaUnit.run())
