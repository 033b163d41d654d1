-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Convolution along the steps of sequences (batch, length, features), the length kept:
--
--   y[t] = b + sum over k of x[t - padding + k] w[k],   x being zero before the first and behind the last step.
--
-- w is (taps, in, out), which conv1d_weights makes of what is saved, or (in, out): one tap, a linear layer of
-- each step. The fused ReLU is put there by the fuse pass.

local graph = require "generator.graph.graph"
local sequences = require "generator.backends.sequences"

return {
  name = "conv1d",
  doc = "Convolution along the steps of a sequence, optionally with ReLU fused.",
  inputs = { "x", "w", "b?", "ids" }, outputs = { "y" },
  attrs = {
    { name = "padding", default = 0, doc = "steps that the first tap stands before a step" },
    { name = "relu", default = false, doc = "apply ReLU to the result" },
  },
  infer = function(n)
    local misfit = sequences.misfit(n, "x")
    if misfit then return nil, misfit end
    local x, w = n.inputs.x.shape, n.inputs.w.shape
    if #w > 3 or #w < 2 or w[#w - 1] ~= x[3] then
      return nil, string.format("input %s does not fit the weights %s", graph.shape_text(x), graph.shape_text(w))
    end
    return { y = { shape = { x[1], x[2], w[#w] } } }
  end,
  cost = function(n) return 2 * n.inputs.x.shape[1] * n.inputs.x.shape[2] * graph.count(n.inputs.w.shape) end,
  grad = function(g, n, d)
    local p, w = n.inputs, n.inputs.w
    local dy, taps = d.y, sequences.taps(w)
    if n.attrs.relu then dy = g:node("relu_dx", n.path, { dy = dy, y = n.outputs.y }).dx end
    local out = {}
    if d.needs.x then
      local turned = g:node("conv1d_weights", n.path, { w = w }, { form = "turn" }).y
      out.x = g:node("conv1d", n.path, { x = dy, w = turned, ids = p.ids },
        { padding = taps - 1 - n.attrs.padding }).y
    end
    if d.needs.w or p.b and d.needs.b then
      local made = g:node("conv1d_dw", n.path, { x = p.x, dy = dy, ids = p.ids },
        { kernel_size = taps, padding = n.attrs.padding, flat = #w.shape == 2 })
      out.w, out.b = made.dw, p.b and made.db
    end
    return out
  end,
  kernels = {
    c = { body = sequences.conv_plain },
    vector = { backend = "c", rank = 1, when = sequences.conv_fits, body = sequences.conv_fast },
  },
  reference = [[
assert not relu
m = (torch.arange(x.shape[1]) < ids[:, :1])[..., None]
k = w if w.dim() == 3 else w[None]
f = F.conv1d(F.pad((x * m).transpose(1, 2), (padding, k.shape[0] - 1 - padding)), k.permute(2, 1, 0), b)
y = f.transpose(1, 2) * m
]],
  tests = {
    { x = { 3, 6, 5 }, w = { 3, 5, 4 }, b = { 4 }, attrs = { padding = 1 },
      int = { ids = { 3, 7, values = { 6, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 } } } },
    { x = { 2, 29, 17 }, w = { 4, 17, 40 }, attrs = { padding = 1 },
      int = { ids = { 2, 30, max = 29 } } },
    { x = { 5, 14, 33 }, w = { 33, 20 }, b = { 20 }, int = { ids = { 5, 15, max = 14 } } },
    { x = { 2, 5, 3 }, w = { 7, 3, 2 }, b = { 2 }, attrs = { padding = 3 }, int = { ids = { 2, 6, max = 5 } } },
  },
  layer = {
    kind = "conv1d",
    doc = "Convolution along the steps of a sequence, as torch.nn.Conv1d with stride 1 and padding \"same\".",
    fields = {
      { name = "outputs", type = "integer", min = 1, required = true, doc = "output features" },
      { name = "kernel_size", type = "integer", min = 1, max = 64, required = true, doc = "steps that it spans" },
      { name = "bias", type = "boolean", default = true, doc = "whether there is a bias" },
    },
    random = false, -- random models read images
    build = function(b, x, layer)
      local ids = sequences.ids(b, "conv1d", x)
      local inputs, taps = x.shape[3], layer.kernel_size
      local bound = 1 / math.sqrt(inputs * taps) -- kaiming_uniform with a = sqrt(5), torch's default
      local init = { kind = "uniform", a = -bound, b = bound }
      local saved = b:parameter("weight", { layer.outputs, inputs, taps }, init)
      local w = b:op("conv1d_weights", { w = saved }, { form = "pack" }).y
      return b:op("conv1d", { x = x, w = w, b = layer.bias and b:parameter("bias", { layer.outputs }, init) or nil,
        ids = ids }, { padding = (taps - 1) // 2 }).y
    end,
  },
}
