-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Choosing among the variants of a spec that returns a list of experiments: by name, or by a pattern
-- in which `*` stands for any characters and `?` for one; several separated by commas.

local nearest = require("generator.base.nearest")

local variants = {}

--- A function that tells whether a name fits.
function variants.matcher(pattern)
  local text = pattern:gsub("[^%w_*?]", "%%%0"):gsub("%*", ".*"):gsub("%?", ".")
  return function(name) return name:find("^" .. text .. "$") ~= nil end
end

--- What to say where a pattern fits no name.
function variants.unmatched(pattern, names)
  local near = nearest.find(pattern, names)
  return ("no variant is called \"%s\"%s; there are: %s"):format(pattern,
    near and (" (did you mean `%s`?)"):format(near) or "", table.concat(names, ", "))
end

--- Those of a list of { name, … } that a pattern means, in the list's order; nil and a message where a
--- part of the pattern means none.
function variants.choose(all, pattern)
  local names, chosen, wanted = {}, {}, {}
  for i, one in ipairs(all) do names[i] = one.name end
  for part in (pattern .. ","):gmatch("%s*(.-)%s*,") do
    if part ~= "" then
      local matches, any = variants.matcher(part), false
      for i, name in ipairs(names) do
        if matches(name) then wanted[i], any = true, true end
      end
      if not any then return nil, variants.unmatched(part, names) end
    end
  end
  if not next(wanted) then return nil, variants.unmatched(pattern, names) end
  for i, one in ipairs(all) do
    if wanted[i] then chosen[#chosen + 1] = one end
  end
  chosen.list = all.list
  return chosen
end

return variants
