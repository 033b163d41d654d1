-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Texts in columns of tables: CSV, TSV, JSON lines (runtime/data/text_table.h). csv.lua says what a reader of tables
-- says.

local readers = require("generator.readers")
local render = require("generator.base.render")
local rules = require("generator.text.rules")

local fields = {
  readers.table_path,
  readers.dvc,
  readers.strings("files", "their names in that folder", { required = true, unique = true }),
  { name = "split", type = "kind", section = "split", required = true,
    doc = "which rows are for training, validation and test; a row is called by its file and its number from 0: "
      .. "`train.csv#12`, so that `given { test = \"^test\" }` goes by files" },
  { name = "text", type = "any_of", required = true,
    doc = "the column (of JSON lines: the field) with the text, or a list of them, which are joined by line ends",
    of = { { type = "string", min_length = 1 },
           { type = "list", of = { type = "string", min_length = 1 }, min_length = 1, unique = true } } },
  { name = "label", type = "string", min_length = 1, required = true, doc = "the column with the class" },
  { name = "format", type = "enum", allowed = { "csv", "tsv", "jsonl" }, default_doc = "by the endings of the files",
    doc = "fields between commas, between tabs, or a JSON object in each line; absent: `.tsv` is `tsv`, `.jsonl`, "
      .. "`.ndjson` and `.json` are `jsonl`, all others `csv`" },
  { name = "header", type = "boolean", default = true,
    doc = "whether the first line of CSV and TSV names the columns" },
  readers.table_names,
  { name = "quoted", type = "boolean", default = true,
    doc = "whether fields may be in quotes, with separators, line ends and doubled quotes in them (RFC 4180); false: "
      .. "a line is a row and quotes are characters, as in many TSV files" },
  readers.strings("classes", "the labels in the order of class indices; absent: those there are, in byte order",
    { unique = true }),
  { name = "on_missing_target", type = "enum", allowed = { "fail", "skip" }, default = "fail",
    doc = "a row without a label: an error, or in no split" },
}
for _, field in ipairs(rules.fields) do
  if field.name ~= "headers" then
    local copy = {}
    for key, value in next, field do copy[key] = value end
    copy.doc = copy.doc:gsub("; the lock lists them as skipped", "")
    fields[#fields + 1] = copy
  end
end

local function columns_of(data) return type(data.text) == "table" and data.text or { data.text } end

local function check(data)
  local field, wrong = readers.check_table(data)
  if field then return field, wrong end
  for _, name in ipairs(columns_of(data)) do
    if name == data.label then return "label", ("is \"%s\", which is the text too"):format(name) end
    if name:find("[%[%]*?\\]") then return "text", "cannot have one of [ ] * ? \\ in a column's name" end
  end
end

local function others(data)
  return data.split.column and data.split.column ~= data.label and { data.split.column } or nil
end

local function scan_arguments(data)
  local asked = rules.scan_arguments { min_length = data.min_length, encoding = data.encoding, headers = "keep" }
  asked.reader, asked.path = "text_table", data.path
  asked.files = readers.table_files(data)
  asked.names, asked.columns, asked.targets, asked.others = data.names, columns_of(data), { data.label }, others(data)
  asked.header, asked.unquoted, asked.format = data.header, not data.quoted or nil, data.format
  return asked
end

local formats = { csv = "CSV", tsv = "TSV", jsonl = "JSON_LINES" }

local function emit(data, name, resolved)
  name = name or "reader_config"
  local values = { name = name, header = data.header and 1 or 0, unquoted = data.quoted and 0 or 1,
    format = data.format and formats[data.format] or "BY_NAME",
    rules = rules.emit { min_length = data.min_length, encoding = data.encoding, headers = "keep" } }
  local lists = readers.emit_table_lists(name, {
    { "files", readers.table_files(data) },
    { "names", data.names },
    { "columns", columns_of(data) },
    { "targets", { data.label } },
    { "classes", resolved.classes } }, values)
  return lists .. render.render([[
static const ingot_text_table_config ${name} = {
    .table = {
        .files = ${files},
        .header = ${header},
        .names = ${names},
        .columns = ${columns},
        .targets = ${targets},
        .classes = ${classes},
    },
    .rules = ${rules},
    .format = INGOT_TABLE_${format},
    .unquoted = ${unquoted},
};
]], values)
end

return {
  kind = "text_table", section = "reader",
  doc = "Texts in tables, CSV, TSV or JSON lines, a row or line a text: also AG News as it is distributed.",
  fields = fields,
  check = check,
  yields = "text",
  table = true, texts = true,
  targets = function(data) return { data.label } end,
  task = function() return "classification" end,
  emit = emit,
  include = "data/text_table.h", symbol = "ingot_reader_text_table",
  libraries = {},
  sources = { "runtime/data/csv_parse.c", "runtime/data/csv_parse.h", "runtime/data/csv_table.c",
    "runtime/data/text_table.c", "runtime/data/text_table.h", "runtime/data/text_table_read.c",
    table.unpack(rules.sources) },
  scan_arguments = scan_arguments,
}
