-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- How fast an archive in a folder takes and gives files, and how much of many variants of one spec it
-- stores once:
--
--   lua5.4 bench/archive.lua [N]                builds a sweep (bench/sweep.lua) of so many (20) experiments
--   lua5.4 bench/archive.lua --built FOLDER     FOLDER/out has a sweep already
--
-- What it stores lies in out/bench/archive, which is removed at the end. Nothing here asserts a time.

package.path = "./?.lua;./?/init.lua;" .. package.path

local command = require "generator.archive.command"
local files = require "generator.base.files"
local json = require "generator.base.json"
local runtime = require "generator.toolchain.runtime"
local shell = require "generator.toolchain.shell"
local sweep = require "bench.sweep"

local root = assert(shell.real_path("."))
local folder = root .. "/out/bench/archive"
local tool = assert(command.tool(root))

-- Runs a command in the folder; the lines of its output as JSON, and how long it took.
local function run(words)
  local begun = sweep.now()
  local output, status = shell.capture("cd " .. shell.quote(folder) .. " && " .. words)
  local took = sweep.now() - begun
  if status ~= 0 then error(words .. "\n" .. output) end
  local lines = {}
  for line in output:gmatch("[^\n]+") do lines[#lines + 1] = line:sub(1, 1) == "{" and json.decode(line) or nil end
  return lines, took
end

local function print_rate(what, bytes, took)
  print(string.format("  %-44s %8.1f MB  %7.2f s  %7.0f MB/s", what, bytes / 1e6, took, bytes / 1e6 / took))
end

shell.remove_folder(folder)
assert(shell.make_folder(folder))

print("one file of 256 MB that does not compress, as weights are")
shell.capture("head -c 256000000 /dev/urandom >" .. shell.quote(folder .. "/weights"))
assert(files.write(folder .. "/weights.json", json.encode { name = "weights", stamp = ("ab"):rep(32),
  members = json.list { { path = "weights", role = "weights", file = "weights" } } }))
local said, took = run(tool .. " archive --members weights.json --json --archive one")
print_rate("archive", said[1].bytes, took)
said, took = run(tool .. " archive --members weights.json --json --archive one")
print_rate("archive what is there", said[1].bytes, took)
said, took = run(tool .. " restore weights --to got --json --archive one")
local bytes = said[1].bytes
print_rate("restore", bytes, took)
said, took = run(tool .. " check --json --archive one")
assert(#said[1].problems == 0)
print_rate("check", bytes, took)
shell.capture("cmp " .. folder .. "/weights " .. folder .. "/got/weights && rm -rf " .. folder .. "/got")

local built = folder
if arg[1] == "--built" then
  built = arg[2]
else
  sweep.write(folder, math.tointeger(tonumber(arg[1] or "20")), runtime.isa_here("x86-64-v4"))
  sweep.run(folder, root, "all sweep")
end
local paths = {}
for _, name in ipairs(files.list(built .. "/out", ".json")) do
  if name:find("^sweep_") then paths[#paths + 1] = built .. "/out/" .. name:gsub("%.json$", "") end
end
assert(#paths > 0, "there is no sweep in " .. built .. "/out")

print(string.format("%d variants of specs/fashion_mlp.lua, each with another learning rate", #paths))
local artifacts, total, written, first, most, executables = {}, 0, 0, 0, 0, 0
bytes = 0
for from = 1, #paths, 20 do -- so many by one process
  local some = table.move(paths, from, math.min(from + 19, #paths), 1, {})
  -- in the project's own folder, whose out/ has the tool
  said, took = run(string.format("cd %s && lua5.4 build.lua archive %s --json --quiet --archive %s", shell.quote(root),
    shell.command(some), shell.quote(folder .. "/many")))
  assert(#said == #some)
  total = total + took
  table.move(said, 1, #said, #artifacts + 1, artifacts)
end
for i, one in ipairs(artifacts) do
  bytes, written = bytes + one.bytes, written + one.written
  if i == 1 then first = one.written else most = math.max(most, one.written) end
  executables = executables + assert(json.decode(files.read(paths[i] .. ".json"))).size
end
print(string.format("  files %.1f MB (executables %.1f MB), stored %.2f MB: 1/%.1f", bytes / 1e6, executables / 1e6,
  written / 1e6, bytes / written))
print(string.format("  the first %.2f MB, each further one %.3f MB (at most %.3f MB); %.2f s each", first / 1e6,
  (written - first) / math.max(#paths - 1, 1) / 1e6, most / 1e6, total / #paths))
local restored, all = 0, 0
for i, one in ipairs(artifacts) do
  said, took = run(string.format("%s restore %s --to many-%d --json --archive many && rm -rf many-%d", tool, one.stamp,
    i, i))
  restored, all = restored + said[1].bytes, all + took
end
print_rate("restore all of them, one process each", restored, all)
shell.remove_folder(folder)
