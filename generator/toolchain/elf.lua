-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Sections of an ELF-64, little-endian file by name (gABI, chapter 4), read without starting a process.

local M = {}

--- The bytes of a section, or nil and why.
function M.section(path, wanted)
  local handle, why = io.open(path, "rb")
  if not handle then return nil, why end
  local function read(at, size)
    if not handle:seek("set", at) then return nil end
    local text = handle:read(size)
    return text and #text == size and text or nil
  end
  local function find()
    local header = read(0, 64)
    if not header or header:sub(1, 6) ~= "\127ELF\2\1" then return nil, path .. ": not an ELF-64 file" end
    local table_at = string.unpack("<I8", header, 41)
    local entry_size, entries, names_index = string.unpack("<I2I2I2", header, 59)
    local rows = entry_size >= 64 and read(table_at, entry_size * entries)
    if not rows or names_index >= entries then return nil, path .. ": truncated" end
    local function row(i)
      local name, _, _, _, offset, size = string.unpack("<I4I4I8I8I8I8", rows, i * entry_size + 1)
      return name, offset, size
    end
    local _, names_at, names_size = row(names_index)
    local names = read(names_at, names_size)
    if not names then return nil, path .. ": truncated" end
    for i = 0, entries - 1 do
      local name, offset, size = row(i)
      if name < #names and string.unpack("z", names .. "\0", name + 1) == wanted then
        local bytes = read(offset, size)
        if not bytes then return nil, path .. ": truncated" end
        return bytes
      end
    end
    return nil, path .. ": no section " .. wanted
  end
  local ok, bytes, message = pcall(find)
  handle:close()
  if not ok then return nil, path .. ": damaged" end
  return bytes, message
end

return M
