-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Images in one folder per class (runtime/data/image_folder.h). idx.lua says what a reader is; `any_size`
-- says that its images may differ in height and width, `streams` that a file is one sample, decoded from
-- bytes in memory (`features.cache = "none"`).

local class_folders = require("generator.readers")
local render = require("generator.base.render")

local function colour(o)
  return o.background[1] << 16 | o.background[2] << 8 | o.background[3]
end

local function check(data)
  if data.channels == 2 then return "channels", "must be 1 or 3, not 2" end
  return class_folders.check_classes(data)
end

local function emit(data, name)
  name = name or "reader_config"
  local lists, values = class_folders.emit_lists(data, name)
  values.name, values.channels, values.max_pixels = name, data.channels, data.max_pixels
  values.background = table.concat(data.background, ", ")
  return lists .. render.render([[
static const ingot_image_folder_config ${name} = {
    .classes = ${classes},
    .include = ${include},
    .exclude = ${exclude},
    .rules = {.channels = ${channels}, .background = {${background}}, .max_pixels = ${max_pixels}},
${flat}};
]], values)
end

local function scan_arguments(data)
  local arguments = class_folders.scan_arguments(data, "image_folder")
  arguments.channels, arguments.background, arguments.max_pixels = data.channels, colour(data), data.max_pixels
  return arguments
end

local fields = class_folders.fields {
  split = "which images are for training, validation and test",
  include = '"*.jpg"', exclude = '"*/thumbnails/*"',
  unreadable = "what locking does with files that are no image, truncated, damaged or larger than max_pixels: name "
    .. "them and stop, or list them as skipped",
}
for _, field in ipairs {
  { name = "channels", type = "integer", min = 1, max = 3, default = 3,
    doc = "3: RGB, grey images being repeated; 1: grey, colours being weighted by their luma (ITU-R 601-2)" },
  { name = "background", type = "list", of = { type = "integer", min = 0, max = 255 }, min_length = 3, max_length = 3,
    default = { 255, 255, 255 }, doc = "red, green and blue behind what is transparent" },
  { name = "max_pixels", type = "integer", min = 1, max = 1000000000, default = 50000000,
    doc = "larger images are refused before they are decoded" },
} do fields[#fields + 1] = field end

return {
  kind = "image_folder", section = "reader",
  doc = "Images in one folder per class: JPEG (libjpeg-turbo) and PNG (libpng), whatever their size, depth, palette, "
    .. "transparency or orientation; docs/data.md has the rules. An image's label is the folder directly in `path`.",
  fields = fields,
  check = check,
  yields = "image", any_size = true, streams = true,
  emit = emit,
  include = "data/image_folder.h", symbol = "ingot_reader_image_folder",
  libraries = { "jpeg", "png" },
  sources = {
    "runtime/data/exif.c", "runtime/data/exif.h", "runtime/data/image.c", "runtime/data/image.h",
    "runtime/data/image_folder.c", "runtime/data/image_folder.h", "runtime/data/image_jpeg.c",
    "runtime/data/image_png.c",
  },
  scan_arguments = scan_arguments,
}
