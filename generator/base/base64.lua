-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Base 64 (RFC 4648, section 4): 3 bytes as 4 characters, padded with "=".

local base64 = {}

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local value_of = {}
for i = 1, 64 do value_of[alphabet:byte(i)] = i - 1 end

function base64.encode(bytes)
  local parts = {}
  for at = 1, #bytes, 3 do
    local a, b, c = bytes:byte(at, at + 2)
    local word = a << 16 | (b or 0) << 8 | (c or 0)
    for i = 0, 3 do
      local digit = word >> (18 - 6 * i) & 63
      parts[#parts + 1] = i > #bytes - at + 1 and "=" or alphabet:sub(digit + 1, digit + 1)
    end
  end
  return table.concat(parts)
end

--- The bytes of a text, whose white space does not count; nil where it is no base 64.
function base64.decode(text)
  text = text:gsub("%s", "")
  if #text % 4 ~= 0 then return nil end
  local body = text:gsub("=?=?$", "")
  local parts = {}
  for at = 1, #body, 4 do
    local word, count = 0, 0
    for i = at, at + 3 do
      local value = 0
      if i <= #body then
        value, count = value_of[body:byte(i)], count + 1
        if not value then return nil end
      end
      word = word << 6 | value
    end
    if count == 1 then return nil end
    parts[#parts + 1] = string.pack(">I3", word):sub(1, count - 1)
  end
  return table.concat(parts)
end

return base64
