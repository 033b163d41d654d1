-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- How fast an archive in a folder takes and gives files, and how much of many variants of one spec it
-- stores once:
--
--   lua5.4 bench/archive.lua [VARIANTS]     builds that many (default 20) of specs/fashion_mlp.lua
--
-- Everything lies in out/bench/archive, which is removed at the end. Nothing here asserts a time.

package.path = "./?.lua;./?/init.lua;" .. package.path

local command = require "generator.archive.command"
local files = require "generator.base.files"
local json = require "generator.base.json"
local runtime = require "generator.toolchain.runtime"
local shell = require "generator.toolchain.shell"

local root = assert(shell.real_path("."))
local variants = tonumber(arg[1] or "20")
local folder = root .. "/out/bench/archive"
local tool = assert(command.tool(root))

local function seconds()
  return tonumber((shell.capture("date +%s.%N")))
end

-- Runs a command in the folder; the last line of its output as JSON, and how long it took.
local function run(words)
  local before = seconds()
  local output, status = shell.capture("cd " .. shell.quote(folder) .. " && " .. words)
  local took = seconds() - before
  if status ~= 0 then error(words .. "\n" .. output) end
  return json.decode(output:match("([^\n]*)\n*$")), took
end

local function print_rate(what, bytes, took)
  print(string.format("  %-44s %8.1f MB  %7.2f s  %7.0f MB/s", what, bytes / 1e6, took, bytes / 1e6 / took))
end

shell.remove_folder(folder)
assert(shell.make_folder(folder))

print("one file of 256 MB that does not compress, as weights are")
run("head -c 256000000 /dev/urandom >weights")
assert(files.write(folder .. "/weights.json", json.encode { name = "weights", stamp = ("ab"):rep(32),
  members = json.list { { path = "weights", role = "weights", file = "weights" } } }))
local said, took = run(tool .. " archive --members weights.json --json --archive one")
print_rate("archive", said.bytes, took)
said, took = run(tool .. " archive --members weights.json --json --archive one")
print_rate("archive what is there", said.bytes, took)
said, took = run(tool .. " restore weights --to got --json --archive one")
print_rate("restore", said.bytes, took)
local checked
checked, took = run(tool .. " check --json --archive one")
assert(#checked.problems == 0)
print_rate("check", said.bytes, took)

print(string.format("%d variants of specs/fashion_mlp.lua, each with another learning rate", variants))
local built = {}
for i = 1, variants do
  local words = { "lua5.4", "build.lua", "specs/fashion_mlp.lua", "--json", "--out", folder .. "/out", "--set",
    'target.isa="' .. runtime.isa_here("x86-64-v4") .. '"', "--set",
    string.format("train.optimizer.learning_rate=%.6f", 0.001 + i * 1e-5) }
  local output, status = shell.capture("cd " .. shell.quote(root) .. " && " .. shell.command(words))
  if status ~= 0 then error(output) end
  built[i] = json.decode(output:match("([^\n]*)\n*$"))
end
local bytes, written, total, first = 0, 0, 0, 0
for i, one in ipairs(built) do
  said, took = run("lua5.4 " .. root .. "/build.lua archive " .. one.path .. " --json --archive many")
  bytes, written, total = bytes + said.bytes, written + said.written, total + took
  if i == 1 then first = said.written end
end
print(string.format("  files %.1f MB, stored %.2f MB: 1/%.1f; the first %.2f MB, each further one %.3f MB; %.2f s each",
  bytes / 1e6, written / 1e6, bytes / written, first / 1e6, (written - first) / math.max(variants - 1, 1) / 1e6,
  total / variants))
local restored, all = 0, 0
for i, one in ipairs(built) do
  said, took = run(string.format("%s restore %s --to many-%d --json --archive many", tool, one.stamp, i))
  restored, all = restored + said.bytes, all + took
end
print_rate("restore all of them, one process each", restored, all)
shell.remove_folder(folder)
