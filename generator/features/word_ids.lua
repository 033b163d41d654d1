-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Texts as ids of words (runtime/data/word_ids.h). mel_spectrogram.lua says what a kind of features has.

local render = require("generator.base.render")
local terms = require("generator.text.terms")

local sources = { "runtime/data/word_ids.c", "runtime/data/word_ids.h", table.unpack(terms.sources) }

-- What a word is, and which make the vocabulary; runs of several words have no ids.
local fields = {
  { name = "max_length", type = "integer", min = 1, max = 65536, default = 256,
    doc = "words of a text; the rest of a longer one is passed over" },
  { name = "unknown", type = "enum", allowed = { "keep", "skip" }, default = "keep",
    doc = "words that the vocabulary lacks: they all have one id, or are passed over" },
}
for _, list in ipairs { terms.fields, terms.vocabulary_fields } do
  for _, field in ipairs(list) do
    if field.name ~= "ngrams" then fields[#fields + 1] = field end
  end
end

-- The fields as generator/text/terms.lua takes them.
local function as_terms(o)
  local copy = { ngrams = 1 }
  for _, field in ipairs(fields) do copy[field.name] = o[field.name] end
  return copy
end

return {
  kind = "word_ids", section = "features",
  doc = "Texts as ids of their words, in order: 0 is padding, 1 any word that the vocabulary lacks, 2 the first of the "
    .. "vocabulary, which is made of the training texts when the lock is written.",
  fields = fields,
  check = function(o) return terms.check(as_terms(o)) end,
  accepts = "text",
  vocabulary = function(o) return terms.wanted(as_terms(o)) end,
  sample = function(o, lock)
    local vocabulary = lock.vocabulary
    if not vocabulary then return nil, "the lock has no vocabulary; write it again with `lua build.lua lock`" end
    return { channels = 1, height = 1, width = 1 + o.max_length, stored_channels = 1, stored_u8 = false,
      scale = { 1 }, shift = { 0 }, dtype = "i32", row_cells = 1, row_limit = 2 + #vocabulary.terms,
      row_entries = math.max(1, math.min(o.max_length, vocabulary.entries)), vocabulary = vocabulary }
  end,
  segments = function() return 1 end,
  emit = function(o, name, made)
    name = name or "features_config"
    return terms.emit_terms(name .. "_terms", made.vocabulary) .. render.render([[
static const ingot_word_ids_config ${name} = {
    .rules = ${rules},
    .count = ${count},
    .terms = ${name}_terms,
    .length = ${length},
    .skip_unknown = ${skip},
};
]], { name = name, rules = terms.emit_rules(as_terms(o)), count = #made.vocabulary.terms, length = o.max_length,
      skip = o.unknown == "skip" and 1 or 0 })
  end,
  include = "data/word_ids.h", symbol = "ingot_features_word_ids",
  libraries = {}, sources = sources,
}
