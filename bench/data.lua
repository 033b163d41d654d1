-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Data for the bench's specs: MNIST-format files of pseudo-random pixels, the same bytes every time,
-- so that the committed locks hold. What a step costs does not depend on the pixels; the data exists
-- so that the executables that are measured are built, trained and asked as a user's are.

local lfs = require "lfs"
local shell = require "generator.toolchain.shell"

local M = {}

M.folder = "out/bench/data"

local CLASSES = 10

-- Marsaglia's xorshift32: bytes that no library version changes.
local function random_bytes(seed, count)
  local state, parts = seed, {}
  for i = 1, count do
    state = state ~ (state << 13) & 0xffffffff
    state = state ~ (state >> 17)
    state = state ~ (state << 5) & 0xffffffff
    parts[i] = string.char(state >> 16 & 0xff)
  end
  return table.concat(parts)
end

local function write(path, bytes)
  local file = assert(io.open(path, "wb"))
  assert(file:write(bytes))
  assert(file:close())
end

--- Makes `count` training and `count` test images of size x size, unless they are there; returns their
--- folder and the path of a file with one image.
function M.make(size, count)
  local folder = string.format("%s/images-%d", M.folder, size)
  local one = folder .. "-one-idx3-ubyte"
  if lfs.attributes(one) then return folder, one end
  assert(shell.make_folder(folder))
  for i, name in ipairs { "train", "t10k" } do
    local labels = {}
    for n = 1, count do labels[n] = string.char((n - 1) % CLASSES) end
    write(string.format("%s/%s-images-idx3-ubyte", folder, name),
      string.pack(">I4I4I4I4", 0x803, count, size, size) .. random_bytes(i, count * size * size))
    write(string.format("%s/%s-labels-idx1-ubyte", folder, name),
      string.pack(">I4I4", 0x801, count) .. table.concat(labels))
  end
  write(one, string.pack(">I4I4I4I4", 0x803, 1, size, size) .. random_bytes(3, size * size))
  return folder, one
end

return M
