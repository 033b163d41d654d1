-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The four files of MNIST's format (runtime/data/idx.h). What a reader is, besides its fields
-- (every reader has `path`, `dvc` and `split`):
--
--   yields                   "audio" or "image"
--   emit(data [, name])      C text that defines `static const ingot_idx_config NAME`
--   include, symbol          header of the config, and the ingot_reader in it
--   libraries                what its code in the runtime needs linked
--   sources                  the files whose digest is part of the key of cached features
--   scan_arguments(data)     the object that ingot-scan reads (docs/lock.md, "The scanner")

local readers = require("generator.readers")
local render = require("generator.base.render")

local roles = { "train_images", "train_labels", "test_images", "test_labels" }

local function file_field(role, default, doc)
  return { name = role, type = "string", default = default, doc = doc }
end

local function check(data)
  for _, role in ipairs(roles) do
    local name = data[role]
    if name:find("^/") or ("/" .. name .. "/"):find("/../", 1, true) then
      return role, ("is \"%s\"; a name inside the folder `path` is needed"):format(name)
    end
    if name == "" and role:find("^train") then return role, "is empty" end
  end
  if (data.test_images == "") ~= (data.test_labels == "") then
    return "test_labels", "test_images and test_labels are both given or both \"\""
  end
end

local function emit(data, name)
  local values = { name = name or "reader_config" }
  for _, role in ipairs(roles) do values[role] = render.string(data[role]) end
  return render.render([[
static const ingot_idx_config ${name} = {
    .train_images = ${train_images},
    .train_labels = ${train_labels},
    .test_images = ${test_images},
    .test_labels = ${test_labels},
};
]], values)
end

local function scan_arguments(data)
  local arguments = { reader = "idx", path = data.path }
  for _, role in ipairs(roles) do arguments[role] = data[role] end
  return arguments
end

return {
  kind = "idx", section = "reader",
  doc = "Labelled images in the four files of MNIST's format, plain or gzip.",
  fields = {
    { name = "path", type = "string", min_length = 1, required = true,
      doc = "folder of the files; relative to where a command is run" },
    readers.dvc,
    { name = "split", type = "kind", section = "split", required = true,
      doc = "which records are for training, validation and test" },
    { name = "classes", type = "list", of = { type = "string", min_length = 1 }, unique = true, min_length = 1,
      doc = "names of labels 0, 1, …; absent: \"0\", \"1\", … up to the largest label" },
    file_field("train_images", "train-images-idx3-ubyte", "file name; found with or without `.gz`"),
    file_field("train_labels", "train-labels-idx1-ubyte", "its labels"),
    file_field("test_images", "t10k-images-idx3-ubyte", "images for the test; \"\": there are none"),
    file_field("test_labels", "t10k-labels-idx1-ubyte", "their labels"),
  },
  check = check,
  yields = "image",
  emit = emit,
  include = "data/idx.h", symbol = "ingot_reader_idx",
  libraries = { "z" },
  sources = { "runtime/data/idx.c", "runtime/data/idx.h", "runtime/data/idx_decode.c" },
  scan_arguments = scan_arguments,
}
