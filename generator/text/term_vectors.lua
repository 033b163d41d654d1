-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What count_vectors and tf_idf share (runtime/data/term_vectors.h): a sample is a sparse vector with a number for
-- each term of the lock's vocabulary.

local render = require("generator.base.render")
local terms = require("generator.text.terms")

local M = { libraries = {} }

M.sources = { "runtime/data/term_vectors.c", "runtime/data/term_vectors.h", table.unpack(terms.sources) }

local function sample(_, lock)
  local vocabulary = lock.vocabulary
  if not vocabulary then return nil, "the lock has no vocabulary; write it again with `lua build.lua lock`" end
  local count = #vocabulary.terms
  return { channels = 1, height = 1, width = 1 + 2 * vocabulary.most, stored_channels = 1, stored_u8 = false,
    scale = { 1 }, shift = { 0 }, dtype = "i32", row_cells = 2, row_limit = count,
    row_entries = math.max(1, vocabulary.entries), predict_width = 1 + 2 * count, vocabulary = vocabulary }
end

-- weight(vocabulary, documents) -> number, or nil where terms have none.
local function emit(o, name, made, how)
  name = name or "features_config"
  local weights, line = "", "NULL"
  if how.weight then
    local rows = {}
    for i, term in ipairs(made.vocabulary.terms) do
      rows[i] = ("    %s,\n"):format(render.number(how.weight(made.vocabulary, term[2]) + 0.0))
    end
    weights, line = ("static const double %s_weights[] = {\n%s};\n"):format(name, table.concat(rows)),
      name .. "_weights"
  end
  return terms.emit_terms(name .. "_terms", made.vocabulary) .. weights .. render.render([[
static const ingot_term_vectors_config ${name} = {
    .rules = ${rules},
    .count = ${count},
    .terms = ${name}_terms,
    .weights = ${weights},
    .binary = ${binary}, .sublinear = ${sublinear},
    .norm = INGOT_NORM_${norm},
};
]], { name = name, rules = terms.emit_rules(o), count = #made.vocabulary.terms, weights = line,
    binary = how.binary and 1 or 0, sublinear = how.sublinear and 1 or 0, norm = o.norm:upper() })
end

--- A kind of features. of: kind, doc, fields (its own, before those of terms), how(o) -> { weight, binary, sublinear }.
function M.kind(of)
  local fields = {}
  for _, list in ipairs { of.fields, terms.fields, terms.vocabulary_fields } do
    table.move(list, 1, #list, #fields + 1, fields)
  end
  return {
    kind = of.kind, section = "features", doc = of.doc, fields = fields,
    check = terms.check,
    accepts = "text",
    vocabulary = terms.wanted,
    sample = sample,
    segments = function() return 1 end,
    emit = function(o, name, made) return emit(o, name, made, of.how(o)) end,
    include = "data/term_vectors.h", symbol = "ingot_features_term_vectors",
    libraries = M.libraries, sources = M.sources,
  }
end

M.norm = { name = "norm", type = "enum", allowed = { "none", "l1", "l2" }, default = "none",
  doc = "divide a text's numbers by the sum of their absolute values (`l1`) or by their length (`l2`)" }

return M
