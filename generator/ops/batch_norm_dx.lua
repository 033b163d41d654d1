-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradients of batch_norm with its fused ReLU and residual. With m = dy where y > 0 (and below the
-- ceiling, where ReLU has one; dy without ReLU;
-- y is read where it is given, or computed again from x where beta is),
-- xhat = (x - mean) invstd and means over batch and positions:
--
-- where dy2, put there by the fuse_gradients pass, is a second part of dy:
--
--   dbeta = sum m    dgamma = sum m xhat    dresidual = m
--   dx = gamma invstd (m - mean(m) - xhat mean(m xhat))

local graph = require "generator.graph.graph"
local normalisations = require "generator.backends.normalisations"

return {
  name = "batch_norm_dx",
  doc = "Gradients of `batch_norm`.",
  inputs = { "dy", "dy2?", "x", "y?", "gamma", "beta?", "mean", "invstd" },
  outputs = { "dx", "dgamma", "dbeta", "dresidual" },
  attrs = {
    { name = "residual", default = false, doc = "whether the masked gradient is kept for a residual" },
    { name = "ceiling", optional = true, doc = "upper bound of that ReLU: 6 for ReLU6" },
  },
  infer = function(n)
    local s, c = n.inputs.x.shape, n.inputs.gamma.shape
    return {
      dx = { shape = s }, dgamma = { shape = c }, dbeta = { shape = c },
      dresidual = n.attrs.residual and { shape = s } or nil,
    }
  end,
  cost = function(n) return 11 * graph.count(n.inputs.x.shape) end,
  grad = false,
  bf16 = normalisations.bf16 { "dy", "dy2", "x", "y", "dx", "dresidual" },
  kernels = normalisations.backward,
  inplace = { dx = { "x", "dy" }, dresidual = "dy" },
  reference = false, -- its values are the gradients of batch_norm's vectors
  tests = {},
  tolerance = 2e-4,
}
