-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Terms weighed by how few texts they are in. mel_spectrogram.lua says what a kind of features has; what this one
-- compiles to is in generator/text/term_vectors.lua.

local term_vectors = require("generator.text.term_vectors")

local norm = {}
for key, value in next, term_vectors.norm do norm[key] = value end
norm.default = "l2"

-- n texts, of which d have the term.
local function idf(o)
  if not o.use_idf then return nil end
  local more = o.smooth_idf and 1 or 0
  return function(vocabulary, d)
    -- without smoothing a term of a given vocabulary may be in none
    return math.log((vocabulary.documents + more) / math.max(d + more, 1)) + 1
  end
end

return term_vectors.kind {
  kind = "tf_idf",
  doc = "Texts as sparse vectors: for each term of the vocabulary `tf * idf`, normalised, as scikit-learn's "
    .. "TfidfVectorizer: tf is how often it occurs, idf = ln((1 + n) / (1 + d)) + 1 where d of the n training texts "
    .. "have it. The vocabulary is made of the training texts when the lock is written.",
  fields = {
    { name = "sublinear_tf", type = "boolean", default = false, doc = "1 + ln(tf) in place of tf" },
    { name = "use_idf", type = "boolean", default = true, doc = "false: tf only" },
    { name = "smooth_idf", type = "boolean", default = true,
      doc = "as if one more text had every term; false: idf = ln(n / d) + 1" },
    norm,
  },
  how = function(o) return { sublinear = o.sublinear_tf, weight = idf(o) } end,
}
