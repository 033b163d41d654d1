-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Texts as ids of WordPiece tokens (runtime/data/piece_ids.h). mel_spectrogram.lua says what a kind of features has.

local pieces = require("generator.text.pieces")
local render = require("generator.base.render")
local terms = require("generator.text.terms")

local DEFAULT_TOKENS = 8000

local sources = { "runtime/data/piece_ids.c", "runtime/data/piece_ids.h", table.unpack(pieces.sources) }

return {
  kind = "wordpiece", section = "features",
  doc = "Texts as ids of WordPiece tokens between [CLS] and [SEP], token for token as BERT's reference tokenizer. The "
    .. "vocabulary is a given vocab.txt, or is made of the training texts when the lock is written.",
  fields = {
    { name = "vocabulary", type = "string", min_length = 1,
      doc = "vocab.txt of a model; locking reads it, the executable carries it" },
    { name = "tokens", type = "integer", min = 64, max = 1000000,
      doc = "how many tokens to make of the training texts where no vocabulary is given; default: "
        .. DEFAULT_TOKENS },
    { name = "cased", type = "boolean", default = false,
      doc = "keep capitals and accents; must be as the vocabulary is" },
    { name = "max_length", type = "integer", min = 2, max = 65536, default = 128,
      doc = "ids of a text, [CLS] and [SEP] among them; longer texts lose their end" },
  },
  check = function(o)
    if o.vocabulary and o.tokens then return "tokens", "and `vocabulary` are given; it is one or the other" end
  end,
  accepts = "text",
  vocabulary = function(o)
    return { pieces = { cased = o.cased and 1 or 0, size = not o.vocabulary and (o.tokens or DEFAULT_TOKENS) or nil },
      path = o.vocabulary }
  end,
  sample = function(o, lock)
    local vocabulary = lock.vocabulary
    if not vocabulary then return nil, "the lock has no vocabulary; write it again with `lua build.lua lock`" end
    return { channels = 1, height = 1, width = 1 + o.max_length, stored_channels = 1, stored_u8 = false,
      scale = { 1 }, shift = { 0 }, dtype = "i32", row_cells = 1, row_limit = #vocabulary.terms,
      row_entries = math.max(2, math.min(o.max_length, vocabulary.entries)), vocabulary = vocabulary }
  end,
  segments = function() return 1 end,
  emit = function(o, name, made)
    name = name or "features_config"
    return terms.emit_terms(name .. "_tokens", made.vocabulary) .. render.render([[
static const ingot_piece_ids_config ${name} = {
    .cased = ${cased},
    .count = ${count},
    .tokens = ${name}_tokens,
    .length = ${length},
};
]], { name = name, cased = o.cased and 1 or 0, count = #made.vocabulary.terms, length = o.max_length })
  end,
  include = "data/piece_ids.h", symbol = "ingot_features_piece_ids",
  libraries = {}, sources = sources,
}
