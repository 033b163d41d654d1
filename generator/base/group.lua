-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What items belong to a group, by a Lua pattern on their paths.

local group = {}

--- What is wrong with a pattern, nil where it is one.
function group.wrong(pattern)
  local fine, why = pcall(string.match, "", pattern)
  if not fine then return "is not a Lua pattern: " .. tostring(why) end
end

--- A function from a path to the name: the captures with "/" between them, the whole match where there are
--- none; nil where the pattern does not match.
function group.by_pattern(pattern)
  return function(path)
    local parts = { path:match(pattern) }
    for i, part in ipairs(parts) do parts[i] = tostring(part) end
    return #parts > 0 and table.concat(parts, "/") or nil
  end
end

return group
