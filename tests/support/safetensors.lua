-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Reads a safetensors file of F64, F32 and I64 tensors into flat Lua lists, for tests.

local json = require "dkjson"

local M = {}

local formats = { F64 = { "<d", 8 }, F32 = { "<f", 4 }, I64 = { "<i8", 8 }, I32 = { "<i4", 4 } }

--- → { [name] = { shape = {…}, values = {…} } }, metadata
function M.read(path)
  local f = assert(io.open(path, "rb"))
  local bytes = f:read("a")
  f:close()
  local size = string.unpack("<I8", bytes)
  local header = assert(json.decode(bytes:sub(9, 8 + size)))
  local metadata = header.__metadata__
  header.__metadata__ = nil
  local tensors = {}
  for name, t in pairs(header) do -- into a map: order does not matter
    local format, width = table.unpack(formats[t.dtype] or error(path .. ": dtype " .. t.dtype))
    local values, at = {}, 9 + size + t.data_offsets[1]
    local count = (t.data_offsets[2] - t.data_offsets[1]) // width
    for i = 1, count do values[i] = string.unpack(format, bytes, at + (i - 1) * width) end
    tensors[name] = { shape = t.shape, values = values }
  end
  return tensors, metadata
end

--- Of a file with large tensors, their bytes as they lie: { [name] = { shape =, dtype =, bytes = } }.
function M.read_bytes(path)
  local f = assert(io.open(path, "rb"))
  local size = string.unpack("<I8", f:read(8))
  local header = assert(json.decode(f:read(size)))
  header.__metadata__ = nil
  local data, tensors = f:read("a"), {}
  f:close()
  for name, t in pairs(header) do -- into a map: order does not matter
    tensors[name] = { shape = t.shape, dtype = t.dtype, bytes = data:sub(t.data_offsets[1] + 1, t.data_offsets[2]) }
  end
  return tensors
end

return M
