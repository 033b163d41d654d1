-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The metadata of a file of weights in the format safetensors: eight bytes of length, little-endian, then
-- that much JSON, whose "__metadata__" maps names to texts.

local json = require("generator.base.json")

local M = {}

local LARGEST = 100 << 20 -- of the header; the format's own limit

--- The metadata of the file at `path`, or nil and why.
function M.metadata(path)
  local handle, why = io.open(path, "rb")
  if not handle then return nil, why end
  local head = handle:read(8)
  local size = head and #head == 8 and string.unpack("<i8", head)
  local text = size and size > 1 and size <= LARGEST and handle:read(size)
  handle:close()
  if not text or #text ~= size then return nil, path .. ": no file of weights: its header is cut off" end
  local header = json.decode(text)
  local metadata = type(header) == "table" and header.__metadata__
  if type(metadata) ~= "table" then return nil, path .. ": weights without metadata: not written by Ingot" end
  return metadata
end

return M
