-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The instruction sets a target may name, the smallest first, each holding those before it: the levels
-- of the x86-64 psABI and, on top of the fourth, what multiplies bf16. Plain facts for every room:
--
--   name           as in the spec, the stamp and runtime/base/cpu.c
--   target         whether a spec may name it (the others are for code that runs on any CPU)
--   compiler       flags of gcc and clang
--   needs          what the one before lacks, as /proc/cpuinfo names it
--   block          floats in a vector register, the block of blocked layouts
--   openblas_core  the core type whose kernels OpenBLAS must use
--   avx512         whether its registers have 512 bits
--   bf16           whether it multiplies bf16

local M = {}

-- By default gcc stays with 256 bits; the kernels here are compute-bound.
local wide = "-mprefer-vector-width=512"

M.list = {
  { name = "x86-64", compiler = { "-march=x86-64", "-mtune=generic" }, needs = {} },
  { name = "x86-64-v2", compiler = { "-march=x86-64-v2", "-mtune=generic" },
    needs = { "cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3" } },
  { name = "x86-64-v3", target = true, compiler = { "-march=x86-64-v3", "-mtune=generic" },
    needs = { "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave" },
    block = 8, openblas_core = "Haswell" },
  { name = "x86-64-v4", target = true, compiler = { "-march=x86-64-v4", "-mtune=generic", wide },
    needs = { "avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl" },
    block = 16, openblas_core = "SkylakeX", avx512 = true },
  { name = "x86-64-v4-bf16", target = true,
    compiler = { "-march=x86-64-v4", "-mavx512vnni", "-mavx512bf16", "-mtune=generic", wide },
    needs = { "avx512_vnni", "avx512_bf16" },
    block = 16, openblas_core = "SkylakeX", avx512 = true, bf16 = true },
  -- AMX is the libraries' matter: code of ours is the same as for the one before
  { name = "x86-64-v4-amx", target = true,
    compiler = { "-march=x86-64-v4", "-mavx512vnni", "-mavx512bf16", "-mtune=generic", wide },
    needs = { "amx_tile", "amx_bf16", "amx_int8" },
    block = 16, openblas_core = "SkylakeX", avx512 = true, bf16 = true },
}

M.by_name = {}
for _, isa in ipairs(M.list) do M.by_name[isa.name] = isa end

-- Names of those that have a property, in order.
local function names(property)
  local list = {}
  for _, isa in ipairs(M.list) do
    if isa[property] then list[#list + 1] = isa.name end
  end
  return list
end

M.targets, M.with_bf16 = names "target", names "bf16"

return M
