-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Slices: what the model is worth on parts of the items that it is measured on.
--
--   evaluate = { slices = { speaker = { group = "([^/]+)/[^/]+$" }, sex = { column = "sex" } } }
--
-- Which part an item is in is decided here, when the spec is built, from the lock: by the path, or by what the
-- lock says of a column (generator/tables.lua).
--
--   slices.columns(experiment)  -> the columns that slices name, in byte order; nil where there are none
--   slices.resolve(slices, lock, counted, fail) -> { { name, values = { text }, of = { index or -1 } } }, warnings
--
-- `of` is by item: those of validation, then those of test, in the order in which the runtime numbers items.

local group = require("generator.base.group")
local sorted = require("generator.base.sorted")

local slices = { most_values = 1000 }

local letters = { v = "validation", e = "test" }

slices.fields = {
  { name = "group", type = "string", min_length = 1,
    doc = "a Lua pattern on the path within the data's folder, whose captures together name the part, as for "
      .. "`by_group`" },
  { name = "column", type = "string", min_length = 1,
    doc = "of a table: the column whose values are the parts; it may be a feature or not" },
}

--- What is wrong with one entry of the spec, or nil.
function slices.wrong(name, slice)
  if not name:match("^[%a_][%w_]*$") then
    return ("`%s` is no name for a slice: letters, digits and `_` are"):format(name)
  end
  if (slice.group == nil) == (slice.column == nil) then return "one of `group` and `column` must be given" end
  local why = slice.group and group.wrong(slice.group)
  return why and "group " .. why or nil
end

function slices.columns(experiment)
  local seen = {}
  for _, slice in ipairs(experiment.evaluate and experiment.evaluate.slices or {}) do
    if slice.value.column then seen[slice.value.column] = true end
  end
  return next(seen) and sorted.keys(seen) or nil
end

-- The names of the items of a split, in their order. counted(entry): whether it gives a sample.
local function paths_of(lock, split, counted)
  local paths = {}
  for _, entry in ipairs(lock.files) do
    local record = 0
    for number, letter in (entry.splits or ""):gmatch("(%d+)(.)") do
      for _ = 1, tonumber(number) do
        if letters[letter] == split then paths[#paths + 1] = ("%s#%d"):format(entry.path, record) end
        record = record + 1
      end
    end
    if not entry.splits and entry.split == split and counted(entry) then paths[#paths + 1] = entry.path end
  end
  return paths
end

-- The part of each item, "" for those in none.
local function texts_of(slice, lock, counted)
  local texts = {}
  for _, split in ipairs { "validation", "test" } do
    if slice.column then
      local column = lock.table and lock.table.slices and lock.table.slices[slice.column]
      if not column then return nil end
      for _, index in ipairs(column[split]) do texts[#texts + 1] = column.values[index + 1] or "" end
    else
      local name = group.by_pattern(slice.group)
      for _, path in ipairs(paths_of(lock, split, counted)) do texts[#texts + 1] = name(path) or "" end
    end
  end
  return texts
end

local function resolve_one(name, slice, lock, counted)
  local texts, index, values, without = texts_of(slice, lock, counted), {}, {}, 0
  if not texts then
    return nil, slice.column and not lock.table and "`column` is for tables; of files, `group` tells them apart"
      or "the lock knows nothing of this column; write it again with `lua build.lua lock`"
  end
  for _, text in ipairs(texts) do
    if text == "" then
      without = without + 1
    elseif not index[text] then
      index[text], values[#values + 1] = true, text
    end
  end
  if #values == 0 and not lock.declared then
    return nil, slice.group and "the pattern matches no path of the validation and test splits"
      or "the column has no value in the validation and test splits"
  end
  if #values > slices.most_values then
    return nil, ("has %d values, at most %d can be told apart"):format(#values, slices.most_values)
  end
  for i, text in ipairs(sorted.sort(values)) do index[text] = i - 1 end
  local of = {}
  for i, text in ipairs(texts) do of[i] = index[text] or -1 end
  return { name = name, values = values, of = of }, without > 0 and not lock.declared
    and ("evaluate.slices.%s: %d of %d items to validate and test are in no part"):format(name, without, #texts) or nil
end

function slices.resolve(list, lock, counted, fail)
  local resolved, warnings = {}, {}
  for _, slice in ipairs(list or {}) do
    local one, why = resolve_one(slice.name, slice.value, lock, counted)
    if one then
      resolved[#resolved + 1], warnings[#warnings + 1] = one, why
    else
      fail("evaluate.slices." .. slice.name, "%s", why)
    end
  end
  return #resolved > 0 and resolved or nil, warnings
end

return slices
