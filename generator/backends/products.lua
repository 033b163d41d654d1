-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Kernels of matrix products, shared by the ops that are one (linear and its gradients):
--
--   nn   y[m][n] = sum_k a[m][k] b[k][n]
--   nt   y[m][n] = sum_k a[m][k] b[n][k]
--   tn   y[m][n] = sum_k a[k][m] b[k][n]
--
-- row-major, with an optional bias[n] and ReLU. The plain C kernel adds every sum in the order of k.

local M = {}
local c = require "generator.backends.c"
local render = require("generator.base.render").render

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
        real sum = 0;
        #pragma omp simd reduction(+ : sum)
        for (int k = 0; k < ${K}; k++) sum += ${a}[i * ${K} + k] * ${b}[j * ${K} + k];
        ${y}[i * ${N} + j] = sum;
    }
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

local function plain_body(spec)
  return function(n)
    local m, nn, k = M.sizes(n, spec)
    local bias = spec.bias and n.inputs[spec.bias] and spec.bias
    return render(bodies[spec.form], {
      M = m, N = nn, K = k, a = spec.a, b = spec.b, y = spec.y,
      loop = c.outer_loop(m, nn * k),
      start = string.format("for (int j = 0; j < %d; j++) row[j] = %s;", nn, bias and bias .. "[j]" or "0"),
      finish = n.attrs.relu and string.format("for (int j = 0; j < %d; j++) row[j] = row[j] <= 0 ? 0 : row[j];", nn)
        or "",
    })
  end
end

--- The kernels table of a product op. spec = { a, b, y, form, bias }: port names.
function M.kernels(spec)
  return {
    c = { body = plain_body(spec) },
    openblas = {
      -- small products live from no overhead: ours are inlined and need no library
      when = function(n)
        local m, nn, k = M.sizes(n, spec)
        return 2.0 * m * nn * k >= 2e8
      end,
      libraries = { "openblas" },
      library = function(n, k)
        local m, nn, kk = M.sizes(n, spec)
        local bias = spec.bias and n.inputs[spec.bias] and k.address(n.inputs[spec.bias]) or "NULL"
        return {
          include = "backends/openblas.h",
          run = string.format("ingot_openblas_%s(%d, %d, %d, %s, %s, %s, %d, %s);", spec.form, m, nn, kk,
            k.address(n.inputs[spec.a]), k.address(n.inputs[spec.b]), bias, n.attrs.relu and 1 or 0,
            k.address(n.outputs[spec.y])),
        }
      end,
    },
  }
end

return M
