-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Speed of the vector kernels (generator/backends/vector.lua): batch norm and pools in GB/s of what
-- must be read and written at least once, products in GFLOP/s; best of many calls.
--
--   lua5.4 bench/kernels.lua [THREADS=2] [ISA=x86-64-v4]

package.path = "./?.lua;./?/init.lua;" .. package.path
local vector = require "generator.backends.vector"

local threads, isa = arg[1] or "2", arg[2] or "x86-64-v4"
local block = isa == "x86-64-v4" and 16 or 8
local seen, support, functions, calls = {}, {}, {}, {}

-- args: buffers 0.. by name; work: GB or GFLOP of a call.
local function case(name, body, parts, ports, work, unit)
  for _, part in ipairs(parts) do
    if not seen[part] then
      seen[part] = true
      support[#support + 1] = part
    end
  end
  local declared = {}
  for i, port in ipairs(ports) do
    declared[i] = port == "index" and "uint8_t *index" or "real *restrict " .. port
  end
  local id = #functions + 1
  functions[id] = string.format("static __attribute__((noinline)) void f%d(%s) {\n%s}\n", id,
    table.concat(declared, ", "), body)
  local values = {}
  for i, port in ipairs(ports) do
    values[i] = port == "index" and "(uint8_t *)buffer[9]" or "buffer[" .. i - 1 .. "]"
  end
  calls[id] = string.format('TIME("%s", f%d(%s), %.9g, "%s")', name, id, table.concat(values, ", "), work, unit)
end

local bn = { "x", "gamma", "beta", "running_mean", "running_var", "residual", "y", "mean", "invstd" }
local bn_dx = { "dy", "x", "y", "gamma", "mean", "invstd", "dx", "dgamma", "dresidual" }
for _, s in ipairs { { 16, 64, 112, 112 }, { 16, 64, 56, 56 }, { 16, 128, 28, 28 }, { 16, 512, 7, 7 } } do
  local gb, text = s[1] * s[2] * s[3] * s[4] * 4e-9, table.concat(s, "x")
  local body, parts = vector.batch_norm(s, block, { eps = 1e-5, momentum = 0.1, relu = true })
  case("batch_norm relu " .. text, body, parts, bn, 2 * gb, "GB/s")
  body, parts = vector.batch_norm(s, block, { eps = 1e-5, momentum = 0.1, relu = true, residual = true })
  case("batch_norm residual relu " .. text, body, parts, bn, 3 * gb, "GB/s")
  body, parts = vector.batch_norm_dx(s, block, { mask = "y" })
  case("batch_norm_dx mask y " .. text, body:gsub("dbeta", "dgamma"), parts, bn_dx, 4 * gb, "GB/s")
  body, parts = vector.batch_norm_dx(s, block, { mask = "x" })
  body = body:gsub("dbeta", "dgamma"):gsub("beta", "invstd")
  case("batch_norm_dx mask x " .. text, body, parts, bn_dx, 3 * gb, "GB/s")
  body, parts = vector.batch_norm_dx(s, block, { mask = "y", residual = true })
  case("batch_norm_dx residual " .. text, body:gsub("dbeta", "dgamma"), parts, bn_dx, 5 * gb, "GB/s")
end
local w = { IH = 112, IW = 112, OH = 56, OW = 56, KH = 3, KW = 3, SH = 2, SW = 2, PH = 1, PW = 1 }
local image = 16 * 64 * 112 * 112 * 4e-9
local body, parts = vector.max_pool(16 * 64 // block, block, w)
case("max_pool 16x64x112x112", body, parts, { "x", "y", "index" }, image * 1.3125, "GB/s")
body, parts = vector.max_pool_dx(16 * 64 // block, block, w)
case("max_pool_dx 16x64x112x112", body, parts, { "dx", "dy", "index" }, image * 1.3125, "GB/s")
for _, p in ipairs { { "nn", 32, 128, 784 }, { "tn", 784, 128, 32 }, { "nn", 32, 10, 128 }, { "tn", 128, 10, 32 },
  { "nt", 32, 128, 10 }, { "nn", 50, 128, 784 } } do
  body, parts = vector.product(p[1], p[2], p[3], p[4], block, { a = "a", b = "b", y = "y" })
  case("product " .. table.concat(p, " "), body, parts, { "a", "b", "y" }, 2e-9 * p[2] * p[3] * p[4], "GFLOP/s")
end

local folder = os.tmpname()
os.remove(folder)
assert(os.execute("mkdir -p " .. folder))
local file = assert(io.open(folder .. "/bench.c", "w"))
file:write([[
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
typedef float real;
]], table.concat(support, "\n"), table.concat(functions, "\n"), [[
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
#define TIME(name, call, work, unit)                                                         \
    {                                                                                        \
        double best = 1e9, start = now();                                                    \
        for (int r = 0; r < 2000 && (r < 5 || now() - start < 0.4); r++) {                    \
            double t = now();                                                                \
            call;                                                                            \
            t = now() - t;                                                                   \
            if (t < best) best = t;                                                          \
        }                                                                                    \
        printf("%-44s %10.1f us %8.1f %s\n", name, best * 1e6, work / best, unit);           \
    }
int main(void) {
    real *buffer[10];
    for (int b = 0; b < 10; b++) {
        size_t count = 16 * 64 * 112 * 112;
        buffer[b] = aligned_alloc(64, count * sizeof(real));
        for (size_t i = 0; i < count; i++) buffer[b][i] = (real)((i * 7 + (size_t)b) % 13) * 0.1f - 0.5f;
    }
]], table.concat(calls, "\n"), "\n    return 0;\n}\n")
file:close()
assert(os.execute(string.format("gcc -std=gnu11 -O2 -march=%s -mprefer-vector-width=512 -fopenmp %s/bench.c "
  .. "-lm -o %s/bench", isa, folder, folder)))
os.execute(string.format("OMP_NUM_THREADS=%s %s/bench", threads, folder))
os.execute("rm -r " .. folder)
