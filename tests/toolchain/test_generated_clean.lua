-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The generated C of every spec that ships with its lock is clean under the strict warnings of two compilers, for the
-- instruction set that it names (of all but the largest also for the other, by the compiler that builds it); neither
-- needs the data. And it names only libraries that it is linked with.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local compile = require("generator.compile")
local files = require("generator.base.files")
local flags = require("generator.toolchain.flags")
local locks = require("generator.lock")
local manifests = require("generator.toolchain.manifest")
local pipeline = require("generator.pipeline")
local shell = require("generator.toolchain.shell")
local spec = require("generator.spec")

local compilers = { "gcc", "clang" }
local isas = { "x86-64-v3", "x86-64-v4" }

-- { { path, only } … } of the specs whose lock is there; of a family one variant of each kind of model.
local function shipped()
  local found = {}
  for _, name in ipairs(files.list("specs", ".lua")) do
    local path = "specs/" .. name
    if files.exists(locks.path(path)) then
      local all, seen = assert(spec.load_all(path)), {}
      for _, one in ipairs(all) do
        local kind = all.list and one.experiment.model.kind or ""
        if not seen[kind] then found[#found + 1] = { path = path, only = all.list and one.name or nil } end
        seen[kind] = true
      end
    end
  end
  return found
end

local function generate(path, sets, only)
  local experiment, errors = spec.load(path, { sets = sets, only = only })
  if not experiment then error(path .. ": " .. tostring(errors[1])) end
  local resolved, why = pipeline.resolve(experiment, assert(locks.load(locks.path(path))))
  if not resolved then error(path .. ": " .. tostring(why[1].message)) end
  resolved.libraries = manifests.known_libraries()
  local emitted, refused = compile.compile(resolved, {})
  if not emitted then error(path .. ": " .. tostring(refused[1].message)) end
  return emitted
end

-- The flags of a build; for clang without those that only choose how gcc optimises, some of which it
-- does not know.
local function flags_for(compiler, isa)
  local list = {}
  for _, flag in ipairs(flags.compile(isa, "generated")) do
    local language = flag == "-fopenmp" or flag:find("^%-std=") or flag:find("^%-W") or flag:find("^%-march=")
      or flag:find("^%-mavx512")
    if compiler == "gcc" or language then list[#list + 1] = flag end
  end
  return list
end

-- Files of kernels stand for themselves: of those that are the same but for the comment they begin with, in whichever
-- spec, one is enough. { [compiler, instruction set, text] = true }
local clean = {}

-- What the compiler says to all of the files: "" where it has nothing to say.
local function complaints(emitted, isa, compiler)
  local folder = assert(shell.temporary_folder("/tmp"))
  local words = { compiler }
  local list = flags_for(compiler, isa)
  table.move(list, 1, #list, #words + 1, words)
  for _, word in ipairs { "-fsyntax-only", "-Werror", "-Iruntime" } do words[#words + 1] = word end
  local checked = {}
  for _, file in ipairs(emitted.files) do
    assert(files.write(folder .. "/" .. file.name, file.text))
    local key = file.name:find("^kernels_") and compiler .. " " .. isa .. file.text:gsub("^/%*.-%*/", "")
    if file.name:find("%.c$") and not clean[key] then words[#words + 1] = folder .. "/" .. file.name end
    checked[#checked + 1] = key or nil
  end
  local output, status = shell.capture(shell.command(words), true)
  shell.remove_folder(folder)
  for _, key in ipairs(checked) do clean[key] = status == 0 or nil end
  return status == 0 and "" or output == "" and "exit status " .. tostring(status) or output
end

TestGeneratedClean = {}

function TestGeneratedClean.test_there_are_specs_to_check()
  lu.assertTrue(#shipped() > 0)
end

local largest = { densenet121_sgd_cross_entropy = true } -- two hundred files of kernels like those of the others

for _, one in ipairs(shipped()) do
  for _, isa in ipairs(largest[one.only] and { "x86-64-v4" } or isas) do
    local name = (one.only or one.path:match("([^/]+)%.lua$")) .. "_" .. isa:gsub("%W", "_")
    TestGeneratedClean["test_" .. name] = function()
      local emitted = generate(one.path, { string.format("target.isa=%q", isa) }, one.only)
      lu.assertTrue(#emitted.files > 1)
      for _, compiler in ipairs(isa == "x86-64-v4" and compilers or { "gcc" }) do
        lu.assertEquals(complaints(emitted, isa, compiler), "", compiler)
      end
    end
  end
end

for _, name in ipairs { "fashion_cnn", "resnet18_sgd" } do
  TestGeneratedClean["test_" .. name .. "_in_bf16"] = function()
    local isa = "x86-64-v4-bf16"
    local sets = { string.format("target.isa=%q", isa), "train.precision=bf16" }
    local emitted = generate("specs/" .. name .. ".lua", sets)
    for _, compiler in ipairs(compilers) do lu.assertEquals(complaints(emitted, isa, compiler), "", compiler) end
  end
end

function TestGeneratedClean.test_a_warning_would_be_seen()
  local emitted = { files = { { name = "bad.c", text = "short f(int);\nshort f(int x) { return x; }\n" } } }
  for _, compiler in ipairs(compilers) do
    lu.assertStrContains(complaints(emitted, "x86-64-v3", compiler), "onversion", false, false, compiler)
  end
end

local function libraries_named(emitted)
  local names = {}
  for _, file in ipairs(emitted.files) do
    if file.name == "program.c" then
      local rows = file.text:match("ingot_library libraries%[%] = {\n(.-)\n};")
      for name in rows:gmatch('{"([^"]+)"') do names[#names + 1] = name end
    end
  end
  return names
end

function TestGeneratedClean.test_the_program_names_what_it_is_linked_with()
  local plain = generate("specs/fashion_mlp.lua", { 'target.backends={"c"}' })
  lu.assertEquals(plain.libraries, { "z" })
  lu.assertEquals(libraries_named(plain), { "crypto", "gomp", "jansson", "libc", "m", "png", "sqlite3", "z", "zstd" })
  local all = generate("specs/resnet18_sgd.lua", {})
  lu.assertTableContains(libraries_named(all), "onednn")
  lu.assertTableContains(libraries_named(all), "sndfile")
end

os.exit(lu.LuaUnit.run())
