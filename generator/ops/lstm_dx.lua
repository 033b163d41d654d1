-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The gradient of lstm through time: what the gates' arguments (lstm's x) have of it. `w` is the recurrent
-- weights turned, (4 states, states). What they and their bias have of it are sums over steps, made by conv1d_dw.

local graph = require "generator.graph.graph"
local recurrent = require "generator.backends.recurrent"
local sequences = require "generator.backends.sequences"

return {
  name = "lstm_dx",
  doc = "Gradient of `lstm` with respect to its input.",
  inputs = { "dy", "gates", "cells", "w", "ids" }, outputs = { "dx" },
  attrs = { { name = "reverse", default = false, doc = "from the last step to the first" } },
  infer = function(n)
    local misfit = sequences.misfit(n, "dy") or sequences.misfit(n, "gates")
    if misfit then return nil, misfit end
    return { dx = { shape = n.inputs.gates.shape } }
  end,
  cost = function(n) return 2 * n.inputs.dy.shape[1] * n.inputs.dy.shape[2] * graph.count(n.inputs.w.shape) end,
  grad = false,
  kernels = {
    c = { body = recurrent.lstm_dx_plain },
    vector = { backend = "c", rank = 1, when = recurrent.fits, body = recurrent.lstm_dx_fast },
  },
  -- The gates and cells of a case are numbers of no sequence: the rules are written out.
  reference = [[
N, L, H = dy.shape
dx = torch.zeros_like(gates)
for s in range(N):
    count = int(ids[s, 0])
    order = list(reversed(range(count))) if reverse else list(range(count))
    dh = dc = torch.zeros(H, dtype=dy.dtype)
    for k in reversed(range(count)):
        t = order[k]
        i, f, g, o = gates[s, t].chunk(4)
        last = order[k - 1] if k > 0 else 0
        before = cells[s, last] if k > 0 else torch.zeros(H, dtype=dy.dtype)
        squashed = torch.tanh(cells[s, t])
        dh = dy[s, t] + dh
        dc = dc + dh * o * (1 - squashed ** 2)
        d = [dc * g * i * (1 - i), dc * before * f * (1 - f), dc * i * (1 - g ** 2), dh * squashed * o * (1 - o)]
        dx[s, t] = torch.cat(d)
        dh, dc = dx[s, t] @ w, dc * f
]],
  tests = {
    { dy = { 3, 4, 3 }, gates = { 3, 4, 12 }, cells = { 3, 4, 3 }, w = { 12, 3 },
      int = { ids = { 3, 5, values = { 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0 } } } },
    { dy = { 5, 3, 20 }, gates = { 5, 3, 80 }, cells = { 5, 3, 20 }, w = { 80, 20 }, attrs = { reverse = true },
      int = { ids = { 5, 4, max = 3 } } },
  },
}
