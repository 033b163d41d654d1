-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The recurrence of a long short-term memory (Hochreiter and Schmidhuber 1997; with forget gates, Gers et al.
-- 2000), all steps of a sequence in one node. x is what the inputs give to the gates, w_ih x_t + b_ih (a conv1d
-- with one tap), in torch.nn.LSTM's order of gates:
--
--   i, f, g, o = x_t + h_{t-1} w_hh + b_hh
--   c_t = sigmoid(f) c_{t-1} + sigmoid(i) tanh(g),   h_t = sigmoid(o) tanh(c_t),   h and c being zero at first.
--
-- `reverse` goes from the last step of each sequence to the first. `keep`: the gates (after their functions) and
-- the cells stay for the gradient.

local graph = require "generator.graph.graph"
local recurrent = require "generator.backends.recurrent"
local sequences = require "generator.backends.sequences"

-- One direction of one layer, as torch.nn.LSTM names its tensors.
local function direction(b, x, ids, layer, index, reverse)
  local h, d = layer.outputs, x.shape[3]
  local suffix = "_l" .. index .. (reverse and "_reverse" or "")
  local bound = 1 / math.sqrt(h)
  local init = { kind = "uniform", a = -bound, b = bound }
  local w_ih = b:parameter("weight_ih" .. suffix, { d, 4 * h }, init, { transposed = true })
  local w_hh = b:parameter("weight_hh" .. suffix, { h, 4 * h }, init, { transposed = true })
  local b_ih = b:parameter("bias_ih" .. suffix, { 4 * h }, init)
  local b_hh = b:parameter("bias_hh" .. suffix, { 4 * h }, init)
  local gates = b:op("conv1d", { x = x, w = w_ih, b = b_ih, ids = ids }).y
  return b:op("lstm", { x = gates, w = w_hh, b = b_hh, ids = ids }, { reverse = reverse, keep = b.training or false }).y
end

return {
  name = "lstm",
  doc = "The recurrence of a long short-term memory over the steps of a sequence.",
  inputs = { "x", "w", "b", "ids" }, outputs = { "y", "gates", "cells" },
  attrs = {
    { name = "reverse", default = false, doc = "from the last step to the first" },
    { name = "keep", default = true, doc = "give what the gradient needs" },
  },
  infer = function(n)
    local misfit = sequences.misfit(n, "x")
    if misfit then return nil, misfit end
    local x, w, b = n.inputs.x.shape, n.inputs.w.shape, n.inputs.b.shape
    local want = { x[3] // 4, x[3] }
    if x[3] % 4 ~= 0 or graph.shape_text(w) ~= graph.shape_text(want) or graph.shape_text(b) ~= "(" .. x[3] .. ")" then
      return nil, string.format("four gates %s do not fit the weights %s and the bias %s", graph.shape_text(x),
        graph.shape_text(w), graph.shape_text(b))
    end
    local states = { x[1], x[2], want[1] }
    return { y = { shape = states }, gates = n.attrs.keep and { shape = x } or nil,
             cells = n.attrs.keep and { shape = states } or nil }
  end,
  cost = function(n) return 2 * n.inputs.x.shape[1] * n.inputs.x.shape[2] * graph.count(n.inputs.w.shape) end,
  grad = function(g, n, d)
    local p, reverse = n.inputs, n.attrs.reverse
    local turned = g:node("conv1d_weights", n.path, { w = p.w }, { form = "turn" }).y
    local dx = g:node("lstm_dx", n.path,
      { dy = d.y, gates = n.outputs.gates, cells = n.outputs.cells, w = turned, ids = p.ids }, { reverse = reverse }).dx
    -- the step before in the order of reading
    local made = g:node("conv1d_dw", n.path, { x = n.outputs.y, dy = dx, ids = p.ids },
      { kernel_size = 1, padding = reverse and -1 or 1, flat = true })
    return { x = dx, w = made.dw, b = made.db }
  end,
  kernels = {
    c = { body = recurrent.lstm_plain },
    vector = { backend = "c", rank = 1, when = recurrent.fits, body = recurrent.lstm_fast },
  },
  reference = [[
H, n = w.shape[0], x.shape[0]
rows = []
for s in range(n):
    count = int(ids[s, 0])
    h = c = torch.zeros(H, dtype=x.dtype)
    steps = [torch.zeros(H, dtype=x.dtype)] * x.shape[1]
    for t in reversed(range(count)) if reverse else range(count):
        i, f, g, o = (x[s, t] + h @ w + b).chunk(4)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        steps[t] = h
    rows.append(torch.stack(steps))
y = torch.stack(rows)
]],
  tests = {
    { x = { 3, 4, 12 }, w = { 3, 12 }, b = { 12 }, outputs = { "y" },
      int = { ids = { 3, 5, values = { 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0 } } } },
    { x = { 5, 6, 80 }, w = { 20, 80 }, b = { 80 }, outputs = { "y" }, attrs = { reverse = true },
      int = { ids = { 5, 7, max = 6 } } },
    { x = { 26, 3, 64 }, w = { 16, 64 }, b = { 64 }, outputs = { "y" }, int = { ids = { 26, 4, max = 3 } } },
  },
  layer = {
    kind = "lstm",
    doc = "Long short-term memory, as torch.nn.LSTM, its tensors' names included: over a sequence, from zeros.",
    fields = {
      { name = "outputs", type = "integer", min = 1, required = true, doc = "numbers of its state (hidden_size)" },
      { name = "layers", type = "integer", min = 1, max = 16, default = 1, doc = "one over the other" },
      { name = "bidirectional", type = "boolean", default = false,
        doc = "a second one reads from the end; outputs are joined" },
      { name = "dropout", type = "number", min = 0, below = 1, default = 0, doc = "between layers" },
      { name = "gives", type = "enum", allowed = { "sequence", "last" }, default = "sequence",
        doc = "its state after each step, or only what it ends with (of both directions): (batch, features)" },
    },
    check = function(o)
      if o.layers == 1 and (o.dropout or 0) > 0 then return "dropout", "is between layers, and there is one" end
    end,
    random = false, -- random models read images
    build = function(b, x, layer)
      local ids = sequences.ids(b, "lstm", x)
      local ends
      for index = 0, layer.layers - 1 do
        if index > 0 and layer.dropout > 0 and b.training then
          x = b:op("dropout", { x = x }, { p = layer.dropout, stream = b:stream() }).y
        end
        local forward = direction(b, x, ids, layer, index, false)
        local backward = layer.bidirectional and direction(b, x, ids, layer, index, true)
        local last = layer.gives == "last" and index == layer.layers - 1
        if last then
          ends = b:op("last_step", { x = forward, ids = ids }).y
          if backward then
            local first = b:op("last_step", { x = backward, ids = ids }, { reverse = true }).y
            ends = b:op("concat", { a = ends, b = first }).y
          end
        else
          x = backward and b:op("sequence_concat", { a = forward, b = backward }).y or forward
        end
      end
      return ends or x
    end,
  },
}
