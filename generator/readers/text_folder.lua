-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Texts in one folder per class (runtime/data/text_folder.h). idx.lua says what a reader is.

local class_folders = require("generator.readers")
local render = require("generator.base.render")
local rules = require("generator.text.rules")

local function emit(data, name)
  name = name or "reader_config"
  local lists, values = class_folders.emit_lists(data, name)
  values.name, values.rules = name, rules.emit(data)
  values.nearest = data.class_folder == "nearest" and "    .nearest = 1,\n" or ""
  return lists .. render.render([[
static const ingot_text_folder_config ${name} = {
    .classes = ${classes},
    .include = ${include},
    .exclude = ${exclude},
    .rules = ${rules},
${nearest}${flat}};
]], values)
end

local function scan_arguments(data)
  local arguments = class_folders.scan_arguments(data, "text_folder")
  for key, value in next, rules.scan_arguments(data) do arguments[key] = value end
  arguments.nearest = data.class_folder == "nearest" and 1 or nil
  return arguments
end

local fields = class_folders.fields {
  split = "which texts are for training, validation and test",
  include = '"*.txt"', exclude = '"*/drafts/*"',
  unreadable = "what locking does with files without any text: name them and stop, or list them as skipped",
}
fields[#fields + 1] = { name = "class_folder", type = "enum", allowed = { "first", "nearest" }, default = "first",
  doc = "the folder that is a text's class: the one directly in `path`, or the one that the file lies in, as in "
    .. "`20news-bydate-train/sci.med/58045`" }
table.move(rules.fields, 1, #rules.fields, #fields + 1, fields)

return {
  kind = "text_folder", section = "reader",
  doc = "Texts in one folder per class, a file a text, whatever its name: also the 20 Newsgroups as they are "
    .. "distributed.",
  fields = fields,
  check = class_folders.check_classes,
  yields = "text",
  emit = emit,
  include = "data/text_folder.h", symbol = "ingot_reader_text_folder",
  libraries = {},
  sources = { "runtime/data/text_folder.c", "runtime/data/text_folder.h", table.unpack(rules.sources) },
  scan_arguments = scan_arguments,
}
