-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Writes a PNG of RGB pixels, for tests that need images of their own: stored, not compressed.
--
--   png.encode(height, width, function(y, x) return red, green, blue end) -> text

local M = {}

local crcs = {}
for n = 0, 255 do
  local c = n
  for _ = 1, 8 do c = c & 1 == 1 and 0xedb88320 ~ c >> 1 or c >> 1 end
  crcs[n] = c
end

local function crc(text)
  local c = 0xffffffff
  for i = 1, #text do c = crcs[(c ~ text:byte(i)) & 255] ~ c >> 8 end
  return c ~ 0xffffffff
end

local function adler(text)
  local a, b = 1, 0
  for i = 1, #text do
    a = (a + text:byte(i)) % 65521
    b = (b + a) % 65521
  end
  return b << 16 | a
end

local function chunk(kind, data)
  return string.pack(">I4", #data) .. kind .. data .. string.pack(">I4", crc(kind .. data))
end

function M.encode(height, width, pixel)
  local rows = {}
  for y = 0, height - 1 do
    rows[#rows + 1] = "\0"
    for x = 0, width - 1 do rows[#rows + 1] = string.char(pixel(y, x)) end
  end
  local data, blocks = table.concat(rows), { "\x78\x01" }
  for at = 1, #data, 65535 do
    local part = data:sub(at, at + 65534)
    blocks[#blocks + 1] = string.pack("<I1I2I2", at + 65535 > #data and 1 or 0, #part, #part ~ 0xffff) .. part
  end
  blocks[#blocks + 1] = string.pack(">I4", adler(data))
  return "\x89PNG\r\n\x1a\n" .. chunk("IHDR", string.pack(">I4I4BBBBB", width, height, 8, 2, 0, 0, 0))
    .. chunk("IDAT", table.concat(blocks)) .. chunk("IEND", "")
end

return M
