-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Sounds in one folder per class (runtime/data/audio_folder.h). idx.lua says what a reader is.

local class_folders = require("generator.readers")
local render = require("generator.base.render")

-- What can be said of data that is not at hand must follow from what is declared.
local function check_declared(data, registry)
  if not data.classes then return "declared", "needs `classes`: without the data nobody knows the folders" end
  if math.floor(data.declared.seconds * data.declared.rate + 0.5) < 1 then
    return "declared.seconds", "is shorter than a single frame"
  end
  local split = registry.kinds[data.split.kind]
  if not split.module.declared then
    return "declared", ("cannot be used with the split `%s`, which looks at the files themselves; `by_fraction` "
      .. "needs only their number"):format(split.kind)
  end
  local possible, why = split.module.declared(data.split, {})
  if not possible then return "declared", "cannot be used: " .. why end
end

local function check(data, registry)
  local field, wrong = class_folders.check_classes(data)
  if field then return field, wrong end
  if data.declared then return check_declared(data, registry) end
end

local function emit(data, name)
  name = name or "reader_config"
  local lists, values = class_folders.emit_lists(data, name)
  values.name, values.min_seconds = name, (data.min_seconds or 0) + 0.0
  return lists .. render.render([[
static const ingot_audio_folder_config ${name} = {
    .classes = ${classes},
    .include = ${include},
    .exclude = ${exclude},
    .min_seconds = ${min_seconds},
${flat}};
]], values)
end

local function scan_arguments(data)
  local arguments = class_folders.scan_arguments(data, "audio_folder")
  if data.min_seconds and data.min_seconds > 0 then arguments.min_seconds = data.min_seconds end
  return arguments
end

-- The documentation has the fields in this order.
local fields = class_folders.fields {
  split = "which sounds are for training, validation and test",
  include = '"*.wav"', exclude = '"*/silence/*"',
  unreadable = "what locking does with files that are not sound, truncated, empty or hold NaN: name them and "
    .. "stop, or list them as skipped",
}
table.insert(fields, #fields, { name = "min_seconds", type = "number", min = 0, default = 0,
  doc = "leave out shorter sounds; the lock lists them as skipped" })
fields[#fields + 1] = { name = "declared", type = "record", optional = true,
  doc = "what the data is like, for a build that has neither a lock nor the data: the executable can do all that "
    .. "needs no training data (`predict`, `bench`, `info`); needs `classes` and a split by fraction",
  fields = {
    { name = "files_per_class", type = "integer", min = 1, max = 10000000, required = true,
      doc = "sounds in each of `classes`" },
    { name = "seconds", type = "number", above = 0, max = 1000000, required = true, doc = "length of each" },
    { name = "rate", type = "integer", min = 1, max = 1000000, required = true, doc = "its frames per second" },
  } }

return {
  kind = "audio_folder", section = "reader",
  doc = "Sounds in one folder per class, of any format that libsndfile reads (WAV, FLAC, Ogg, MP3, …), "
    .. "at any rate, with any number of channels. A sound's label is the folder directly in `path`.",
  fields = fields,
  check = check,
  yields = "audio",
  emit = emit,
  include = "data/audio_folder.h", symbol = "ingot_reader_audio_folder",
  libraries = { "sndfile" },
  sources = {
    "runtime/data/audio_container.c", "runtime/data/audio_file.c", "runtime/data/audio_file.h",
    "runtime/data/audio_folder.c", "runtime/data/audio_folder.h",
  },
  scan_arguments = scan_arguments,
}
