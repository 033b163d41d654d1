-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- A sweep for the benchmarks of building and archiving: one spec that returns N experiments, specs/fashion_mlp.lua
-- with N learning rates, built by `all`.

local M = {}
local files = require("generator.base.files")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")

--- Seconds since the machine started, to hundredths.
function M.now() return tonumber((files.read("/proc/uptime"):match("^%S+"))) end

--- Runs a word of build.lua in a folder; seconds, and the JSON that it ends with.
function M.run(folder, root, arguments)
  local begun = M.now()
  local pipe = assert(io.popen(string.format("cd %s && lua5.4 %s/build.lua %s --json 2>/dev/null", shell.quote(folder),
    shell.quote(root), arguments)))
  local output = pipe:read("a")
  if not pipe:close() then error(arguments .. "\n" .. output) end
  return M.now() - begun, json.decode(output:match("([^\n]*)\n$"))
end

--- Writes folder/sweep/sweep.lua, with `count` experiments for `isa`, and its lock.
function M.write(folder, count, isa)
  local text = assert(files.read("specs/fashion_mlp.lua"))
  local one = assert(text:match("return (experiment %b{})"))
  local function replace(from, to)
    local at, stop = one:find(from, 1, true)
    one = one:sub(1, assert(at) - 1) .. to .. one:sub(stop + 1)
  end
  replace('"fashion_mlp"', 'string.format("sweep_%03d", i)')
  replace("learning_rate = 1e-3", "learning_rate = i * 1e-5")
  replace('"x86-64-v4"', '"' .. isa .. '"')
  assert(shell.make_folder(folder .. "/sweep"))
  assert(files.write(folder .. "/sweep/sweep.lua", string.format(
    "local all = {}\nfor i = 1, %d do\n  all[i] = %s\nend\nreturn all\n", count, one)))
  assert(files.write(folder .. "/sweep/sweep.lock", assert(files.read("specs/fashion_mlp.lock"))))
end

return M
