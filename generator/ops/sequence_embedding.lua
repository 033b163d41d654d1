-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Rows of a table by ids: y[n][t] = w[ids[n][1 + t]] for the steps that count, zeros behind them.

local c = require "generator.backends.c"
local graph = require "generator.graph.graph"
local render = require("generator.base.render").render

return {
  name = "sequence_embedding",
  doc = "The rows of a table that a row of ids names, as a sequence.",
  inputs = { "ids", "w" }, outputs = { "y" }, attrs = {},
  infer = function(n)
    local ids, w = n.inputs.ids, n.inputs.w.shape
    if ids.dtype ~= "i32" or #ids.shape ~= 2 or ids.shape[2] < 2 then
      return nil, "expects rows of ids (batch, 1 + length), found " .. graph.shape_text(ids.shape)
    end
    if #w ~= 2 then return nil, "the table is " .. graph.shape_text(w) .. ", expected (ids, features)" end
    return { y = { shape = { ids.shape[1], ids.shape[2] - 1, w[2] } } }
  end,
  cost = function() return 0 end,
  grad = function(g, n, d)
    return { w = g:node("sequence_embedding_dw", n.path, { ids = n.inputs.ids, dy = d.y },
      { count = n.inputs.w.shape[1] }).dw }
  end,
  kernels = {
    c = {
      body = function(n)
        local s = n.outputs.y.shape
        return render([[
${loop}
for (int n = 0; n < ${N}; n++) {
    const int32_t *row = ids + (ptrdiff_t)n * (${L} + 1);
    real *to = y + (ptrdiff_t)n * ${L} * ${D};
    for (int t = 0; t < row[0]; t++)
        memcpy(to + (ptrdiff_t)t * ${D}, w + (ptrdiff_t)row[1 + t] * ${D}, ${D} * sizeof(real));
    memset(to + (ptrdiff_t)row[0] * ${D}, 0, (size_t)(${L} - row[0]) * ${D} * sizeof(real));
}
]], { N = s[1], L = s[2], D = s[3], loop = c.outer_loop(s[1], s[2] * s[3]) })
      end,
    },
  },
  reference = [[
m = (torch.arange(ids.shape[1] - 1) < ids[:, :1])[..., None]
y = F.embedding(ids[:, 1:], w) * m
]],
  tests = {
    { w = { 7, 5 }, int = { ids = { 3, 5, values = { 4, 1, 6, 1, 0, 2, 1, 3, 0, 0, 0, 0, 0, 0, 0 } } } },
    { w = { 4, 33 }, int = { ids = { 2, 4, max = 3 } } },
  },
  layer = {
    kind = "embedding",
    doc = "A row of a trained table for each id of a text, as torch.nn.Embedding: makes a sequence of ids.",
    fields = {
      { name = "features", type = "integer", min = 1, required = true, doc = "numbers of a row" },
      { name = "deviation", type = "number", above = 0, default = 1.0,
        doc = "standard deviation of the numbers that training begins with" },
    },
    random = false, -- random models read images
    build = function(b, x, layer)
      if x.dtype ~= "i32" or not x.ids_below then
        b:fail("embedding expects ids of texts, found %s %s; it comes first, after features such as word_ids",
          x.dtype == "i32" and "sparse vectors" or "numbers", graph.shape_text(x.shape))
      end
      b.graph.ids = x
      local w = b:parameter("weight", { x.ids_below, layer.features },
        { kind = "normal", a = 0, b = layer.deviation })
      return b:op("sequence_embedding", { ids = x, w = w }).y
    end,
  },
}
