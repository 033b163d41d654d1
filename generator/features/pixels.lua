-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Images: one sample per record, cached as bytes, turned into floats when a batch is filled:
-- value = (byte * scale - mean) / std. Resized images are cached as floats, because what lies between
-- bytes is kept. mel_spectrogram.lua says what a kind of features has;
-- here `sample(features, lock)` needs the lock, which alone knows the images' size, and returns nil
-- and a message where the files disagree; `emit(features, name, sample)` needs what it returned.

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
  { name = "height", type = "integer", min = 1, max = 65536,
    doc = "resize to so many rows (bilinear), before anything else; absent: as the images are" },
  { name = "width", type = "integer", min = 1, max = 65536,
    doc = "resize to so many columns; absent: as the images are" },
  { name = "antialias", type = "boolean", default = true,
    doc = "widen the resize filter when shrinking, so that no row or column is skipped" },
  { name = "scale", type = "number", default = 1 / 255, default_doc = "1/255: to the range 0 to 1",
    doc = "multiplies every byte" },
  named("mean", per_channel("subtracted after that; one number, or one per channel", 0.0)),
  named("std", per_channel("divides after that; one number, or one per channel", 1.0, { above = 0 })),
  { name = "channels", type = "integer", min = 1, max = 4,
    doc = "channels the model sees: those of the images, or a single one repeated; absent: those of the images" },
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

local function sample(o, lock)
  local size, why = size_of(lock)
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
  local height, width = o.height or size.height, o.width or size.width
  local resized = height ~= size.height or width ~= size.width
  return { channels = channels, height = height, width = width, stored_channels = stored,
    stored_u8 = not resized, scale = scale, shift = shift,
    image = resized and { height = size.height, width = size.width } or nil }
end

-- `made` is the resolved sample: the executable refuses images of another size, whoever brings them.
local function emit(o, name, made)
  name = name or "features_config"
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

return {
  kind = "pixels", section = "features",
  doc = "Images, one sample each, as they are or resized, scaled and normalised.",
  fields = fields,
  accepts = "image",
  sample = sample,
  segments = function() return 1 end,
  emit = emit,
  include = "data/pixels.h", symbol = "ingot_features_pixels",
  libraries = {},
  sources = { "runtime/data/pixels.c", "runtime/data/pixels.h", "runtime/dsp/resize.c", "runtime/dsp/resize.h" },
}
