-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Rows of a table as vectors: numbers, and categories as one-hot vectors. What is fitted (what fills a
-- missing value, what is subtracted, what divides) is fitted on the training split when training begins
-- (runtime/data/fit.h) and is in the weights; the cache holds what no other row decides, with NaN for a
-- missing value. mel_spectrogram.lua says what a kind of features has; this one also says
--
--   input(g, x)              the nodes between the program's input and the model's
--   emit_fit(o, name, made)  C text that defines `static const ingot_fit NAME`

local glob = require("generator.base.glob")
local render = require("generator.base.render")

local fills = { mean = "MEAN", median = "MEDIAN", most_frequent = "MOST_FREQUENT", constant = "CONSTANT",
  fail = "CONSTANT" }
local scalings = { standard = "STANDARD", min_max = "MIN_MAX", none = "NONE" }

local function how(override)
  return {
    { name = "scale", type = "enum", allowed = { "standard", "min_max", "none" },
      default = not override and "standard" or nil,
      doc = override and "in place of `scale`" or "of numbers: to mean 0 and standard deviation 1, to the range from 0 "
        .. "to 1, or as they are; fitted on the training split" },
    { name = "impute", type = "enum", allowed = { "mean", "median", "most_frequent", "constant", "fail" },
      default = not override and "mean" or nil,
      doc = override and "in place of `impute`" or "what a missing number becomes, of the training split; `fail`: it "
        .. "is an error" },
    { name = "constant", type = "number", default = not override and 0 or nil,
      doc = override and "in place of `constant`" or "the number of `impute = \"constant\"`" },
    { name = "impute_category", type = "enum", allowed = { "most_frequent", "zeros", "fail" },
      default = not override and "most_frequent" or nil,
      doc = override and "in place of `impute_category`" or "what a missing category becomes; `zeros`: none of the "
        .. "categories, as one that training did not see" },
  }
end

local fields = how(false)
local own = how(true)
table.insert(own, 1, { name = "match", type = "string", min_length = 1, required = true,
  doc = "columns, by a shell pattern" })
fields[#fields + 1] = { name = "columns", type = "list", min_length = 1,
  of = { type = "record", name = "columns", fields = own },
  doc = "columns that are treated otherwise; the first entry that matches a column has it" }

-- The settings of a column.
local function settings(o, name)
  local made = { scale = o.scale, impute = o.impute, constant = o.constant, impute_category = o.impute_category }
  for _, entry in ipairs(o.columns or {}) do
    if glob.match(entry.match, name) then
      for _, field in ipairs(own) do
        if field.name ~= "match" and entry[field.name] ~= nil then made[field.name] = entry[field.name] end
      end
      return made
    end
  end
  return made
end

local function sample(o, lock)
  if not lock.table then return nil, "the lock has no columns; write it again with `lua build.lua lock`" end
  for i, entry in ipairs(o.columns or {}) do
    local found = false
    for _, column in ipairs(lock.table.columns) do found = found or glob.match(entry.match, column.name) end
    if not found then return nil, ("columns[%d]: no column matches \"%s\""):format(i, entry.match) end
  end
  local width = 0
  for _, column in ipairs(lock.table.columns) do
    width = width + (column.categories and #column.categories or 1)
  end
  return { channels = 1, height = 1, width = width, stored_channels = 1, stored_u8 = false, scale = { 1 },
    shift = { 0 }, columns = lock.table.columns }
end

local function emit(o, name, made)
  name = name or "features_config"
  local parts, rows = {}, {}
  for i, column in ipairs(made.columns) do
    local s, categories = settings(o, column.name), "NULL"
    if column.categories then
      categories = ("%s_categories_%d"):format(name, i - 1)
      parts[#parts + 1] = render.strings(categories, column.categories)
    end
    local impute = column.categories and s.impute_category or s.impute
    rows[i] = ("    {%s, %s, %d, %d},\n"):format(render.string(column.name), categories,
      impute == "fail" and 1 or 0, impute == "zeros" and 1 or 0)
  end
  parts[#parts + 1] = render.render([[
static const ingot_tabular_column ${name}_columns[] = {
${rows}};
static const ingot_tabular_config ${name} = {
    .count = ${count}, .width = ${width},
    .columns = ${name}_columns,
};
]], { name = name, rows = table.concat(rows), count = #made.columns, width = made.width })
  return table.concat(parts)
end

local function emit_fit(o, name, made)
  local rows = {}
  for i, column in ipairs(made.columns) do
    local s = settings(o, column.name)
    if column.categories then
      rows[i] = ("    {%d, 1, INGOT_FILL_MOST_FREQUENT, 0, INGOT_SCALE_NONE}, /* %s */\n"):format(#column.categories,
        (column.name:gsub("[^%w _.-]", "?")))
    else
      rows[i] = ("    {1, 0, INGOT_FILL_%s, %s, INGOT_SCALE_%s}, /* %s */\n"):format(fills[s.impute],
        render.number(s.constant + 0.0), scalings[s.scale], (column.name:gsub("[^%w _.-]", "?")))
    end
  end
  return render.render([[
static const ingot_fit_column ${name}_columns[] = {
${rows}};
static const ingot_fit ${name} = {${count}, ${name}_columns};
]], { name = name, rows = table.concat(rows), count = #made.columns })
end

return {
  kind = "tabular", section = "features",
  doc = "Rows of a table: numbers standardised and filled, categories one-hot, by what is fitted on the training "
    .. "split; a category that training did not see is all zeros.",
  fields = fields,
  accepts = "row",
  sample = sample,
  segments = function() return 1 end,
  emit = emit,
  emit_fit = emit_fit,
  fit_include = "data/fit.h",
  input = function(g, x)
    local width = x.shape[2] * x.shape[3] * x.shape[4]
    local function buffer(name, value)
      return g:buffer("features." .. name, { width }, { kind = "constant", a = value })
    end
    return g:node("standardise", "features", { x = x, fill = buffer("fill", 0.0), mean = buffer("mean", 0.0),
      std = buffer("std", 1.0) }).y
  end,
  include = "data/tabular.h", symbol = "ingot_features_tabular",
  libraries = {},
  sources = { "runtime/data/tabular.c", "runtime/data/tabular.h", "runtime/data/csv_parse.c",
    "runtime/data/csv_parse.h" },
}
