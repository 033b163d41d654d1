-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What tools and libraries are: build IDs as readelf prints them, versions of everything installed,
-- licences that let users ship what they build.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local flags = require("generator.toolchain.flags")
local identity = require("generator.toolchain.identity")
local isas = require("generator.isas")
local libraries = require("generator.toolchain.libraries")
local shell = require("generator.toolchain.shell")
local stamp = require("generator.toolchain.stamp")

TestIdentity = {}

function TestIdentity.test_every_tool_and_library_says_what_it_is()
  local present = identity.present()
  lu.assertEquals(present.missing, {})
  for _, tool in ipairs(present.tools) do
    lu.assertStrMatches(tool.version, "[^\n/]*%d[^\n]*", nil, nil, tool.name)
  end
  for _, library in ipairs(present.libraries) do
    lu.assertNotNil(library.version:find("^%d+"), library.name .. " " .. library.version)
    lu.assertNotNil(library.build_id:find("^%x+$"), library.name .. " " .. library.build_id)
  end
end

function TestIdentity.test_build_id_is_what_readelf_says()
  local path = shell.capture("gcc -print-file-name=libsndfile.so"):gsub("\n", "")
  local said = shell.capture("readelf -n " .. shell.quote(path)):match("Build ID: (%x+)")
  lu.assertNotNil(said)
  lu.assertEquals(identity.build_id(path), said)
end

function TestIdentity.test_what_is_no_elf_file_has_no_build_id()
  lu.assertNil(identity.build_id("LICENSE"))
  lu.assertNil(identity.build_id("no such file"))
end

function TestIdentity.test_no_library_is_gpl()
  for _, library in ipairs(libraries.all) do
    local licence = library.licence
    if licence:find("GPL", 1, true) and not licence:find("^LGPL") then
      lu.assertStrContains(licence, "WITH GCC-exception")
    end
  end
  for _, name in ipairs(libraries.core) do lu.assertNotNil(libraries.find(name), name) end
end

function TestIdentity.test_link_flags_come_in_one_order_and_once()
  lu.assertEquals(libraries.link_flags { "z", "onednn", "sndfile", "dnnl", "gomp" }, { "-ldnnl", "-lsndfile", "-lz" })
  local nothing, unknown = libraries.link_flags { "z", "fftw" }
  lu.assertNil(nothing)
  lu.assertEquals(unknown, "fftw")
end

function TestIdentity.test_flags_name_no_folder_of_the_machine_and_no_fast_math()
  for _, isa in ipairs(isas.list) do
    local text = table.concat(flags.compile(isa.name), " ") .. " " .. table.concat(flags.link, " ")
    lu.assertStrContains(text, "-march=" .. isa.name:match("^x86%-64%-?v?%d?") .. " ")
    lu.assertEquals(text:find("-mavx512bf16 ", 1, true) ~= nil, isa.bf16 or false)
    lu.assertNil(text:find("native", 1, true))
    lu.assertNil(text:find("ffast-math", 1, true))
    lu.assertNil(text:gsub("/usr/include/%S+", ""):find("/", 1, true), text)
    lu.assertNil(text:find("rpath", 1, true))
  end
end

TestStampText = {}

function TestStampText.test_inputs_are_sorted_and_each_counts()
  local function digest(list)
    return stamp.digest("heading", list)
  end
  local a, b = { kind = "tool", name = "gcc", value = "12" }, { kind = "file", name = "x.c", value = "00" }
  lu.assertEquals(digest { a, b }, digest { b, a })
  lu.assertNotEquals(digest { a, b }, digest { a })
  lu.assertNotEquals(digest { a }, digest { { kind = "tool", name = "gcc", value = "13" } })
  lu.assertNotEquals(stamp.digest("other", { a }), digest { a })
end

function TestStampText.test_the_environment_is_listed()
  local seen = {}
  for _, input in ipairs(stamp.environment_inputs("x86-64-v3")) do
    seen[input.kind .. " " .. input.name] = input.value
  end
  lu.assertStrContains(seen["tool gcc"], "gcc version")
  lu.assertStrContains(seen["flags generated"], "-march=x86-64-v3")
  lu.assertNotNil(seen["library onednn"])
  lu.assertNotNil(seen["tool mold"])
end

function TestStampText.test_leftovers_of_editors_are_no_sources()
  local folder = assert(shell.temporary_folder("out/.tests"))
  local files = require("generator.base.files")
  for _, name in ipairs { "generator/a.lua", "generator/a.lua~", "generator/.a.lua.swp", "generator/#a.lua#",
    "generator/b.txt", "runtime/x.c", "runtime/x.o", "templates/t.c", "templates/.hidden", "tests/y.c", "build.lua" } do
    shell.make_folder((folder .. "/" .. name):match("^(.*)/"))
    assert(files.write(folder .. "/" .. name, name))
  end
  local sources = stamp.sources(folder)
  shell.remove_folder(folder)
  lu.assertEquals(sources, { "build.lua", "generator/a.lua", "runtime/x.c", "templates/t.c" })
end

os.exit(lu.LuaUnit.run())
