-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The vector kernels (generator/backends/vector.lua) against sums in double (check.c), over odd
-- shapes, for both targets, with one and two threads giving the same bits. The cases of a target are
-- generated into one C file and compiled with the sanitizers.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local vector = require "generator.backends.vector"

local BN_PORTS = "const real *x = q->x, *residual = q->residual, *gamma = q->gamma, *beta = q->beta;"
local READS = {
  batch_norm = BN_PORTS .. [[ real *running_mean = q->running_mean, *running_var = q->running_var;
    real *y = q->y, *mean = q->mean, *invstd = q->invstd; (void)residual;]],
  batch_norm_inference = BN_PORTS .. [[ real *running_mean = q->running_mean;
    real *running_var = q->running_var, *y = q->y; (void)residual;]],
  batch_norm_dx = [[const real *dy = q->dy, *x = q->x, *y = q->y_in, *gamma = q->gamma, *beta = q->beta;
    const real *mean = q->mean_in, *invstd = q->invstd_in;
    real *dx = q->dx, *dgamma = q->dgamma, *dbeta = q->dbeta, *dresidual = q->dresidual;
    (void)y; (void)beta; (void)dresidual;]],
  max_pool = "const real *x = q->x; real *y = q->y; uint8_t *index = q->index;",
  max_pool_dx = "const real *dy = q->dy; real *dx = q->dx; const uint8_t *index = q->index;",
  avg_pool = "const real *x = q->x; real *y = q->y;",
  avg_pool_dx = "const real *dy = q->dy; real *dx = q->dx;",
  product = "const real *a = q->a, *b = q->b, *bias = q->bias; real *y = q->y; (void)bias;",
}
READS.global_avg_pool, READS.global_avg_pool_dx = READS.avg_pool, READS.avg_pool_dx
READS.nn, READS.tn, READS.nt = READS.product, READS.product, READS.product

local function field(t)
  local keys, parts = {}, {}
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys)
  for i, key in ipairs(keys) do parts[i] = string.format(".%s = %d", key, t[key]) end
  return table.concat(parts, ", ")
end

-- All cases for one block size: { kind, name, body, support, fields }.
local function cases(block)
  local list = {}
  local function add(kind, name, fields, body, support)
    list[#list + 1] = { kind = kind, name = kind .. " " .. name, fields = fields, body = body, support = support }
  end
  local shapes = { { 2, 16, 3, 4 }, { 1, 20, 7, 5 }, { 5, 3, 9, 9 }, { 3, 48, 17, 18 }, { 4, 64, 6, 1 },
    { 7, 24, 40, 31 }, { 2, 128, 20, 20 } }
  for i, s in ipairs(shapes) do
    local shape = table.concat(s, "x")
    local base = { n = s[1], c = s[2], h = s[3], w = s[4] }
    local function with(extra)
      local f = {}
      for key, v in pairs(base) do f[key] = v end
      for key, v in pairs(extra) do f[key] = v end
      return f
    end
    for _, v in ipairs { {}, { relu = true }, { relu = true, residual = true }, { residual = true } } do
      add("batch_norm", shape .. (v.relu and " relu" or "") .. (v.residual and " residual" or ""),
        with { relu = v.relu and 1 or 0, residual = v.residual and 1 or 0 },
        vector.batch_norm(s, block, { eps = 1e-5, momentum = 0.1, relu = v.relu, residual = v.residual }))
    end
    for _, v in ipairs { { mask = "none", number = 0 }, { mask = "y", number = 1 }, { mask = "x", number = 2 },
      { mask = "y", number = 1, residual = true } } do
      add("batch_norm_dx", shape .. " mask " .. v.mask .. (v.residual and " residual" or ""),
        with { relu = v.number > 0 and 1 or 0, mask = v.number, residual = v.residual and 1 or 0 },
        vector.batch_norm_dx(s, block, v))
    end
    add("batch_norm_inference", shape, with { relu = 1 },
      vector.batch_norm_inference(s, block, { eps = 1e-5, relu = true }))
    add("global_avg_pool", shape, base, vector.global_avg_pool(s, block))
    add("global_avg_pool_dx", shape, base, vector.global_avg_pool_dx(s, block))
    local planes = s[1] * ((s[2] + block - 1) // block)
    local windows = i % 2 == 1 and { { 3, 3, 2, 2, 1, 1 }, { 2, 2, 2, 2, 0, 0 },
      { 3, 1, 1, 2, 1, 0 }, { 2, 3, 3, 1, 1, 1 } } or {}
    for _, w in ipairs(windows) do
      local kh, kw, sh, sw, ph, pw = table.unpack(w)
      local oh, ow = (s[3] + 2 * ph - kh) // sh + 1, (s[4] + 2 * pw - kw) // sw + 1
      if oh > 0 and ow > 0 then
        local f = with { kh = kh, kw = kw, sh = sh, sw = sw, ph = ph, pw = pw, oh = oh, ow = ow }
        local window = { IH = s[3], IW = s[4], OH = oh, OW = ow, KH = kh, KW = kw, SH = sh, SW = sw, PH = ph, PW = pw }
        for _, kind in ipairs { "max_pool", "max_pool_dx", "avg_pool", "avg_pool_dx" } do
          add(kind, shape .. " window " .. table.concat(w, ","), f, vector[kind](planes, block, window))
        end
      end
    end
  end
  local sizes = { { 32, 128, 784 }, { 32, 10, 128 }, { 50, 10, 128 }, { 784, 128, 32 }, { 128, 10, 50 },
    { 32, 128, 10 }, { 1, 1, 1 }, { 1, 17, 3 }, { 7, 33, 40 }, { 13, 40, 5 }, { 17, 8, 9 }, { 3, 5, 2 },
    { 100, 47, 65 } }
  for _, s in ipairs(sizes) do
    local f = { m = s[1], nn = s[2], k = s[3] }
    local name = table.concat(s, "x")
    local ports = { a = "a", b = "b", y = "y" }
    for _, form in ipairs { "nn", "tn", "nt" } do
      add(form, name, f, vector.product(form, s[1], s[2], s[3], block, ports, 2))
    end
    add("nn", name .. " bias relu", { m = s[1], nn = s[2], k = s[3], relu = 1, residual = 1 },
      vector.product("nn", s[1], s[2], s[3], block, { a = "a", b = "b", y = "y", bias = "bias", relu = true }, 2))
  end
  -- weights that come block by block: few rows, which only read them; more, by columns; and by rows
  for _, s in ipairs { { 3, 1024, 130 }, { 40, 512, 250 }, { 32, 128, 1100 } } do
    add("nn", table.concat(s, "x") .. " bias relu", { m = s[1], nn = s[2], k = s[3], relu = 1, residual = 1 },
      vector.product("nn", s[1], s[2], s[3], block, { a = "a", b = "b", y = "y", bias = "bias", relu = true }, 2))
  end
  -- few rows by a matrix that is read as it lies: one row, and several, in more pieces than threads too
  local before = vector.streamed
  vector.streamed = { rows = 16, least = 1, columns = 64 }
  for _, s in ipairs { { 1, 128, 80 }, { 1, 256, 24 }, { 2, 128, 40 }, { 16, 192, 72 }, { 7, 256, 96 } } do
    for _, more in ipairs { false, true } do
      add("nn", table.concat(s, "x") .. " streamed" .. (more and ", bias relu" or ""),
        { m = s[1], nn = s[2], k = s[3], relu = more and 1 or 0, residual = more and 1 or 0 },
        vector.product("nn", s[1], s[2], s[3], block,
          { a = "a", b = "b", y = "y", bias = more and "bias" or nil, relu = more }, 2))
    end
  end
  vector.streamed = before
  -- m, n, k, shards: even and uneven ones, columns that do not fill the last tile
  for _, s in ipairs { { 32, 128, 784, 2 }, { 7, 64, 301, 2 }, { 13, 40, 400, 3 }, { 2, 33, 600, 4 },
      { 8, 128, 2100, 2 } } do
    local f = { m = s[1], nn = s[2], k = s[3] }
    local function with(more)
      return vector.product_shards(s[1], s[2], s[3], block, { a = "a", b = "b", y = "y", shards = s[4],
        bias = more and "bias", relu = more })
    end
    add("nn", table.concat(s, "x") .. " in shards", f, with(false))
    f = { m = s[1], nn = s[2], k = s[3], relu = 1, residual = 1 }
    add("nn", table.concat(s, "x") .. " in shards, bias relu", f, with(true))
  end
  return list
end

local function program(block)
  local text = { "#include <math.h>", "#include <stddef.h>", "#include <string.h>", '#include "tests/kernels/check.h"' }
  local list, seen = cases(block), {}
  for _, t in ipairs(list) do
    for _, part in ipairs(t.support) do
      if not seen[part] then
        seen[part] = true
        text[#text + 1] = part
      end
    end
  end
  local rows = {}
  for i, t in ipairs(list) do
    text[#text + 1] = string.format("static void case_%d(ports *q) {\n%s\n%s}", i, READS[t.kind], t.body)
    rows[i] = string.format('{.name = "%s", .kind = "%s", %s, .run = case_%d},', t.name, t.kind, field(t.fields), i)
  end
  text[#text + 1] = "const test_case cases[] = {\n" .. table.concat(rows, "\n") .. "};"
  text[#text + 1] = string.format("const int case_count = %d, block = %d;\n", #list, block)
  return table.concat(text, "\n")
end

local function supported(flag)
  for line in io.lines("/proc/cpuinfo") do
    if line:match("^flags") then return line:find("%f[%w]" .. flag .. "%f[%W]") ~= nil end
  end
  return false
end

local function check(isa, block, flag)
  if not supported(flag) then lu.skip("this CPU has no " .. flag) end
  local folder = os.tmpname()
  os.remove(folder)
  assert(os.execute("mkdir -p " .. folder))
  local file = assert(io.open(folder .. "/cases.c", "w"))
  file:write(program(block))
  file:close()
  local built = os.execute(string.format("gcc -std=gnu11 -O1 -march=%s -mprefer-vector-width=512 -g1 "
    .. "-fsanitize=address -Wall -Wextra -Wpedantic -Wconversion "
    .. "-Werror -fopenmp -I. %s/cases.c tests/kernels/check.c -lm -o %s/check", isa, folder, folder))
  lu.assertTrue(built == true, "the generated cases compile cleanly")
  local pipe = assert(io.popen(folder .. "/check 2>&1"))
  local output = pipe:read("a")
  local good = pipe:close()
  if os.getenv("KEEP") then print(folder) else os.execute("rm -r " .. folder) end
  lu.assertTrue(good == true, output)
  lu.assertStrContains(output, " 0 failures")
end

TestVectorKernels = {} -- luacheck: globals TestVectorKernels
function TestVectorKernels:test_v4() check("x86-64-v4", 16, "avx512bw") end
function TestVectorKernels:test_v3() check("x86-64-v3", 8, "avx2") end

os.exit(lu.LuaUnit.run())
