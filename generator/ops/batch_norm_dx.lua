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
--   dx = gamma invstd (m - mean(m) - xhat mean(m xhat)) + more
--
-- `more` is what x's other readers give (the fuse_gradients pass). It and x may have more channels than gamma:
-- the first ones count.

local graph = require "generator.graph.graph"
local normalisations = require "generator.backends.normalisations"

return {
  name = "batch_norm_dx",
  doc = "Gradients of `batch_norm`.",
  inputs = { "dy", "dy2?", "x", "y?", "gamma", "beta?", "mean", "invstd", "more?" },
  outputs = { "dx", "dgamma", "dbeta", "dresidual" },
  attrs = {
    { name = "residual", default = false, doc = "whether the masked gradient is kept for a residual" },
    { name = "ceiling", optional = true, doc = "upper bound of that ReLU: 6 for ReLU6" },
  },
  infer = function(n)
    local s, c = n.inputs.dy.shape, n.inputs.gamma.shape
    local more = n.inputs.more and n.inputs.more.shape[2] or c[1]
    if n.inputs.x.shape[2] < c[1] or more < c[1] then
      return nil, string.format("x %s or `more` has fewer than %d channels", graph.shape_text(n.inputs.x.shape), c[1])
    end
    return {
      dx = { shape = s }, dgamma = { shape = c }, dbeta = { shape = c },
      dresidual = n.attrs.residual and { shape = s } or nil,
    }
  end,
  cost = function(n) return 11 * graph.count(n.inputs.dy.shape) end,
  grad = false,
  bf16 = normalisations.bf16 { "dy", "dy2", "x", "y", "more", "dx", "dresidual" },
  kernels = normalisations.backward,
  inplace = { dx = { "x", "dy" }, dresidual = "dy" },
  -- without `more` and a wide x its values are the gradients of batch_norm's vectors
  reference = [[
at = lambda v: v[:, None, None]
c = gamma.shape[0]
xhat = (x[:, :c] - at(mean)) * at(invstd)
m = dy if beta is None else torch.where(xhat * at(gamma) + at(beta) > 0, dy, torch.zeros_like(dy))
over = lambda v: v.mean(dim=(0, 2, 3), keepdim=True)
dx = at(gamma * invstd) * (m - over(m) - xhat * over(m * xhat)) + (0 if more is None else more[:, :c])
]],
  tests = {
    { dy = { 2, 32, 3, 3 }, x = { 2, 48, 3, 3 }, gamma = { 32 }, mean = { 32 }, invstd = { 32 }, beta = { 32 },
      more = { 2, 64, 3, 3 }, outputs = { "dx" } },
    { dy = { 3, 16, 20, 20 }, x = { 3, 16, 20, 20 }, gamma = { 16 }, mean = { 16 }, invstd = { 16 },
      more = { 3, 32, 20, 20 }, outputs = { "dx" } },
    { dy = { 2, 5, 3, 3 }, x = { 2, 5, 3, 3 }, gamma = { 5 }, mean = { 5 }, invstd = { 5 }, more = { 2, 5, 3, 3 },
      outputs = { "dx" } },
  },
  tolerance = 2e-4,
}
