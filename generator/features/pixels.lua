-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Images: one sample per record, cached as bytes, turned into floats when a batch is filled:
-- value = (byte * scale - mean) / std. Images of one size that are resized are cached as floats, because
-- what lies between bytes is kept; images of any size (a reader with `any_size`, or a spec with `shorter` or
-- `crop`) are resized and cut when they are read, and rounded to bytes.
-- mel_spectrogram.lua says what a kind of features has; here `sample(features, lock, reader)` needs the
-- lock, which alone knows the images' size, and returns nil and a message where the files disagree;
-- `emit(features, name, sample)` needs what it returned.

local render = require("generator.base.render")
local resize = require("generator.dsp.resize")

local function number_list(value)
  return type(value) == "table" and value or { value }
end

local function per_channel(doc, default, bounds)
  local number = { type = "number", above = bounds and bounds.above }
  return { type = "any_of", default = default, doc = doc,
    of = { number, { type = "list", of = number, min_length = 1, max_length = 4 } } }
end

local function named(name, field)
  field.name = name
  return field
end

local fields = {
  { name = "shorter", type = "integer", min = 1, max = 65536,
    doc = "resize (bilinear) so that the shorter side has so many pixels and the longer follows in proportion, "
      .. "rounded down, as torchvision's Resize(n); instead of `height` and `width`" },
  { name = "height", type = "integer", min = 1, max = 65536,
    doc = "resize to so many rows (bilinear), before anything else; absent: as the images are" },
  { name = "width", type = "integer", min = 1, max = 65536,
    doc = "resize to so many columns; absent: as the images are" },
  { name = "crop", type = "pair", min = 1, max = 65536,
    doc = "then cut so many rows and columns out of the middle, as torchvision's CenterCrop; an image that is smaller "
      .. "is an error" },
  { name = "antialias", type = "boolean", default = true,
    doc = "widen the resize filter when shrinking, so that no row or column is skipped" },
  { name = "scale", type = "number", default = 1 / 255, default_doc = "1/255: to the range 0 to 1",
    doc = "multiplies every byte" },
  named("mean", per_channel("subtracted after that; one number, or one per channel", 0.0)),
  named("std", per_channel("divides after that; one number, or one per channel", 1.0, { above = 0 })),
  { name = "channels", type = "integer", min = 1, max = 4,
    doc = "channels the model sees: those of the images, or a single one repeated; absent: those of the images" },
  { name = "cache", type = "enum", allowed = { "decoded", "none" }, default = "decoded",
    doc = 'what is kept of the images: "decoded": the samples, computed once and read from then on; "none": nothing, '
      .. "every image is decoded whenever it is wanted, which takes no room and gives `random_resized_crop` the whole "
      .. "image" },
}

-- The size all images of the lock have, and nil and why not where they differ.
local function size_of(lock)
  local first
  for _, file in ipairs(lock.files) do
    if file.height then
      local same = not first or (first.channels == file.channels and first.height == file.height
        and first.width == file.width)
      if not same then
        return nil, ("images differ in size: %s has %d x %d x %d (channels, height, width), %s has %d x %d x %d")
          :format(first.path, first.channels, first.height, first.width, file.path, file.channels, file.height,
            file.width)
      end
      first = first or file
    end
  end
  if not first then return nil, "the lock has no images" end
  return first
end

-- Rows and columns of an image after resizing, as runtime/data/pixels.c computes them.
local function size_after(o, image)
  if not o.shorter then return o.height or image.height, o.width or image.width end
  if image.height <= image.width then return o.shorter, o.shorter * image.width // image.height end
  return o.shorter * image.height // image.width, o.shorter
end

-- The size that images of any size are given, and nil and why not where one is too small or they differ.
local function common_size(o, lock)
  local first, height, width
  for _, file in ipairs(lock.files) do
    if file.height then
      local h, w = size_after(o, file)
      if o.crop and (h < o.crop[1] or w < o.crop[2]) then
        return nil, ("%s has %d x %d pixels (height, width)%s, too small to crop %d x %d"):format(file.path, h, w,
          (h ~= file.height or w ~= file.width) and " after resizing" or "", o.crop[1], o.crop[2])
      end
      if o.crop then h, w = o.crop[1], o.crop[2] end
      if first and (h ~= height or w ~= width) then
        return nil, ("images differ in size: %s has %d x %d pixels (height, width), %s has %d x %d; give them one by "
          .. "`height` and `width`, or by `shorter` and `crop`"):format(first.path, height, width, file.path, h, w)
      end
      if first and first.channels ~= file.channels then
        return nil, ("images differ in channels: %s has %d, %s has %d"):format(first.path, first.channels, file.path,
          file.channels)
      end
      first, height, width = first or file, h, w
    end
  end
  if not first then return nil, "the lock has no images" end
  return { channels = first.channels, height = height, width = width, any = true }
end

local function sample(o, lock, reader)
  local any = reader and reader.any_size or o.shorter or o.crop
  local size, why = (any and common_size or size_of)(any and o or lock, lock)
  if not size then return nil, why end
  local stored, mean, std = size.channels, number_list(o.mean), number_list(o.std)
  local channels = o.channels or stored
  if channels ~= stored and stored ~= 1 then
    return nil, ("channels is %d, the images have %d; only a single channel can be repeated")
      :format(channels, stored)
  end
  local scale, shift = {}, {}
  for _, given in ipairs { { "mean", mean }, { "std", std } } do
    local count = #given[2]
    if count ~= 1 and count ~= stored then
      return nil, ("%s has %d numbers, the images have %d %s"):format(given[1], count, stored,
        stored == 1 and "channel" or "channels")
    end
  end
  for c = 1, stored do
    local deviation = std[c] or std[1]
    scale[c] = o.scale / deviation
    shift[c] = -(mean[c] or mean[1]) / deviation
    if shift[c] == 0 then shift[c] = 0.0 end -- no minus zero in the generated text
  end
  if any then
    return { channels = channels, height = size.height, width = size.width, stored_channels = stored,
      stored_u8 = true, scale = scale, shift = shift, any_size = true }
  end
  local height, width = o.height or size.height, o.width or size.width
  local resized = height ~= size.height or width ~= size.width
  return { channels = channels, height = height, width = width, stored_channels = stored,
    stored_u8 = not resized, scale = scale, shift = shift,
    image = resized and { height = size.height, width = size.width } or nil }
end

-- `made` is the resolved sample: the executable refuses images of another size, whoever brings them.
local function emit(o, name, made)
  name = name or "features_config"
  if made.any_size then
    return render.render([[
static const ingot_pixels_config ${name} = {
    .channels = ${channels}, /* of any height and width */
    .prepare = {
        .shorter = ${shorter}, .resize_height = ${resize_height}, .resize_width = ${resize_width},
        .height = ${height}, .width = ${width},
        .antialias = ${antialias},
    },
};
]], { name = name, channels = made.stored_channels, shorter = o.shorter or 0, resize_height = o.height or 0,
      resize_width = o.width or 0, height = made.height, width = made.width, antialias = o.antialias and 1 or 0 })
  end
  local parts, axes, image = {}, "", made.image or made
  if made.image then
    parts[1] = resize.text(name .. "_rows", resize.axis(image.height, made.height, o.antialias))
    parts[2] = resize.text(name .. "_columns", resize.axis(image.width, made.width, o.antialias))
    axes = ("    .rows = &%s_rows, .columns = &%s_columns,\n"):format(name, name)
  end
  parts[#parts + 1] = render.render([[
static const ingot_pixels_config ${name} = {
    .channels = ${channels}, .height = ${height}, .width = ${width},
${axes}};
]], { name = name, channels = made.stored_channels, height = image.height, width = image.width, axes = axes })
  return table.concat(parts)
end

local function check(o)
  if o.shorter and (o.height or o.width) then
    return "shorter", "and `height` or `width` are given; it is one or the other"
  end
end

return {
  kind = "pixels", section = "features",
  doc = "Images, one sample each, as they are or resized, scaled and normalised.",
  fields = fields,
  check = check,
  accepts = "image",
  sample = sample,
  segments = function() return 1 end,
  emit = emit,
  include = "data/pixels.h", symbol = "ingot_features_pixels",
  libraries = {},
  sources = { "runtime/data/pixels.c", "runtime/data/pixels.h", "runtime/dsp/resize.c", "runtime/dsp/resize.h",
    "runtime/dsp/resample_image.c", "runtime/dsp/resample_image.h" },
}
