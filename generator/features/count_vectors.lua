-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- How often each term of the vocabulary occurs in a text. mel_spectrogram.lua says what a kind of features has; what
-- this one compiles to is in generator/text/term_vectors.lua.

local term_vectors = require("generator.text.term_vectors")

return term_vectors.kind {
  kind = "count_vectors",
  doc = "Texts as sparse vectors: for each term of the vocabulary how often it occurs, as scikit-learn's "
    .. "CountVectorizer. The vocabulary is made of the training texts when the lock is written.",
  fields = {
    { name = "binary", type = "boolean", default = false, doc = "1 where a term occurs, however often" },
    term_vectors.norm,
  },
  how = function(o) return { binary = o.binary } end,
}
