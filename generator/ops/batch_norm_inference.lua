-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Batch normalisation with the running statistics. Where a convolution comes before it, the fold pass
-- replaces it by other weights of the convolution. x may have more channels than gamma: the first ones
-- count (the concat_in_place pass).

local graph = require "generator.graph.graph"
local normalisations = require "generator.backends.normalisations"

return {
  name = "batch_norm_inference",
  doc = "Batch normalisation with the running statistics, optional ReLU fused.",
  inputs = { "x", "gamma", "beta", "running_mean", "running_var" }, outputs = { "y" },
  attrs = {
    { name = "eps", default = 1e-5, doc = "added to the variance" },
    { name = "relu", default = false, doc = "apply ReLU to the result" },
    { name = "ceiling", optional = true, doc = "upper bound of that ReLU: 6 for ReLU6" },
  },
  infer = function(n)
    local s, channels = n.inputs.x.shape, n.inputs.gamma.shape[1]
    if channels > s[2] then
      return nil, string.format("%s does not fit %d channels", graph.shape_text(s), channels)
    end
    return { y = { shape = { s[1], channels, table.unpack(s, 3) } } }
  end,
  cost = function(n) return 2 * graph.count(n.outputs.y.shape) end,
  -- in a training step it is frozen whole (passes/freeze.lua): only its input can want a gradient
  grad = function(g, n, d)
    local dy = d.y
    if n.attrs.relu then
      dy = g:node(n.attrs.ceiling and "relu6_dx" or "relu_dx", n.path, { dy = dy, y = n.outputs.y },
        { ceiling = n.attrs.ceiling }).dx
    end
    return {
      x = g:node("batch_norm_inference_dx", n.path, { dy = dy, gamma = n.inputs.gamma,
        running_var = n.inputs.running_var }, { eps = n.attrs.eps }).dx,
    }
  end,
  bf16 = normalisations.bf16 { "x", "y" },
  kernels = normalisations.inference,
  inplace = { y = "x" },
  onnx = "BatchNormalization",
  reference = "((lambda v: F.hardtanh(v, 0, a.ceiling)) if hasattr(a, 'ceiling') else F.relu if relu "
    .. "else (lambda v: v))(F.batch_norm(x, running_mean.detach(), running_var.abs().detach(), gamma.detach(), "
    .. "beta.detach(), training=False, eps=eps))",
  tests = {
    { x = { 4, 3 }, gamma = { 3 }, beta = { 3 }, running_mean = { 3 }, running_var = { 3 },
      positive = { "running_var" } },
    { x = { 2, 20, 3, 3 }, gamma = { 20 }, beta = { 20 }, running_mean = { 20 }, running_var = { 20 },
      positive = { "running_var" } },
    { x = { 2, 20, 3, 3 }, gamma = { 20 }, beta = { 20 }, running_mean = { 20 }, running_var = { 20 },
      positive = { "running_var" }, attrs = { relu = true } },
    { x = { 2, 20, 3, 3 }, gamma = { 20 }, beta = { 20 }, running_mean = { 20 }, running_var = { 20 },
      positive = { "running_var" }, attrs = { relu = true, ceiling = 1 } },
  },
}
