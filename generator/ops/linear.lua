-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Fully connected layer, y = x w + b, with w kept as (in, out): a row of w is read in order by every
-- kernel, forward and backward. Weights are saved as the reference framework keeps them, (out, in).
-- A ReLU is put into it by the fuse pass, a GELU by the model `bert`; `keep`: the product before the GELU, which its
-- gradient needs, is given as h. With the port `rows` only the packed rows count (generator/backends/rows.lua).

local graph = require "generator.graph.graph"
local products = require "generator.backends.products"
local rows = require "generator.backends.rows"

-- The inputs of a node: x and the layer's parameters on so many inputs.
local function with_parameters(b, x, layer, inputs, by_rows)
  local bound = 1 / math.sqrt(inputs) -- kaiming_uniform with a = sqrt(5), torch's default
  local init = { kind = "uniform", a = -bound, b = bound }
  local deviation = ({ normal = 0.01, normal_0_02 = 0.02 })[layer.init]
  local weight_init = deviation and { kind = "normal", a = 0, b = deviation } or init
  local bias_init = layer.bias_init == "zero" and { kind = "constant", a = 0 } or init
  return { x = x,
    w = b:parameter("weight", { inputs, layer.outputs }, weight_init, { transposed = true, by_rows = by_rows }),
    b = layer.bias and b:parameter("bias", { layer.outputs }, bias_init) or nil }
end

-- On sparse vectors (x.sparse: how long they are, x.entries: how many numbers
-- of one are not 0, usually) only what is not 0 is computed.
local function sparse(b, x, layer)
  local touched = b.graph.sparse_updates == "touched"
  return b:op("sparse_linear", with_parameters(b, x, layer, x.sparse, touched),
    { touched = touched, entries = x.entries }).y
end

return {
  name = "linear",
  doc = "Fully connected layer: `x w + b`, optionally with ReLU or GELU fused.",
  inputs = { "x", "w", "b?", "rows?", "panels?" }, outputs = { "y", "h" },
  attrs = {
    { name = "relu", default = false, doc = "apply ReLU to the result" },
    { name = "gelu", default = false, doc = "apply GELU to the result" },
    { name = "keep", default = false, doc = "give the result before the GELU too" },
  },
  infer = function(n)
    local x, w = n.inputs.x.shape, n.inputs.w.shape
    if #x ~= 2 then
      return nil, string.format("expects (batch, features), found %s; put `flatten {}` before it",
        graph.shape_text(x))
    end
    if x[2] ~= w[1] then
      return nil, string.format("input %s does not fit the weights %s", graph.shape_text(x), graph.shape_text(w))
    end
    local misfit = rows.misfit(n)
    if misfit then return nil, misfit end
    local shape = { x[1], w[2] }
    return { y = { shape = shape }, h = n.attrs.gelu and n.attrs.keep and { shape = shape } or nil }
  end,
  cost = function(n)
    local x, w = n.inputs.x.shape, n.inputs.w.shape
    return 2 * x[1] * w[1] * w[2]
  end,
  grad = function(g, n, d)
    local dy, counted = d.y, n.inputs.rows
    if n.attrs.gelu then dy = g:node("gelu_dx", n.path, { dy = dy, x = n.outputs.h, rows = counted }).dx end
    if counted then
      local sums = n.inputs.b and d.needs.b or false
      local by_w = d.needs.w
        and g:node("linear_dw", n.path, { x = n.inputs.x, dy = dy, rows = counted }, { bias = sums }) or {}
      return { x = d.needs.x and g:node("linear_dx", n.path, { dy = dy, w = n.inputs.w, rows = counted }).dx,
               w = by_w.dw, b = by_w.db or sums and g:node("channel_sum", n.path, { x = dy, rows = counted }).sum }
    end
    if n.attrs.relu then dy = g:node("relu_dx", n.path, { dy = dy, y = n.outputs.y }).dx end
    return {
      x = d.needs.x and g:node("linear_dx", n.path, { dy = dy, w = n.inputs.w }).dx,
      w = d.needs.w and g:node("linear_dw", n.path, { x = n.inputs.x, dy = dy }).dw,
      b = n.inputs.b and d.needs.b and g:node("channel_sum", n.path, { x = dy }).sum,
    }
  end,
  bf16 = products.bf16({ a = "x", b = "w", form = "nn" }, { "x", "w", "y" }),
  kernels = products.kernels { m = "x", k = "w", a = "x", b = "w", y = "y", bias = "b", form = "nn" },
  onnx = "Gemm",
  reference = "F.relu(F.linear(x, w.T, b)) if relu else F.gelu(F.linear(x, w.T, b)) if gelu else F.linear(x, w.T, b)",
  tests = {
    { x = { 4, 5 }, w = { 5, 3 }, b = { 3 } },
    { x = { 7, 33 }, w = { 33, 40 }, b = { 40 }, attrs = { relu = true } },
    { x = { 50, 65 }, w = { 65, 10 }, b = { 10 } },
    { x = { 13, 40 }, w = { 40, 35 }, b = { 35 }, int = { rows = { 3, values = { 0, 9, 13 } } } },
    { x = { 7, 20 }, w = { 20, 48 }, attrs = { gelu = true, keep = true }, outputs = { "y" },
      int = { rows = { 3, values = { 0, 1, 7 } } } },
    { x = { 70, 500 }, w = { 500, 33 }, b = { 33 }, attrs = { gelu = true, keep = true }, outputs = { "y" },
      int = { rows = { 3, values = { 0, 33, 70 } } } },
  },
  layer = {
    kind = "linear", doc = "Fully connected layer, as torch.nn.Linear.",
    fields = {
      { name = "outputs", type = "integer", min = 1, required = true, doc = "output features" },
      { name = "bias", type = "boolean", default = true, doc = "whether there is a bias" },
      { name = "init", type = "enum", allowed = { "kaiming_uniform", "normal", "normal_0_02" },
        default = "kaiming_uniform",
        doc = "weights: torch's default, or normal of deviation 0.01 as torchvision's VGG and MobileNet, or of 0.02 "
          .. "as BERT" },
      { name = "bias_init", type = "enum", allowed = { "uniform", "zero" }, default = "uniform",
        doc = "bias: torch's default, or zero" },
    },
    random = function(pick, shape)
      return #shape == 2 and { outputs = pick:of { 1, 5, 16, 33 }, bias = pick:chance(0.7) } or nil
    end,
    sparse = true,
    build = function(b, x, layer)
      if x.sparse then return sparse(b, x, layer) end
      if x.dtype == "i32" then
        b:fail("`linear` takes numbers, found ids of tokens; the first layer on them is `embedding`")
      end
      if #x.shape ~= 2 then
        b:fail("linear expects (batch, features), found %s; put `flatten {}` before it",
          graph.shape_text(x.shape))
      end
      return b:op("linear", with_parameters(b, x, layer, x.shape[2])).y
    end,
  },
}
