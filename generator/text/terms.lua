-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Texts as terms (runtime/text/terms.h): the fields by which a spec says what a term is and which of them make the
-- vocabulary; what they compile to, and what the scanner is asked for the lock.

local render = require("generator.base.render")

local M = {
  sources = { "runtime/text/porter.c", "runtime/text/porter.h", "runtime/text/stop_words.c", "runtime/text/terms.c",
    "runtime/text/terms.h", "runtime/text/unicode.c", "runtime/text/unicode_tables.c", "runtime/text/utf8.c",
    "runtime/text/vocabulary.c", "runtime/text/vocabulary.h", "runtime/text/words.c", "runtime/text/words.h" },
}

--- What a term is. Words are runs of letters, marks and digits, in lower case (runtime/text/words.h).
M.fields = {
  { name = "stem", type = "enum", allowed = { "none", "porter" }, default = "none",
    doc = "what becomes of a word: nothing, or its stem by Porter's rules for English (1980)" },
  { name = "stop_words", type = "enum", allowed = { "none", "english" }, default = "none",
    doc = "words that are passed over: none, or articles, pronouns, prepositions and their like in English" },
  { name = "strip_accents", type = "boolean", default = false, doc = "take accents and other marks off letters" },
  { name = "min_characters", type = "integer", min = 1, max = 100, default = 2,
    doc = "shorter words are passed over (before stemming)" },
  { name = "ngrams", type = "pair", min = 1, max = 5, default = 1,
    doc = "terms are runs of so many words; two numbers: of all lengths from the first to the second" },
}

--- Which terms make the vocabulary.
M.vocabulary_fields = {
  { name = "min_documents", type = "integer", min = 1, max = 1000000000, default = 1,
    doc = "terms of the vocabulary are in at least so many training texts" },
  { name = "max_documents", type = "number", above = 0, max = 1, default = 1.0,
    doc = "and in at most this share of them" },
  { name = "max_terms", type = "integer", min = 1, max = 10000000,
    doc = "at most so many terms: those in most training texts, of equals the first in byte order; absent: all" },
  { name = "vocabulary", type = "string", min_length = 1,
    doc = "a file with the vocabulary, a term per line as it is after all of the above, instead of one made of the "
      .. "training texts; locking reads it, the executable does not need it" },
}

local function ngrams(o)
  if type(o.ngrams) ~= "table" then return o.ngrams, o.ngrams end
  return o.ngrams[1], o.ngrams[2]
end

--- The field and what is wrong with it, or nil.
function M.check(o)
  local shortest, longest = ngrams(o)
  if shortest > longest then return "ngrams", ("goes from %d to %d words; the shorter comes first"):format(shortest,
    longest) end
  if o.vocabulary then
    for _, field in ipairs { { "min_documents", 1 }, { "max_documents", 1.0 } } do
      if o[field[1]] ~= field[2] then return field[1], "and `vocabulary` are given; it is one or the other" end
    end
    if o.max_terms then return "max_terms", "and `vocabulary` are given; it is one or the other" end
  end
end

local function numbers(o)
  local shortest, longest = ngrams(o)
  return { strip_accents = o.strip_accents and 1 or 0, min_characters = o.min_characters,
    stop_words = o.stop_words == "english" and 1 or 0, stem = o.stem == "porter" and 1 or 0, shortest = shortest,
    longest = longest }
end

--- C text of an ingot_term_rules.
function M.emit_rules(o)
  return render.render("{.strip_accents = ${strip_accents}, .min_characters = ${min_characters}, .stop_words = "
    .. "${stop_words},\n              .stem = ${stem}, .shortest = ${shortest}, .longest = ${longest}}", numbers(o))
end

--- The vocabulary that features with these fields need, as generator/text/vocabulary.lua takes it.
function M.wanted(o)
  return { rules = numbers(o), min_documents = o.min_documents, max_share = o.max_documents, max_terms = o.max_terms,
    path = o.vocabulary }
end

--- C text of a list of the vocabulary's terms, in their order.
function M.emit_terms(name, vocabulary)
  local words = {}
  for i, term in ipairs(vocabulary.terms) do words[i] = "    " .. render.string(term[1]) .. ",\n" end
  return ("static const char *const %s[] = {\n%s};\n"):format(name, table.concat(words))
end

return M
