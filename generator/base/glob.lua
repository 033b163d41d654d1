-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Shell patterns as fnmatch(3) without flags has them: `*` any characters, `?` one, `[abc]` one of them.
--
--   glob.match("sepal*", "sepal length") -> true

local glob = {}

local function pattern_of(text)
  local i, parts = 1, {}
  while i <= #text do
    local char = text:sub(i, i)
    local set = char == "[" and text:match("^%[[!^]?%]?[^%]]*%]", i)
    if char == "*" then
      parts[#parts + 1] = ".*"
    elseif char == "?" then
      parts[#parts + 1] = "."
    elseif set then
      local negated, inner = set:match("^%[([!^]?)(.*)%]$")
      parts[#parts + 1] = "[" .. (negated ~= "" and "^" or "") .. inner:gsub("[%%%]^]", "%%%0") .. "]"
      i = i + #set - 1
    elseif char == "\\" and i < #text then
      i = i + 1
      parts[#parts + 1] = text:sub(i, i):gsub("%W", "%%%0")
    else
      parts[#parts + 1] = char:gsub("%W", "%%%0")
    end
    i = i + 1
  end
  return "^" .. table.concat(parts) .. "$"
end

function glob.match(pattern, text)
  return text:find(pattern_of(pattern)) ~= nil
end

return glob
