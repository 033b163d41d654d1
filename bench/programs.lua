-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The bench's own programs in C, and texts for them.

local M = {}
local files = require "generator.base.files"
local shell = require "generator.toolchain.shell"

--- Compiles bench/<name>.c as its first comment says; the program's path. Where given, `native` takes this machine's
--- instruction set instead and `log` is the file for what the compiler says.
function M.compiled(name, native, log)
  local source = "bench/" .. name .. ".c"
  local command = assert(files.read(source)):match("(gcc .-) %-o " .. name)
  if not command then error(source .. " does not say how it is built", 0) end
  command = command:gsub("\\%s*\n%s*%*", " ")
  if native then command = command:gsub("%-march=%S+", "-march=native") end
  assert(shell.make_folder("out/bench"))
  local path = "out/bench/" .. name
  if not os.execute(command .. " -o " .. path .. (log and " 2>" .. log or "")) then
    error(source .. " does not build" .. (log and "; see " .. log or ""), 0)
  end
  return path
end

--- Writes the files of a folder, in byte order of their paths, as one file of texts: each its size as u32,
--- little-endian, and its bytes. Returns how many there are; nothing is written where there are none.
function M.texts(folder, path)
  local names, parts = shell.list_files(folder), {}
  for i, name in ipairs(names) do parts[i] = string.pack("<s4", assert(files.read(folder .. "/" .. name))) end
  if #parts > 0 then assert(files.write(path, table.concat(parts))) end
  return #parts
end

return M
