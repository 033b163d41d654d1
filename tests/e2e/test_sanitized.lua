-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- One generated program under AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer: the
-- runtime and the C generated for a small convolutional network on sounds, compiled with all of them,
-- go through every word and some bad input. What the libraries themselves leak at their end is theirs.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local flags = require("generator.toolchain.flags")
local libraries = require("generator.toolchain.libraries")
local sections = require("generator.emit.sections")
local shell = require("generator.toolchain.shell")

local sanitizers = { "-g1", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined",
  "-fno-omit-frame-pointer" }

local bench = e2e.new()
local root = assert(shell.real_path("."))
bench:sounds("sounds", 5)
bench:write("tone.lua", e2e.audio_spec {
  outputs = "16 }, batch_norm {}, relu {}, dropout { p = 0.2 }, linear { outputs = 3" })

local function compile(isa, source, object)
  local words = { "gcc" }
  for _, flag in ipairs(flags.compile(isa, "generated")) do
    if flag ~= "-O2" and not flag:find("FORTIFY") then words[#words + 1] = flag end
  end
  table.move(sanitizers, 1, #sanitizers, #words + 1, words)
  for _, word in ipairs { "-O1", "-I" .. root .. "/runtime", "-c", source, "-o", object } do
    words[#words + 1] = word
  end
  return shell.command(words)
end

-- What `built` was made from, compiled again with sanitizers; the carried sections are its own.
local function sanitized(built)
  local commands, objects = {}, {}
  local function add(source, isa)
    objects[#objects + 1] = string.format("%s/o/%03d.o", bench.folder, #objects)
    commands[#commands + 1] = compile(isa or e2e.isa, source, objects[#objects])
  end
  assert(shell.make_folder(bench:path("o")))
  for _, path in ipairs(shell.list_files("runtime", function(p) return p:find("%.c$") and not p:find("^tools/") end)) do
    add(root .. "/runtime/" .. path, (path == "cli/main.c" or path == "base/cpu.c") and "x86-64" or nil)
  end
  for _, path in ipairs(bench:list(built.sources)) do
    if path:find("%.c$") then add(bench:path(built.sources .. "/" .. path)) end
  end
  local paths = {}
  for _, name in ipairs(sections.names) do
    paths[name] = bench:path("o/" .. name)
    local ran = bench:shell(shell.command { "objcopy", "-O", "binary", "--only-section=" .. sections.section(name),
      built.path, paths[name] })
    lu.assertEquals(ran.status, 0, ran.err)
  end
  bench:write("o/sections.s", sections.assembler(paths))
  objects[#objects + 1] = bench:path("o/sections.o")
  commands[#commands + 1] = shell.command { "gcc", "-c", bench:path("o/sections.s"), "-o", objects[#objects] }
  local outputs, failed = shell.parallel(commands, shell.processors(), bench:path("o"))
  lu.assertNotNil(outputs, failed and failed.output)
  local wanted = {}
  for _, library in ipairs(libraries.all) do wanted[#wanted + 1] = library.name end
  local words = { "gcc", "-o", bench:path("checked"), "-fopenmp", "-pie", "-fuse-ld=mold", "-Wl,--as-needed" }
  for _, list in ipairs { sanitizers, objects, assert(libraries.link_flags(wanted)) } do
    table.move(list, 1, #list, #words + 1, words)
  end
  local ran = bench:shell(shell.command(words))
  lu.assertEquals(ran.status, 0, ran.err)
  local symbols = bench:shell("nm checked").out
  for _, name in ipairs { "__asan_init", "__ubsan_handle_add_overflow" } do lu.assertStrContains(symbols, name) end
end

local built = bench:build("tone.lua")
sanitized(built)
bench:write("suppressions", "leak:libdnnl.so\nleak:libgomp.so\nleak:libOpenCL.so\nleak:libopenblas\n")

local environment = "export OMP_WAIT_POLICY=passive ASAN_OPTIONS=detect_leaks=1:exitcode=77 "
  .. "LSAN_OPTIONS=suppressions=" .. bench:path("suppressions") .. ":print_suppressions=0:exitcode=77 "
  .. "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:exitcode=77"

local function ends(status, arguments)
  local ran = bench:shell("exec ./checked " .. arguments, environment)
  lu.assertEquals(ran.status, status, arguments .. "\n" .. ran.err:sub(1, 6000))
  for _, word in ipairs { "Sanitizer", "runtime error" } do lu.assertNil(ran.err:find(word, 1, true), ran.err) end
  return ran
end

TestSanitized = {}

function TestSanitized.test_0_the_whole_pipeline()
  local ran = ends(0, "run --json")
  -- compiled otherwise, the same experiment: the same data, the same stamp
  lu.assertEquals(ran.last.stamp, built.stamp)
  ends(0, "run --json --threads 1 --work one")
  ends(0, "run --fresh --quiet")
  for _, word in ipairs { "features", "train", "evaluate", "report", "info", "verify", "bench --repeats 1 --profile",
    "source out-of-it", "--help", "info --json" } do ends(0, word) end
end

function TestSanitized.test_predict()
  ends(0, "predict --json sounds/low/01.wav sounds/high/02.wav")
  bench:write("bad.wav", "RIFF")
  bench:write("cut.wav", e2e.wav(e2e.tone(500, 8000, 1), 8000, 1, "i16"):sub(1, 3000))
  bench:write("brief.wav", e2e.wav(e2e.tone(500, 8000, 0.01), 8000, 1, "i16"))
  ends(1, "predict --json bad.wav cut.wav sounds/low/01.wav brief.wav nothing.wav")
end

function TestSanitized.test_failures()
  ends(2, "trian")
  ends(1, "evaluate --work nothing")
  bench:shell("cp -r sounds changed && printf x >>changed/low/01.wav && rm changed/low/02.wav")
  ends(4, "run --json --data changed")
  ends(1, "run --json --data nowhere --work nowhere")
  local weights = bench:read("work/" .. built.folder .. "/weights.safetensors")
  bench:write("half.safetensors", weights:sub(1, #weights // 2))
  ends(1, "predict --weights half.safetensors sounds/low/01.wav")
end

function TestSanitized.test_an_interrupt()
  local ran = bench:shell([[
    ./checked train --fresh --json --work signal & pid=$!
    while kill -0 $pid && [ ! -e signal/]] .. built.folder .. [[/stages.json ]; do sleep 0.02; done
    kill -INT $pid; wait $pid]], environment)
  lu.assertTrue(ran.status == 1 or ran.status == 0, ran.err)
  lu.assertNil(ran.err:find("Sanitizer", 1, true), ran.err)
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
