-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- BERT with a classifier (Devlin et al. 2019), as Hugging Face's `BertForSequenceClassification`: its weights
-- load by their names, bert.embeddings… to classifier.weight.

local encoder = require "generator.models.bert_encoder"

local fields = { table.unpack(encoder.fields) }
fields[#fields + 1] = { name = "classifier_dropout", type = "number", min = 0, below = 1,
  doc = "probability of zero in front of the classifier; default: `dropout`" }

return {
  kinds = { "bert" }, section = "model",
  doc = "BERT (Devlin et al. 2019) with a classifier, as Hugging Face's `BertForSequenceClassification`; the default "
    .. "sizes are those of `bert-base`.",
  fields = fields, check = encoder.check,
  -- What checkpoints call a tensor instead: those of `BertModel` alone lack the prefix, those that come from
  -- TensorFlow call a norm's scale and shift gamma and beta.
  other_names = function(name)
    local list, bare = {}, name:match("^bert%.(.*)$")
    local function add(text)
      local old = text:gsub("LayerNorm%.weight$", "LayerNorm.gamma"):gsub("LayerNorm%.bias$", "LayerNorm.beta")
      if text ~= name then list[#list + 1] = text end
      if old ~= text then list[#list + 1] = old end
    end
    add(name)
    if bare then add(bare) end
    return list
  end,
  build = function(l, p, context)
    local own = { name = "bert" }
    for _, f in ipairs(encoder.fields) do own[f.name] = p[f.name] end
    return l.sequential {
      l.bert_encoder(own),
      l.dropout { name = "dropout", p = p.classifier_dropout or p.dropout },
      l.linear { name = "classifier", outputs = context.classes, init = "normal_0_02", bias_init = "zero" },
    }
  end,
}
