-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Files that belong together go together. What a split file says is explained in by_fraction.lua.

local draw = require("generator.base.draw")
local grouping = require("generator.base.group")
local sorted = require("generator.base.sorted")

local fields = {
  { name = "group", type = "any_of",
    of = { { type = "string", min_length = 1 }, { type = "function" } },
    doc = "a Lua pattern on the path within the data's folder, whose captures together name the group (the whole "
      .. "match where it has none), or a function from that path to the name" },
  { name = "column", type = "string", min_length = 1,
    doc = "of a table, in place of `group`: the column that names the group; it is no feature" },
}
table.move(draw.fields, 1, #draw.fields, #fields + 1, fields)

local function names_of(paths)
  local shown = table.concat(paths, ", ", 1, math.min(#paths, 3))
  return #paths > 3 and ("%s and %d more"):format(shown, #paths - 3) or shown
end

return {
  kind = "by_group", section = "split",
  doc = "Shares of the groups, drawn by chance: all files of a group are in the same split. Shares "
    .. "count groups, not files.",
  fields = fields,
  check = function(o)
    if (o.group == nil) == (o.column == nil) then
      return "group", "or `column` must be given, and only one of them"
    end
    local why = type(o.group) == "string" and grouping.wrong(o.group)
    if why then return "group", why end
    return draw.check(o)
  end,

  describe = function(o) return "by group: " .. draw.describe(o) end,

  files = function(o, files, call)
    local f = type(o.group) == "string" and grouping.by_pattern(o.group) or o.group
    local field = o.column and "column" or "group"
    local group_of, seen, groups, without = {}, {}, {}, {}
    for i, file in ipairs(files) do
      local group, failure
      if o.column then group = file.group else group, failure = call(f, file.path) end
      if failure then
        return nil, ("split.group fails for %s: %s"):format(file.path, failure.message)
      end
      if type(group) == "number" then group = tostring(group) end
      if group == nil or group == "" then
        without[#without + 1] = file.path
      elseif type(group) ~= "string" then
        return nil, ("split.group gives a %s for %s; the name of a group is a string"):format(type(group), file.path)
      else
        group = group:gsub("\31", "/")
        group_of[i] = group
        if not seen[group] then
          seen[group] = true
          groups[#groups + 1] = group
        end
      end
    end
    if #without > 0 then
      return nil, ("split.%s gives no group for %d of %d %s: %s"):format(field, #without, #files,
        o.column and "rows" or "files", names_of(without))
    end
    sorted.sort(groups)
    local of = draw.splits(groups, o.seed, o.validation, o.test)
    local result = {}
    for i in ipairs(files) do result[i] = { split = of[group_of[i]], group = group_of[i] } end
    return result
  end,
}
