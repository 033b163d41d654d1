-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The encoder of BERT (Devlin et al. 2019) as a layer: token ids to one vector per text. A batch is packed
-- first (generator/backends/rows.lua), so that padding is neither stored nor computed. Names, order, shapes and
-- initialisation are those of Hugging Face's `BertModel`: embeddings.word_embeddings.weight,
-- encoder.layer.0.attention.self.query.weight, …, pooler.dense.weight. Every text is one segment.

local graph = require "generator.graph.graph"

-- Runs f below the names of a dotted path.
local function within(b, path, f)
  local depth = #b.names
  for name in path:gmatch "[^.]+" do b.names[#b.names + 1] = name end
  local a, second = f()
  for i = #b.names, depth + 1, -1 do b.names[i] = nil end
  return a, second
end

local normal = { kind = "normal", a = 0, b = 0.02 }
local zero, one = { kind = "constant", a = 0 }, { kind = "constant", a = 1 }

local function dense(b, path, x, outputs, rows, gelu)
  return within(b, path, function()
    local w = b:parameter("weight", { x.shape[2], outputs }, normal, { transposed = true })
    return b:op("linear", { x = x, w = w, b = b:parameter("bias", { outputs }, zero), rows = rows },
      { gelu = gelu or false, keep = gelu and b.training or false }).y
  end)
end

-- LayerNorm(dropout(x) + residual)
local function norm(b, path, x, residual, rows, p, eps)
  return within(b, path, function()
    local features = x.shape[2]
    return b:op("layer_norm", { x = x, residual = residual, rows = rows,
      gamma = b:parameter("weight", { features }, one), beta = b:parameter("bias", { features }, zero) },
      { eps = eps, keep = b.training or false, p = p, stream = p > 0 and b:stream() or 0 }).y
  end)
end

local function dropout(b, x, p, rows)
  if not b.training or p == 0 then return x end
  return b:op("dropout", { x = x, rows = rows }, { p = p, stream = b:stream() }).y
end

local fields = {
  { name = "layers", type = "integer", min = 1, default = 12, doc = "transformer layers" },
  { name = "hidden", type = "integer", min = 1, default = 768, doc = "features of a token" },
  { name = "heads", type = "integer", min = 1, default = 12, doc = "attention heads; they divide `hidden`" },
  { name = "intermediate", type = "integer", min = 1,
    doc = "features between the two products behind the attention; default: 4 times `hidden`" },
  { name = "vocabulary", type = "integer", min = 1,
    doc = "rows of the table of tokens; default: those of the features" },
  { name = "max_position", type = "integer", min = 1, default = 512, doc = "rows of the table of positions" },
  { name = "type_vocabulary", type = "integer", min = 1, default = 2,
    doc = "rows of the table of segments; a text is the first" },
  { name = "dropout", type = "number", min = 0, below = 1, default = 0.1,
    doc = "probability of zero behind embeddings and sublayers" },
  { name = "attention_dropout", type = "number", min = 0, below = 1,
    doc = "the same of attention's probabilities; default: `dropout`" },
  { name = "pooling", type = "enum", allowed = { "cls", "mean" }, default = "cls",
    doc = "what stands for a text: its first token, or the mean of its tokens" },
  { name = "pooler", type = "boolean",
    doc = "whether a linear layer with tanh follows; default: with `cls`" },
  { name = "eps", type = "number", above = 0, default = 1e-12, doc = "added to the variances of layer norms" },
}

local function check(o)
  if o.hidden % o.heads ~= 0 then
    return "heads", string.format("must divide `hidden` (%d is no multiple of %d)", o.hidden, o.heads)
  end
end

local function build(b, x, layer)
  if x.dtype ~= "i32" or #x.shape ~= 2 then
    b:fail("expects token ids (features = wordpiece { … }), found %s %s", x.dtype, graph.shape_text(x.shape))
  end
  local length, known = x.shape[2] - 1, x.ids_below
  local vocabulary = layer.vocabulary or known
  if not vocabulary then b:fail("`vocabulary` is not known: the features do not say it") end
  if known and known > vocabulary then
    b:fail("its table has %d rows, the features give ids up to %d: vocabulary = %d", vocabulary, known - 1, known)
  end
  if length > layer.max_position then
    b:fail("texts have up to %d tokens, its table of positions has %d rows (max_position)", length, layer.max_position)
  end
  local p = layer.dropout
  local attention_p = b.training and (layer.attention_dropout or p) or 0
  local sublayer_p = b.training and p or 0
  local rows = b:op("token_rows", { x = x }).rows
  local hidden = layer.hidden
  local h = within(b, "embeddings", function()
    local function table_of(name, count)
      return within(b, name, function() return b:parameter("weight", { count, hidden }, normal) end)
    end
    local y = b:op("embedding", { x = x, rows = rows, word = table_of("word_embeddings", vocabulary),
      position = table_of("position_embeddings", layer.max_position),
      segment = table_of("token_type_embeddings", layer.type_vocabulary) }).y
    return dropout(b, norm(b, "LayerNorm", y, nil, rows, 0, layer.eps), p, rows)
  end)
  for i = 0, layer.layers - 1 do
    h = within(b, "encoder.layer." .. i, function()
      local mixed = within(b, "attention.self", function()
        local q, k, v = dense(b, "query", h, hidden, rows), dense(b, "key", h, hidden, rows),
          dense(b, "value", h, hidden, rows)
        return b:op("attention", { q = q, k = k, v = v, rows = rows }, { heads = layer.heads, length = length,
          p = attention_p, stream = attention_p > 0 and b:stream() or 0, keep = b.training or false }).y
      end)
      local attended = within(b, "attention.output", function()
        return norm(b, "LayerNorm", dense(b, "dense", mixed, hidden, rows), h, rows, sublayer_p, layer.eps)
      end)
      local wide = dense(b, "intermediate.dense", attended, layer.intermediate or 4 * hidden, rows, true)
      return within(b, "output", function()
        return norm(b, "LayerNorm", dense(b, "dense", wide, hidden, rows), attended, rows, sublayer_p, layer.eps)
      end)
    end)
  end
  local first = layer.pooling == "cls"
  local y = b:op("pool_rows", { x = h, rows = rows }, { mode = first and "first" or "mean" }).y
  local pooler = layer.pooler
  if pooler == nil then pooler = first end
  if pooler then y = b:op("tanh", { x = dense(b, "pooler.dense", y, hidden) }).y end
  return y
end

return {
  kind = "bert_encoder", section = "layer",
  doc = "BERT's encoder: token ids to one vector per text, with the names of Hugging Face's `BertModel`.",
  fields = fields, check = check, build = build,
  random = false, -- random models see images
}
