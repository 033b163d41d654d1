-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradients of conv1d with respect to its weights and bias: dw[k] = sum over samples and steps t of
-- x[t - padding + k]^T dy[t], db = sum of dy. With one tap and a padding of 1 or -1 x is the step before or
-- after: what a recurrent layer's weights need.

local graph = require "generator.graph.graph"
local sequences = require "generator.backends.sequences"

return {
  name = "conv1d_dw",
  doc = "Gradients of `conv1d` with respect to its weights and its bias.",
  inputs = { "x", "dy", "ids" }, outputs = { "dw", "db" },
  attrs = {
    { name = "kernel_size", doc = "taps" },
    { name = "padding", doc = "steps that the first tap stands before a step" },
    { name = "flat", default = false, doc = "the one tap's weights are (in, out)" },
  },
  infer = function(n)
    local misfit = sequences.misfit(n, "x") or sequences.misfit(n, "dy")
    if misfit then return nil, misfit end
    local d, o = n.inputs.x.shape[3], n.inputs.dy.shape[3]
    if n.attrs.flat and n.attrs.kernel_size ~= 1 then return nil, "flat weights have one tap" end
    return { dw = { shape = n.attrs.flat and { d, o } or { n.attrs.kernel_size, d, o } }, db = { shape = { o } } }
  end,
  cost = function(n)
    return 2 * graph.count(n.inputs.x.shape) * n.attrs.kernel_size * n.inputs.dy.shape[3]
  end,
  grad = false,
  kernels = {
    c = { body = sequences.conv_dw_plain },
    vector = {
      backend = "c", rank = 1, when = function(_, target) return target.fast end,
      body = sequences.conv_dw_fast,
    },
  },
  reference = [[
m = (torch.arange(x.shape[1]) < ids[:, :1])[..., None]
e = dy * m
p = F.pad((x * m).transpose(1, 2), (x.shape[1], x.shape[1]))
steps = range(x.shape[1])
w = [sum(p[:, :, x.shape[1] + t - padding + k].T @ e[:, t] for t in steps) for k in range(kernel_size)]
dw = w[0] if flat else torch.stack(w)
db = e.sum((0, 1))
]],
  tests = {
    { x = { 3, 6, 5 }, dy = { 3, 6, 4 }, attrs = { kernel_size = 3, padding = 1 }, int = { ids = { 3, 7, max = 6 } } },
    { x = { 2, 9, 37 }, dy = { 2, 9, 40 }, attrs = { kernel_size = 2, padding = 0 },
      int = { ids = { 2, 10, max = 9 } } },
    { x = { 2, 7, 13 }, dy = { 2, 7, 20 }, attrs = { kernel_size = 1, padding = 1, flat = true },
      int = { ids = { 2, 8, max = 7 } } },
    { x = { 2, 7, 3 }, dy = { 2, 7, 5 }, attrs = { kernel_size = 1, padding = -1 },
      int = { ids = { 2, 8, max = 7 } } },
  },
}
