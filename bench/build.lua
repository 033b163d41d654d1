-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- `make bench-build`: what it costs to make executables and to keep them. Nothing asserts a time. Prints
--
--   - for two specs, seconds of the parts of a build with the runtime there and an empty store of objects: reading the
--     spec and stamping it, the generator, the compiler and the packing of the sources, the linker, all of it;
--   - the same specs with one number changed: the learning rate, one of the optimizer's own, the batch; and nothing;
--   - sizes with and without the carried sources;
--   - a sweep of N learning rates of the MLP by `all`, and `changed` of it;
--   - bench/archive.lua with that sweep.
--
--   lua5.4 bench/build.lua [N]       how many experiments the sweep has (200; 0 for none)

package.path = "./?.lua;./?/init.lua;" .. package.path

local elf = require("generator.toolchain.elf")
local json = require("generator.base.json")
local runtime = require("generator.toolchain.runtime")
local shell = require("generator.toolchain.shell")
local sweep = require("bench.sweep")

local root = assert(shell.real_path("."))

-- `--parts SPEC ROOT` in a process of its own: seconds of each part of a build, as JSON.
if arg[1] == "--parts" then
  package.path = arg[3] .. "/?.lua;" .. arg[3] .. "/?/init.lua;" .. package.path
  local parts, part, since = {}, "stamp", sweep.now()
  local function phase(name)
    local now = sweep.now()
    parts[part], part, since = (parts[part] or 0) + now - since, name, now
  end
  local sets = { table.unpack(arg, 4) }
  local built, errors = require("generator.driver").build(arg[2], { root = arg[3], sets = sets, phase = phase })
  if not built then error(table.concat(errors, "\n")) end
  phase("end")
  parts.path, parts.size = built.path, built.record.size
  print(json.encode(parts))
  os.exit(0)
end

local folder = assert(shell.real_path(assert(shell.temporary_folder("out/.bench"))))
local isa = runtime.isa_here("x86-64-v4")
local target = string.format(" --set 'target.isa=\"%s\"'", isa)

local function build(arguments) return sweep.run(folder, root, arguments) end

-- The parts of a cold build of a spec.
local function parts_of(spec)
  shell.capture(string.format("rm -rf %s/out/.kept && mv %s/out/.objects %s/out/.kept", folder, folder, folder))
  local begun = sweep.now()
  local output, status = shell.capture(string.format("cd %s && LUA_PATH=%s lua5.4 %s/bench/build.lua --parts %s %s %s",
    shell.quote(folder), shell.quote(root .. "/?.lua;" .. root .. "/?/init.lua;;"), shell.quote(root), spec,
    shell.quote(root), shell.quote(string.format('target.isa="%s"', isa))), true)
  if status ~= 0 then error(output) end
  return json.decode(output:match("([^\n]*)\n$")), sweep.now() - begun
end

local cases = {
  { name = "fashion_mlp", own = "train.optimizer.beta1=0.8" },
  { name = "resnet18_sgd", own = "train.optimizer.momentum=0.8" },
}
shell.capture(string.format("mkdir %s/specs %s/out && cp specs/*.lua specs/*.lock %s/specs/", folder, folder, folder))
local _, once = sweep.run(root, root, "runtime --isa " .. isa) -- in out/ of the project, if it is not there
shell.capture(string.format("mkdir -p %s/out/.objects && ln -s %s/out/.runtime %s/out/", folder, root, folder))
print(string.format("%d processors, %s, %s\n", shell.processors(), isa, once.folder:match("[^/]+$")))
print("seconds of a cold build: nothing but the runtime is there")
print(string.format("%-14s %8s %10s %8s %8s %8s %8s", "spec", "stamp", "generate", "compile", "link", "place", "all"))
local rows = {}
for _, case in ipairs(cases) do
  local spec = "specs/" .. case.name .. ".lua"
  local cold, all = parts_of(spec)
  print(string.format("%-14s %8.2f %10.2f %8.2f %8.2f %8.2f %8.2f", case.name, cold.stamp, cold.generate, cold.compile,
    cold.link, cold.place, all))
  local function changed(sets) -- the middle of three, each of which is new
    local took = {}
    for i = 1, 3 do took[i] = (build(spec .. target .. sets(i))) end
    table.sort(took)
    return took[2]
  end
  local own_name, own_value = case.own:match("^(.*)=(.*)$")
  rows[#rows + 1] = string.format("%-14s %10.2f %10.2f %10.2f %10.2f %12d %12d", case.name,
    changed(function(i) return " --set train.optimizer.learning_rate=0.0123" .. i end),
    changed(function(i) return string.format(" --set %s=%s%d", own_name, own_value, i) end),
    changed(function(i) return " --set train.batch_size=" .. 36 + i end),
    changed(function() return "" end), cold.size,
    cold.size - #assert(elf.section(folder .. "/" .. cold.path, ".ingot.sources")))
end
print("\nseconds to a new executable after one change, and bytes")
print(string.format("%-14s %10s %10s %10s %10s %12s %12s", "spec", "rate", "optimizer", "batch", "nothing", "bytes",
  "w/o sources"))
print(table.concat(rows, "\n"))
io.stdout:flush()

local count = math.tointeger(tonumber(arg[1] or "200"))
if count and count > 0 then
  sweep.write(folder, count, isa)
  local took, said = build("all sweep")
  print(string.format("\na sweep of %d experiments by `all`: %.1f s (%d built, %d failed)", count, took, said.built,
    said.failed))
  took = build("changed sweep")
  print(string.format("`changed` of these: %.2f s\n", took))
  io.stdout:flush()
  os.execute(shell.command { "lua5.4", "bench/archive.lua", "--built", folder })
end
shell.remove_folder(folder)
