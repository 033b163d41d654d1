-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What an ELF file says of itself, read without running anything of it: which shared libraries it
-- needs, its own name as one, its loader, its sections. ELF-64, little-endian (gABI chapters 4 and 5);
-- every offset is checked against the file's size, because files come from other people.

local M = {}

local LARGEST_TABLE = 4 << 20 -- bytes of headers or dynamic entries; real ones are kilobytes
local LARGEST_STRINGS = 64 << 20

local PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
local DT_NEEDED, DT_STRTAB, DT_STRSZ, DT_SONAME, DT_RPATH, DT_RUNPATH = 1, 5, 10, 14, 15, 29

-- `size` bytes from `offset`, or nil where the file has fewer.
local function piece(file, offset, size, largest)
  if offset < 0 or size < 0 or size > largest or offset > file.size - size then return nil end
  file.handle:seek("set", offset)
  local bytes = size == 0 and "" or file.handle:read(size)
  return bytes and #bytes == size and bytes or nil
end

local function string_at(strings, offset)
  return offset >= 0 and offset < #strings and strings:match("^[^%z]*", offset + 1) or nil
end

local function program_headers(file, header)
  local offset = string.unpack("<i8", header, 33)
  local entry_size, count = string.unpack("<I2I2", header, 55)
  if count == 0 then return {} end
  if entry_size < 56 then return nil end
  local bytes = piece(file, offset, entry_size * count, LARGEST_TABLE)
  if not bytes then return nil end
  local list = {}
  for i = 0, count - 1 do
    local kind, _, at, address, _, size = string.unpack("<I4I4i8i8i8i8", bytes, i * entry_size + 1)
    list[#list + 1] = { kind = kind, offset = at, address = address, size = size }
  end
  return list
end

-- Where an address of memory lies in the file.
local function offset_of(segments, address)
  for _, segment in ipairs(segments) do
    if segment.kind == PT_LOAD and address >= segment.address and address - segment.address < segment.size then
      return segment.offset + address - segment.address
    end
  end
end

local function read_dynamic(file, segments, segment, result)
  local bytes = piece(file, segment.offset, segment.size, LARGEST_TABLE)
  if not bytes then return nil end
  local names, values = {}, {}
  for at = 1, #bytes - 15, 16 do
    local tag, value = string.unpack("<i8i8", bytes, at)
    if tag == 0 then break end
    if tag == DT_NEEDED or tag == DT_SONAME or tag == DT_RPATH or tag == DT_RUNPATH then
      names[#names + 1] = { tag = tag, at = value }
    else
      values[tag] = value
    end
  end
  if #names == 0 then return true end
  local offset = values[DT_STRTAB] and offset_of(segments, values[DT_STRTAB])
  local strings = offset and piece(file, offset, values[DT_STRSZ] or -1, LARGEST_STRINGS)
  if not strings then return nil end
  for _, name in ipairs(names) do
    local text = string_at(strings, name.at)
    if not text or text == "" then return nil end
    if name.tag == DT_NEEDED then result.needed[#result.needed + 1] = text
    elseif name.tag == DT_SONAME then result.soname = text
    else result.search_path = text end
  end
  return true
end

local function read_from(file)
  local header = piece(file, 0, 64, 64)
  if not header or header:sub(1, 4) ~= "\127ELF" then return nil, "no ELF file" end
  if header:sub(5, 6) ~= "\2\1" then return nil, "no 64-bit little-endian ELF file" end
  local result = { needed = {}, machine = string.unpack("<I2", header, 19) }
  local segments = program_headers(file, header)
  if not segments then return nil, "a damaged ELF file: its program headers lie outside it" end
  for _, segment in ipairs(segments) do
    if segment.kind == PT_INTERP then
      local bytes = piece(file, segment.offset, segment.size, 4096)
      if not bytes then return nil, "a damaged ELF file: its loader's name lies outside it" end
      result.interpreter = bytes:match("^[^%z]*")
    elseif segment.kind == PT_DYNAMIC and not read_dynamic(file, segments, segment, result) then
      return nil, "a damaged ELF file: its list of libraries lies outside it"
    end
  end
  return result
end

local function with_file(path, act)
  local handle, why = io.open(path, "rb")
  if not handle then return nil, why end
  local size = handle:seek("end")
  if not size then
    handle:close()
    return nil, path .. ": cannot be read"
  end
  local result
  result, why = act { handle = handle, size = size }
  handle:close()
  if not result then return nil, path .. ": " .. why end
  return result
end

--- { needed = sonames in the file's order, soname, interpreter, search_path, machine } of the ELF file at
--- `path`, or nil and why.
function M.read(path)
  return with_file(path, read_from)
end

return M
