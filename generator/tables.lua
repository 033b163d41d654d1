-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What the lock makes of files of many rows: the task, the split of each row, the columns with the
-- categories of the training split (lock.lua's part for readers with `table`).
--
--   tables.lock(files, data, reader, split, hooks) -> { classes =, table = } | nil, message
--
-- files: the scanner's entries, in byte order of path, each with `columns` (runtime/data/csv.h), which are
-- taken away and replaced by `splits`. hooks: call (of split.files), count(split, class), run_lengths,
-- slices (names of columns, or nil).
-- table: { task, targets = { name }, columns = { { name, type = "number" | "category", missing, constant,
-- categories } }, rows = { duplicated, leaking, examples, leaks },
-- slices = { [column] = { values, validation = { index }, test = { index } } } or nil }; missing counts
-- rows of all splits, categories are those of the training split in byte order, rows is about those
-- whose features are an earlier row's.

local glob = require("generator.base.glob")
local json = require("generator.base.json")
local nearest = require("generator.base.nearest")
local repeats = require("generator.repeats")
local sorted = require("generator.base.sorted")

local tables = {}


local function names_of(list, key)
  local names = {}
  for i, column in ipairs(list) do names[i] = key and column[key] or column end
  return #names > 20 and table.concat(names, ", ", 1, 20) .. ", …" or table.concat(names, ", ")
end

-- Every file has the columns of the first; those of each by name.
local function columns_of(files, data, targets, slices)
  local by_file = {}
  for i, file in ipairs(files) do
    by_file[i] = {}
    for _, column in ipairs(file.columns) do by_file[i][column.name] = column end
    for _, column in ipairs(files[1].columns) do
      if not by_file[i][column.name] then
        return nil, ("%s has no column \"%s\", which %s has"):format(file.path, column.name, files[1].path)
      end
    end
    for _, column in ipairs(file.columns) do
      if not by_file[1][column.name] then
        return nil, ("%s has no column \"%s\", which %s has"):format(files[1].path, column.name, file.path)
      end
    end
  end
  local function need(name, field)
    if by_file[1][name] then return true end
    local all = {}
    for i, column in ipairs(files[1].columns) do all[i] = column.name end
    return nil, ("%s: %s has no column \"%s\"%s; there are %s"):format(field, files[1].path, name,
      nearest.hint(name, all), names_of(all))
  end
  for _, name in ipairs(targets) do
    local fine, why = need(name, "data.target")
    if not fine then return nil, why end
  end
  if data.split.column then
    local fine, why = need(data.split.column, "split.column")
    if not fine then return nil, why end
  end
  for _, name in ipairs(slices or {}) do
    local fine, why = need(name, "evaluate.slices")
    if not fine then return nil, why end
  end
  return by_file
end

-- A pattern of the spec that matches no column is a mistake.
local function check_patterns(columns, data)
  for _, field in ipairs { "columns", "categories", "numbers" } do
    for _, pattern in ipairs(data[field] or {}) do
      local found = false
      for _, column in ipairs(columns) do found = found or glob.match(pattern, column.name) end
      if not found then
        local all = {}
        for i, column in ipairs(columns) do all[i] = column.name end
        return nil, ("data.%s: no column matches \"%s\"%s; there are %s"):format(field, pattern,
          nearest.hint(pattern, all), names_of(all))
      end
    end
  end
  return true
end

local function any(list, name)
  for _, pattern in ipairs(list or {}) do
    if glob.match(pattern, name) then return true end
  end
  return false
end

-- Whether what is predicted is a class; where it must be numbers, that it is.
local function task_of(files, by_file, data, targets, texts)
  local numbers, wrong = true, nil
  for i, file in ipairs(files) do
    for _, name in ipairs(targets) do
      local column = by_file[i][name]
      if column.missing > 0 and data.on_missing_target == "fail" then
        return nil, ("%s: the target \"%s\" has no value in %d row%s, the first in line %d (data.on_missing_target = "
          .. "\"skip\" leaves such rows out)"):format(file.path, name, column.missing,
          column.missing == 1 and "" or "s", column.first_missing)
      end
      if not column.number then
        numbers, wrong = false, wrong or ("%s: the target \"%s\": %s is not a number"):format(file.path, name,
          column.not_number)
      end
    end
  end
  local task = texts and "classification" or data.task
    or (numbers and not data.classes and "regression" or "classification")
  if task == "regression" and wrong then return nil, wrong end
  if task == "classification" and #targets > 1 then
    return nil, (wrong or "data.target is a list") .. "; a classification has one target"
  end
  return task
end

local function text_of(column, record)
  local code = column.codes[record]
  return code >= 0 and column.values[code + 1] or nil
end

-- The rows as things to be split: { path, class, group }, and which of them have their targets.
local function rows_of(files, by_file, data, targets, task, digests)
  local rows, has = {}, {}
  for i, file in ipairs(files) do
    local target, group = by_file[i][targets[1]], data.split.column and by_file[i][data.split.column]
    for _, column in ipairs { target, group or target } do
      if not column.codes and (task == "classification" or column == group) then
        return nil, ("%s: column \"%s\" has too many different values to tell rows apart by"):format(file.path,
          column.name)
      end
    end
    for record = 1, file.records do
      local whole = digests[i][record] ~= "" -- a text that is left out
      for _, name in ipairs(targets) do
        local column = by_file[i][name]
        if column.codes then whole = whole and column.codes[record] >= 0 end
      end
      rows[#rows + 1] = { path = ("%s#%d"):format(file.path, record - 1),
        class = task == "classification" and text_of(target, record) or "",
        group = group and text_of(group, record) or nil }
      has[#rows] = whole
    end
  end
  return rows, has
end

-- The columns that are features, with what the training rows have of them.
local function features_of(files, by_file, data, training)
  local list, contents = {}, {}
  for _, first in ipairs(files[1].columns) do
    if first.role == "feature" then
      local digests = {}
      for i in ipairs(files) do digests[i] = by_file[i][first.name].digest end
      local content = table.concat(digests, " ")
      local number, missing, present, seen, categories, constant = true, 0, 0, {}, {}, true
      for i, file in ipairs(files) do
        local column = by_file[i][first.name]
        -- the value that all rows of a file have, where they do
        constant = constant and column.constant ~= false and column.constant == first.constant
        number, missing, present = number and column.number, missing + column.missing, present + column.numbers
        if not column.number and any(data.numbers, first.name) then
          return nil, ("%s: column \"%s\" must be numbers (data.numbers): %s is not one"):format(file.path, first.name,
            column.not_number)
        end
      end
      local category = not number or any(data.categories, first.name)
      for i, file in ipairs(category and files or {}) do
        local column = by_file[i][first.name]
        -- a file whose values happen to be numbers was not asked for them
        if not column.codes and column.values == nil and not column.number then
          return nil, ("%s: column \"%s\" has more than 65535 different values; leave it out with data.exclude")
            :format(file.path, first.name)
        elseif not column.codes then
          return nil, ("%s: column \"%s\" has only numbers, in %s it has texts; name it in data.categories")
            :format(file.path, first.name, files[1].path == file.path and "another file" or files[1].path)
        end
        for record = 1, file.records do
          local value = training[i][record] and text_of(column, record)
          if value and not seen[value] then
            seen[value] = true
            categories[#categories + 1] = value
          end
        end
      end
      if category and #categories == 0 or not category and present == 0 then
        return nil, ("column \"%s\" has no value in the training rows; leave it out with data.exclude"):format(
          first.name)
      end
      if #categories > data.max_categories then
        return nil, ("column \"%s\" has %d categories in the training rows, data.max_categories is %d; leave it out "
          .. "with data.exclude, or raise that"):format(first.name, #categories, data.max_categories)
      end
      list[#list + 1] = { name = first.name, type = category and "category" or "number", missing = missing,
        constant = constant or nil, categories = category and sorted.sort(categories) or nil,
        same_as = contents[content] }
      contents[content] = contents[content] or first.name
    end
  end
  if #list == 0 then return nil, "data: no column is left to be a feature" end
  return list
end

-- The columns that texts are made of.
local function texts_of(files, by_file)
  local list = {}
  for _, first in ipairs(files[1].columns) do
    local missing = 0
    for i in ipairs(files) do missing = missing + by_file[i][first.name].missing end
    if first.role == "feature" then list[#list + 1] = { name = first.name, type = "text", missing = missing } end
  end
  return list
end

local function classes_of(rows, has, data)
  local seen, classes = {}, {}
  for i, row in ipairs(rows) do
    if has[i] and not seen[row.class] then
      seen[row.class] = true
      classes[#classes + 1] = row.class
    end
  end
  if not data.classes then return sorted.sort(classes) end
  local known = {}
  for _, class in ipairs(data.classes) do
    known[class] = true
    if not seen[class] then return nil, ("data.classes has \"%s\", which is no value of the target"):format(class) end
  end
  for _, class in ipairs(classes) do
    if not known[class] then return nil, ("the target has the value \"%s\", which data.classes lacks"):format(class) end
  end
  return table.move(data.classes, 1, #data.classes, 1, {})
end

-- Of the rows to validate and test, which value of each of these columns they have, -1 for none.
local function slices_of(names, files, by_file, splits)
  local result = {}
  for _, name in ipairs(names or {}) do
    local index, values, of = {}, {}, { validation = json.list {}, test = json.list {} }
    for i, file in ipairs(files) do
      local column = by_file[i][name]
      if not column.codes then
        return nil, ("evaluate.slices: %s: column \"%s\" has too many different values"):format(file.path, name)
      end
      for record = 1, file.records do
        local list, text = of[splits[i][record]], text_of(column, record)
        if list and text and not index[text] then
          values[#values + 1] = text
          index[text] = #values - 1
        end
        if list then list[#list + 1] = text and index[text] or -1 end
      end
    end
    of.values, result[name] = json.list(values), of
  end
  return result
end

function tables.lock(files, data, reader, split, hooks)
  local targets = reader.targets(data)
  local digests, all_splits = {}, {}
  for i, file in ipairs(files) do digests[i] = table.remove(file.columns).rows end
  local by_file, why = columns_of(files, data, targets, hooks.slices)
  if not by_file then return nil, why end
  local fine
  fine, why = check_patterns(files[1].columns, data)
  if not fine then return nil, why end
  local task, rows, has, assigned, columns, classes
  task, why = task_of(files, by_file, data, targets, reader.texts)
  if not task then return nil, why end
  rows, has = rows_of(files, by_file, data, targets, task, digests)
  if not rows then return nil, has end
  classes = targets
  if task == "classification" then classes, why = classes_of(rows, has, data) end
  if not classes then return nil, why end
  local drawn, place = {}, {}
  for i, row in ipairs(rows) do
    if has[i] then
      drawn[#drawn + 1] = row
      place[i] = #drawn
    end
  end
  assigned, why = split.files(data.split, drawn, hooks.call)
  if not assigned then return nil, why end
  local training, at = {}, 0
  for i, file in ipairs(files) do
    local splits = {}
    training[i] = {}
    for record = 1, file.records do
      at = at + 1
      local of = place[at] and assigned[place[at]].split or nil
      splits[record] = of or "none"
      training[i][record] = of == "train"
      hooks.count(of, task == "classification" and has[at] and rows[at].class or nil)
    end
    file.splits, all_splits[i] = hooks.run_lengths(splits), splits
  end
  if reader.texts then
    columns = texts_of(files, by_file)
  else
    columns, why = features_of(files, by_file, data, training)
  end
  if not columns then return nil, why end
  local slices
  slices, why = slices_of(hooks.slices, files, by_file, all_splits)
  if not slices then return nil, why end
  for i, file in ipairs(files) do
    file.columns = nil
    for record, digest in ipairs(digests[i]) do -- texts that are left out are nobody's repetition
      if digest == "" then digests[i][record] = ("left out %d %d"):format(i, record) end
    end
  end
  return { classes = classes, table = { task = task, targets = targets, columns = columns,
    rows = repeats.find(files, digests, all_splits), slices = hooks.slices and slices or nil } }
end

return tables
