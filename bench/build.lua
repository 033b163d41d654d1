-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- `make bench-build`: seconds from a spec to its executable. Cold is with the runtime there and an empty store of
-- objects; then one change of the learning rate, one of the optimizer's own numbers, and nothing at all; then a
-- sweep of 200 learning rates of the MLP by `all`. Sizes with and without the carried sources. Nothing asserts a time.
--
--   lua5.4 bench/build.lua [SWEEP]       how many experiments the sweep has (200; 0 for none)

package.path = "./?.lua;./?/init.lua;" .. package.path

local elf = require("generator.toolchain.elf")
local files = require("generator.base.files")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")

local root = assert(shell.real_path("."))
local folder = assert(shell.real_path(assert(shell.temporary_folder("out/.bench"))))

local function now() return tonumber((files.read("/proc/uptime"):match("^%S+"))) end

-- Runs build.lua in the folder; seconds and its JSON.
local function build(arguments)
  local begun = now()
  local pipe = assert(io.popen(string.format("cd %s && lua5.4 %s/build.lua %s --json 2>/dev/null", shell.quote(folder),
    shell.quote(root), arguments)))
  local output = pipe:read("a")
  assert(pipe:close(), output)
  return now() - begun, json.decode(output:match("([^\n]*)\n$"))
end

-- Seconds of the generator alone.
local function generation(spec)
  return (build("graph " .. spec .. " --stop-after plan"))
end

local cases = {
  { name = "fashion_mlp", own = "train.optimizer.beta1=0.8" },
  { name = "resnet18_sgd", own = "train.optimizer.momentum=0.8" },
}
shell.capture(string.format("mkdir %s/specs && cp specs/*.lua specs/*.lock %s/specs/", folder, folder))
for _, isa in ipairs { "x86-64-v3", "x86-64-v4" } do build("runtime --isa " .. isa) end
print(string.format("%-14s %10s %8s %8s %10s %10s %10s %12s %10s", "spec", "generator", "cold", "rate", "optimizer",
  "batch", "unchanged", "bytes", "without"))
for _, case in ipairs(cases) do
  local spec = "specs/" .. case.name .. ".lua"
  local alone = generation(spec)
  shell.capture(string.format("mv %s/out/.objects %s/out/.kept", folder, folder))
  local cold, built = build(spec)
  local rate = build(spec .. " --set train.optimizer.learning_rate=0.0123")
  local own = build(spec .. " --set " .. case.own)
  local batch = build(spec .. " --set train.batch_size=40")
  local unchanged = build(spec)
  local sources = assert(elf.section(folder .. "/" .. built.path, ".ingot.sources"))
  print(string.format("%-14s %10.2f %8.2f %8.2f %10.2f %10.2f %10.2f %12d %10d", case.name, alone, cold, rate, own,
    batch, unchanged, built.size, built.size - #sources))
end

local count = math.tointeger(tonumber(arg[1] or "200"))
if count and count > 0 then
  local text = files.read("specs/fashion_mlp.lua")
  for i = 1, count do
    local one = text:gsub("1e%-3", string.format("%.6f", i * 1e-5)):gsub('name = "fashion_mlp"',
      string.format('name = "sweep_%03d"', i))
    assert(shell.make_folder(folder .. "/sweep"))
    assert(files.write(string.format("%s/sweep/sweep_%03d.lua", folder, i), one))
    assert(files.write(string.format("%s/sweep/sweep_%03d.lock", folder, i), files.read("specs/fashion_mlp.lock")))
  end
  local seconds, said = build("all sweep")
  print(string.format("\na sweep of %d specs by `all`: %.1f s (%d built, %d failed)", count, seconds, said.built,
    said.failed))
  seconds = build("changed sweep")
  print(string.format("`changed` of these: %.1f s", seconds))
end
shell.remove_folder(folder)
