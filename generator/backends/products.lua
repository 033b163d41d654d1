-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Kernels of matrix products, shared by the ops that are one (linear and its gradients):
--
--   nn   y[m][n] = sum_k a[m][k] b[k][n]
--   nt   y[m][n] = sum_k a[m][k] b[n][k]
--   tn   y[m][n] = sum_k a[k][m] b[k][n]
--
-- row-major, with an optional bias[n] and ReLU or GELU. The plain C kernel adds every sum in the order of k.
-- With the port `rows` (generator/backends/rows.lua) the first rows of a count, in "tn" of a and b.

local M = {}
local c = require "generator.backends.c"
local elements = require "generator.backends.elements"
local render = require("generator.base.render").render
local panels = require "generator.backends.panels"
local rows = require "generator.backends.rows"
local vector = require "generator.backends.vector"

--- Sizes m, n, k of a node's product.
function M.sizes(n, spec)
  local a, b = n.inputs[spec.a].shape, n.inputs[spec.b].shape
  if spec.form == "nn" then return a[1], b[2], a[2] end
  if spec.form == "nt" then return a[1], b[1], a[2] end
  return a[2], b[2], a[1]
end

local bodies = {
  nn = [[
${loop}
for (int i = 0; i < ${M}; i++) {
    real *restrict row = ${y} + i * ${N};
    ${start}
    for (int k = 0; k < ${K}; k++) {
        const real a = ${a}[i * ${K} + k];
        #pragma omp simd
        for (int j = 0; j < ${N}; j++) row[j] += a * ${b}[k * ${N} + j];
    }
    ${finish}
}
]],
  nt = [[
${loop}
for (int i = 0; i < ${M}; i++) {
    for (int j = 0; j < ${N}; j++) {
        real sum = ${more};
        #pragma omp simd reduction(+ : sum)
        for (int k = 0; k < ${K}; k++) sum += ${a}[i * ${K} + k] * ${b}[j * ${K} + k];
        ${y}[i * ${N} + j] = sum;
    }
    ${finish}
}
]],
  tn = [[
${loop}
for (int i = 0; i < ${M}; i++) {
    real *restrict row = ${y} + i * ${N};
    for (int j = 0; j < ${N}; j++) row[j] = 0;
    for (int k = 0; k < ${K}; k++) {
        const real a = ${a}[k * ${M} + i];
        #pragma omp simd
        for (int j = 0; j < ${N}; j++) row[j] += a * ${b}[k * ${N} + j];
    }
}
]],
}

-- What a row of the plain product goes through at its end, as C statements.
local function finish(n, nn)
  if n.attrs.relu then return string.format("for (int j = 0; j < %d; j++) row[j] = row[j] <= 0 ? 0 : row[j];", nn) end
  if not n.attrs.gelu then return "" end
  return render([[
for (int j = 0; j < ${N}; j++) {
    ${keep}
    row[j] = row[j] * (real)0.5 * ERFC(row[j] * (real)-0.70710678118654752);
}]], { N = nn, keep = n.attrs.keep and string.format("h[i * %d + j] = row[j];", nn) or "" })
end

-- Of the gradient by x: what is added before, and what the row is multiplied by.
local function finish_nt(n, nn)
  if not n.inputs.h then return "" end
  return render([[
for (int j = 0; j < ${N}; j++) {
    const real v = h[i * ${N} + j];
    ${y}[i * ${N} + j] *= (real)0.5 * ERFC(v * (real)-0.70710678118654752)
        + v * (real)0.3989422804014327 * EXP(v * v * (real)-0.5);
}]], { N = nn, y = "dx" })
end

local function plain_body(spec)
  return function(n)
    local m, nn, k = M.sizes(n, spec)
    local bias = spec.bias and n.inputs[spec.bias] and spec.bias
    local counted = n.inputs.rows and rows.count(n, n.inputs[spec.a])
    local sums = spec.form == "tn" and n.outputs.db and render([[

for (int j = 0; j < ${N}; j++) {
    real sum = 0;
    for (int k = 0; k < ${K}; k++) sum += ${b}[k * ${N} + j];
    db[j] = sum;
}
]], { N = nn, K = counted or k, b = spec.b }) or ""
    return render(bodies[spec.form], {
      M = spec.form ~= "tn" and counted or m, N = nn, K = spec.form == "tn" and counted or k,
      a = spec.a, b = spec.b, y = spec.y,
      loop = c.outer_loop(m, nn * k),
      more = n.inputs.more and "more[i * " .. nn .. " + j]" or "0",
      start = string.format("for (int j = 0; j < %d; j++) row[j] = %s;", nn, bias and bias .. "[j]" or "0"),
      finish = spec.form == "nt" and finish_nt(n, nn) or finish(n, nn),
    }) .. sums, (n.attrs.gelu or n.inputs.h) and { elements.erfc } or nil
  end
end

-- oneDNN thinks in layers: batch rows, inputs and outputs of y = x w + b with w (inputs, outputs).
local function layer_sizes(n, spec)
  local m, nn, k = M.sizes(n, spec)
  if spec.form == "nn" then return { batch = m, inputs = k, outputs = nn } end
  if spec.form == "nt" then return { batch = m, inputs = nn, outputs = k } end
  return { batch = k, inputs = m, outputs = nn }
end

local calls = { nn = "forward", nt = "backward_data", tn = "backward_weights" }
local tasks = { nn = "FORWARD", nt = "BACKWARD_DATA", tn = "BACKWARD_WEIGHTS" }

-- The pointers of a call in the order all three take them: two inputs, bias (or its gradient), output.
local function pointers(n, spec, k)
  local bias = spec.bias and n.inputs[spec.bias] and k.address(n.inputs[spec.bias]) or "NULL"
  local a, b, y = k.address(n.inputs[spec.a]), k.address(n.inputs[spec.b]), k.address(n.outputs[spec.y])
  if spec.form == "nn" then return table.concat({ a, b, bias, y }, ", ") end
  if spec.form == "nt" then return table.concat({ a, b, y }, ", ") end
  return table.concat({ a, b, y, "NULL" }, ", ")
end

local function openblas_call(spec, n, k)
  local m, nn, kk = M.sizes(n, spec)
  local function at(port) return k.address(n.inputs[port] or n.outputs[port]) end
  return {
    include = "backends/openblas.h", open_once = "openblas",
    run = string.format("ingot_openblas_%s(%d, %d, %d, %s, %s, %s, %d, %s);", spec.form, m, nn, kk, at(spec.a),
      at(spec.b), spec.bias and n.inputs[spec.bias] and at(spec.bias) or "NULL", n.attrs.relu and 1 or 0, at(spec.y)),
  }
end

local function is_bf16(n, spec) return n.inputs[spec.a].dtype == "bf16" end

local function onednn_call(spec, n, k)
  local v = layer_sizes(n, spec)
  v.relu, v.call, v.pointers, v.slot = n.attrs.relu and 1 or 0, calls[spec.form], pointers(n, spec, k), n.slot
  v.task = spec.form == "nn" and not k.graph.training and "INFERENCE" or tasks[spec.form]
  v.bias, v.path = spec.bias and n.inputs[spec.bias] and 1 or 0, n.path
  v.bf16 = is_bf16(n, spec) and ", .bf16 = 1" or ""
  return {
    include = "backends/onednn.h", open_once = "onednn",
    open = render([[
static const ingot_onednn_linear slot_${slot} = {
    .path = "${path}", .task = INGOT_ONEDNN_${task},
    .batch = ${batch}, .inputs = ${inputs}, .outputs = ${outputs}, .transposed = 1,
    .bias = ${bias}, .relu = ${relu}${bf16}};
if (status == INGOT_OK) status = ingot_onednn_open_linear(m->backend, ${slot}, &slot_${slot}, error);]], v),
    run = render("ingot_onednn_linear_${call}(m->backend, ${slot}, ${pointers});", v),
  }
end

-- Small products live from no overhead: ours are inlined and need no library. Those on packed rows have
-- kernels of their own.
local function worth_a_library(spec)
  return function(n)
    if n.inputs.rows or n.attrs.gelu or n.inputs.more or n.inputs.h then return false end
    local m, nn, k = M.sizes(n, spec)
    return 2.0 * m * nn * k >= 5e8
  end
end

-- The rows of a batch below which a product's time is that of reading its weights once: ours reads them in order and
-- asks for what comes next (8 x 9216 by 9216 x 4096 on AVX2: oneDNN 50 ms).
local few_rows = 32

local function pays(spec)
  local large = worth_a_library(spec)
  return function(n, target)
    if not large(n) then return false end
    if spec.form == "tn" or is_bf16(n, spec) or target.avx512 then return true end
    local m, nn, k = M.sizes(n, spec)
    return m > few_rows or spec.form == "nn" and nn % 256 ~= 0 or spec.form == "nt" and k > 4096
  end
end

--- The field `bf16` of a product op: its ports where the product is large. Small ones stay float: their
--- factors fit the cache, and conversions would cost more than they save.
function M.bf16(spec, ports)
  local large = worth_a_library(spec)
  return function(n) return large(n) and ports or nil end
end

--- The kernels table of a product op. spec = { a, b, y, form, bias }: port names.
function M.kernels(spec)
  return {
    c = { body = plain_body(spec) },
    panels = {
      backend = "c", rank = 2, when = panels.wanted,
      panels = spec.form ~= "tn" and { port = spec.b, transposed = spec.form == "nt" } or nil,
      scratch = spec.form == "tn" and function(n, target)
        return panels.scratch(n.inputs[spec.b].shape[2], target)
      end or nil,
      body = function(n, k)
        local m, nn, kk = M.sizes(n, spec)
        if spec.form == "tn" then
          return panels.gradient(n, m, nn, { a = spec.a, b = spec.b, y = spec.y, bias = n.outputs.db and "db" },
            k.target)
        end
        return panels.product(n, m, nn, kk, {
          a = spec.a, b = spec.b, y = spec.y, bias = spec.bias and n.inputs[spec.bias] and spec.bias,
          relu = n.attrs.relu,
          gelu = n.attrs.gelu, keep = n.attrs.gelu and n.attrs.keep and "h", more = n.inputs.more and "more",
          slope = spec.form == "nt" and n.inputs.h and "h",
        }, k.target)
      end,
    },
    vector = {
      backend = "c", rank = 1,
      when = function(_, target) return target.fast end,
      body = function(n, k)
        local m, nn, kk = M.sizes(n, spec)
        local shards = spec.form == "nn" and k.graph.training and vector.shards_of(m, nn, kk, k.target) or 1
        if shards > 1 then
          return vector.product_shards(m, nn, kk, k.block, { a = spec.a, b = spec.b, y = spec.y, shards = shards,
            bias = spec.bias and n.inputs[spec.bias] and spec.bias, relu = n.attrs.relu })
        end
        return vector.product(spec.form, m, nn, kk, k.block, {
          a = spec.a, b = spec.b, y = spec.y, bias = spec.bias and n.inputs[spec.bias] and spec.bias,
          relu = n.attrs.relu,
        }, k.target.threads)
      end,
    },
    openblas = {
      pays = pays(spec), thread_dependent = true,
      libraries = { "openblas" },
      library = function(n, k) return openblas_call(spec, n, k) end,
    },
    onednn = {
      pays = pays(spec), slot = true, bf16 = true, thread_dependent = true,
      libraries = { "onednn" },
      library = function(n, k) return onednn_call(spec, n, k) end,
      packs = function(n) return spec.form ~= "tn" and is_bf16(n, spec) and spec.b or nil end,
      pack_kernel = {
        libraries = { "onednn" },
        library = function(n, k)
          return { include = "backends/onednn.h", open_once = "onednn",
                   run = string.format("ingot_onednn_linear_pack(m->backend, %d, %s);", n.owner.slot,
                     k.address(n.inputs.w)) }
        end,
      },
    },
  }
end

return M
