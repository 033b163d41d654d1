-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Rows of tables for the ids of texts, packed (generator/backends/rows.lua): the row of the id, and where the
-- tables are there the row of its place in the text and that of the first segment (a text is one segment),
-- as the input of BERT (Devlin et al. 2019).

local graph = require "generator.graph.graph"
local rows = require "generator.backends.rows"
local render = require("generator.base.render").render

local function length(n) return n.inputs.x.shape[2] - 1 end

return {
  name = "embedding",
  doc = "Rows of tables for token ids: of the id, of its place and of the segment, added.",
  inputs = { "x", "rows", "word", "position?", "segment?" }, outputs = { "y" }, attrs = {},
  infer = function(n)
    local p = n.inputs
    local features = p.word.shape[2]
    for _, port in ipairs { "position", "segment" } do
      if p[port] and p[port].shape[2] ~= features then
        return nil, string.format("the tables have rows of %d and %d", features, p[port].shape[2])
      end
    end
    if p.position and p.position.shape[1] < length(n) then
      return nil, string.format("texts of up to %d ids need as many positions, the table has %d", length(n),
        p.position.shape[1])
    end
    return { y = { shape = { p.x.shape[1] * length(n), features } } }
  end,
  cost = function(n) return 2 * graph.count(n.outputs.y.shape) end,
  grad = function(g, n, d)
    local p = n.inputs
    local out = g:node("embedding_dw", n.path, { x = p.x, rows = p.rows, dy = d.y }, {
      words = d.needs.word and p.word.shape[1] or nil, positions = d.needs.position and p.position.shape[1] or nil,
      segments = d.needs.segment and p.segment.shape[1] or nil,
    })
    return { word = out.dword, position = out.dposition, segment = out.dsegment }
  end,
  kernels = {
    c = {
      body = function(n)
        local p = n.inputs
        local more = p.position and " + position[t * ${D} + i]" or ""
        more = more .. (p.segment and " + segment[i]" or "")
        return render(render([[
${loop}
for (int n = 0; n < ${N}; n++)
    for (int t = 0; t < rows[n + 1] - rows[n]; t++) {
        const real *in = word + (ptrdiff_t)x[n * ${L} + 1 + t] * ${D};
        real *out = y + (ptrdiff_t)(rows[n] + t) * ${D};
        for (int i = 0; i < ${D}; i++) out[i] = in[i]${more};
    }
]], { N = p.x.shape[1], L = p.x.shape[2], D = "${D}", more = more, loop = rows.loop(n.outputs.y, 4) }),
          { D = p.word.shape[2] })
      end,
    },
  },
  reference = [=[
y = []
for n in range(x.shape[0]):
    count = int(rows[n + 1] - rows[n])
    row = word[x[n, 1:1 + count]]
    if position is not None:
        row = row + position[:count]
    if segment is not None:
        row = row + segment[0]
    y.append(row)
y = torch.cat(y)
]=],
  tests = {
    { word = { 9, 5 },
      int = { rows = { 3, values = { 0, 3, 6 } }, x = { 2, 4, values = { 3, 8, 1, 8, 3, 0, 2, 8 } } } },
    { word = { 9, 6 }, position = { 4, 6 }, segment = { 2, 6 },
      int = { rows = { 3, values = { 0, 3, 6 } }, x = { 2, 4, values = { 3, 8, 1, 8, 3, 0, 2, 8 } } } },
  },
}
