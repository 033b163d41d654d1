-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Tables in CSV files (runtime/data/csv.h). idx.lua says what a reader is; a reader of tables also says
--
--   table = true             its files hold many records, and the scanner describes their columns
--   task(data, lock)         "classification" or "regression"
--   outputs(data, lock)      how many numbers a regression predicts
--
-- and `emit` needs the resolved pipeline, whose classes and columns come from the lock.

local readers = require("generator.readers")
local render = require("generator.base.render")

local M = {}
local strings = readers.strings

local fields = {
  readers.table_path,
  readers.dvc,
  strings("files", "their names in that folder; all have the columns that are used",
    { required = true, unique = true }),
  { name = "split", type = "kind", section = "split", required = true,
    doc = "which rows are for training, validation and test; a row is called by its file and its number from 0: "
      .. "`train.csv#12`" },
  { name = "target", type = "any_of", required = true,
    doc = "the column to be predicted, or, of numbers, a list of them",
    of = { { type = "string", min_length = 1 },
           { type = "list", of = { type = "string", min_length = 1 }, min_length = 1, unique = true } } },
  { name = "task", type = "enum", allowed = { "classification", "regression" },
    default_doc = "`regression` where all values of the target are numbers",
    doc = "whether the target's values are classes or numbers" },
  strings("columns", "the columns that are features, by shell patterns; absent: all but the target and the columns "
    .. "that `split` groups by"),
  strings("exclude", "columns that are not, by shell patterns"),
  strings("categories", "columns whose values are categories though they look like numbers, by shell patterns; a "
    .. "column with a value that is no number is one anyway"),
  strings("numbers", "columns that must be numbers, by shell patterns: a value that is none is an error"),
  strings("classes", "the target's values in the order of class indices; absent: those there are, in byte order",
    { unique = true }),
  { name = "separator", type = "string", min_length = 1, max_length = 1, default = ",",
    doc = "what is between fields" },
  { name = "header", type = "boolean", default = true, doc = "whether the first line names the columns" },
  readers.table_names,
  { name = "missing", type = "list", of = { type = "string" }, unique = true,
    default = { "", "NA", "N/A", "NaN", "nan", "null", "?" }, doc = "texts that stand for no value, blanks around "
      .. "them aside" },
  { name = "on_missing_target", type = "enum", allowed = { "fail", "skip" }, default = "fail",
    doc = "a row without the target: an error, or in no split" },
  { name = "max_categories", type = "integer", min = 1, max = 65535, default = 256,
    doc = "a column with more of them is an error: it is a text or a number of its own for each row" },
}

function M.targets(data)
  return type(data.target) == "table" and data.target or { data.target }
end

local function check(data)
  local field, wrong = readers.check_table(data)
  if field then return field, wrong end
  if data.separator:find("[\"\r\n]") then return "separator", "cannot be a quote or a line end" end
  local targets = M.targets(data)
  if #targets > 1 and data.task == "classification" then
    return "target", ("has %d columns; a classification has one"):format(#targets)
  end
  if data.classes and data.task == "regression" then return "classes", "are for a classification" end
end

-- The columns that rows are grouped by.
local function others(data)
  return data.split.column and { data.split.column } or nil
end

local function scan_arguments(data)
  return { reader = "csv", path = data.path, files = readers.table_files(data), separator = data.separator,
    header = data.header, names = data.names, missing = data.missing[1] and data.missing or nil, columns = data.columns,
    exclude = data.exclude, categories = data.categories, targets = M.targets(data), others = others(data) }
end

local function emit(data, name, resolved)
  name = name or "reader_config"
  local columns = {}
  for i, column in ipairs(resolved.sample.columns) do columns[i] = column.name end
  local values = { name = name, separator = data.separator:byte(), header = data.header and 1 or 0 }
  local lists = readers.emit_table_lists(name, {
    { "files", readers.table_files(data) },
    { "names", data.names },
    { "missing", data.missing },
    { "columns", columns },
    { "targets", M.targets(data) },
    { "classes", resolved.task == "classification" and resolved.classes or nil } }, values)
  return lists .. render.render([[
static const ingot_csv_config ${name} = {
    .files = ${files},
    .separator = ${separator},
    .header = ${header},
    .names = ${names},
    .missing = ${missing},
    .columns = ${columns},
    .targets = ${targets},
    .classes = ${classes},
};
]], values)
end

return {
  kind = "csv", section = "reader",
  doc = "Tables in CSV files: a sample is a row, what is predicted a column of classes or of numbers.",
  fields = fields,
  check = check,
  yields = "row",
  table = true,
  targets = M.targets,
  task = function(_, lock) return lock.table and lock.table.task or "classification" end,
  outputs = function(data) return #M.targets(data) end,
  emit = emit,
  include = "data/csv.h", symbol = "ingot_reader_csv",
  libraries = {},
  sources = { "runtime/data/csv.c", "runtime/data/csv.h", "runtime/data/csv_internal.h", "runtime/data/csv_parse.c",
    "runtime/data/csv_parse.h", "runtime/data/csv_table.c" },
  scan_arguments = scan_arguments,
}
