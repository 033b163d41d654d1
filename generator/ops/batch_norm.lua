-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Batch normalisation in training (Ioffe and Szegedy 2015, as torch.nn.BatchNorm1d and 2d), with the
-- residual sum and ReLU that usually follow fused in:
--
--   y = relu((x - mean) * invstd * gamma + beta + residual)
--
-- mean and (biased) variance are those of the batch; the running ones move by `momentum` with the
-- unbiased variance; without them (computed again for the backward pass, passes/checkpoint.lua) nothing
-- moves. Works on (N, C) and (N, C, H, W). x may have more channels than gamma: the first ones count
-- (the concat_in_place pass).

local graph = require "generator.graph.graph"
local normalisations = require "generator.backends.normalisations"

return {
  name = "batch_norm",
  doc = "Batch normalisation with the batch's statistics, optional residual sum and ReLU fused.",
  inputs = { "x", "gamma", "beta", "running_mean?", "running_var?", "residual?" },
  outputs = { "y", "mean", "invstd" },
  attrs = {
    { name = "eps", default = 1e-5, doc = "added to the variance" },
    { name = "momentum", default = 0.1, doc = "weight of this batch in the running statistics" },
    { name = "relu", default = false, doc = "apply ReLU to the result" },
    { name = "ceiling", optional = true, doc = "upper bound of that ReLU: 6 for ReLU6" },
  },
  mutates = { "running_mean", "running_var" },
  infer = function(n)
    local s = n.inputs.x.shape
    if s[1] * graph.count({ table.unpack(s, 3) }) < 2 then
      return nil, string.format("needs more than one value per channel, found %s; where that is the incomplete "
        .. 'last batch of an epoch, train.last_batch = "drop" leaves it out', graph.shape_text(s))
    end
    local channels = n.inputs.gamma.shape[1]
    if channels > s[2] then
      return nil, string.format("%s does not fit %d channels", graph.shape_text(s), channels)
    end
    local y = { s[1], channels, table.unpack(s, 3) }
    return { y = { shape = y }, mean = { shape = { channels } }, invstd = { shape = { channels } } }
  end,
  cost = function(n) return 8 * graph.count(n.outputs.y.shape) end,
  grad = function(g, n, d)
    local o = g:node("batch_norm_dx", n.path, {
      dy = d.y, x = n.inputs.x, gamma = n.inputs.gamma, mean = n.outputs.mean, invstd = n.outputs.invstd,
      -- where ReLU let through: from the output, or, with nothing added before it, again from x
      y = n.attrs.relu and n.inputs.residual and n.outputs.y or nil,
      beta = n.attrs.relu and not n.inputs.residual and n.inputs.beta or nil,
    }, { residual = n.attrs.relu and n.inputs.residual ~= nil, ceiling = n.attrs.ceiling })
    return { x = o.dx, gamma = o.dgamma, beta = o.dbeta, residual = n.inputs.residual and (o.dresidual or d.y) }
  end,
  bf16 = normalisations.bf16 { "x", "residual", "y" },
  kernels = normalisations.forward,
  inplace = { y = "residual" },
  onnx = "BatchNormalization",
  reference = "((lambda v: F.hardtanh(v, 0, a.ceiling)) if hasattr(a, 'ceiling') else F.relu if relu "
    .. "else (lambda v: v))(F.batch_norm(x, "
    .. "running_mean, running_var, gamma, beta, True, momentum, eps) + (0 if residual is None else residual))",
  tests = {
    { x = { 4, 3 }, gamma = { 3 }, beta = { 3 } , running_mean = { 3 }, running_var = { 3 }, outputs = { "y" } },
    { x = { 2, 16, 3, 4 }, gamma = { 16 }, beta = { 16 }, running_mean = { 16 }, running_var = { 16 },
      outputs = { "y" } },
    { x = { 2, 20, 3, 3 }, gamma = { 20 }, beta = { 20 }, running_mean = { 20 }, running_var = { 20 },
      outputs = { "y" } },
    { x = { 2, 20, 3, 3 }, gamma = { 20 }, beta = { 20 }, running_mean = { 20 }, running_var = { 20 },
      attrs = { relu = true }, outputs = { "y" } },
    { x = { 3, 17, 3, 2 }, gamma = { 17 }, beta = { 17 }, running_mean = { 17 }, running_var = { 17 },
      residual = { 3, 17, 3, 2 }, attrs = { relu = true, momentum = 0.3 }, outputs = { "y" } },
    -- a ceiling low enough to be reached
    { x = { 2, 20, 3, 3 }, gamma = { 20 }, beta = { 20 }, running_mean = { 20 }, running_var = { 20 },
      attrs = { relu = true, ceiling = 1 }, outputs = { "y" } },
    { x = { 3, 17, 3, 2 }, gamma = { 17 }, beta = { 17 }, running_mean = { 17 }, running_var = { 17 },
      residual = { 3, 17, 3, 2 }, attrs = { relu = true, ceiling = 1 }, outputs = { "y" } },
  },
  tolerance = 1e-4,
  layer = {
    kind = "batch_norm", doc = "Batch normalisation, as torch.nn.BatchNorm1d and 2d.",
    fields = {
      { name = "eps", type = "number", above = 0, default = 1e-5, doc = "added to the variance" },
      { name = "momentum", type = "number", min = 0, max = 1, default = 0.1,
        doc = "weight of a batch in the running statistics" },
    },
    random = function(_, shape) -- of a handful of values the variance says nothing
      return shape[1] * (shape[3] or 1) * (shape[4] or 1) >= 12 and {} or nil
    end,
    build = function(b, x, layer)
      local channels = { x.shape[2] }
      local inputs = {
        x = x,
        gamma = b:parameter("weight", channels, { kind = "constant", a = 1 }),
        beta = b:parameter("bias", channels, { kind = "constant", a = 0 }),
        running_mean = b:buffer("running_mean", channels, { kind = "constant", a = 0 }),
        running_var = b:buffer("running_var", channels, { kind = "constant", a = 1 }),
      }
      if b.training then
        return b:op("batch_norm", inputs, { eps = layer.eps, momentum = layer.momentum }).y
      end
      return b:op("batch_norm_inference", inputs, { eps = layer.eps }).y
    end,
  },
}
