-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The flags of compiler and linker: here and nowhere else. They are part of the stamp, so they hold
-- no path and nothing of the machine. Folders and the seed of symbol names are added by those who
-- run the compiler: they leave no trace in the object (-ffile-prefix-map maps the folder away).

local libraries = require("generator.toolchain.libraries")

local M = {}

--- Instruction sets a target may name, the smallest first (the levels of the x86-64 psABI).
M.isas = { "x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4" }

-- Generated code is mostly long lists of calls beside kernels written with vector types: -O3 takes twice
-- as long over it. The cost model is the one of -O3, so that its plain loops are vectorised as well.
local levels = { runtime = { "-O3" }, generated = { "-O2", "-fvect-cost-model=dynamic" } }

local common = { "-std=gnu11", "-fopenmp", "-ffp-contract=fast", "-fno-fast-math", "-fno-math-errno",
  "-ffunction-sections", "-fdata-sections", "-fPIE", "-fstack-protector-strong", "-D_FORTIFY_SOURCE=2",
  "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow" }

local function append(list, more)
  return table.move(more, 1, #more, #list + 1, list)
end

--- For C files; `what` is "runtime" (where it is not given) or "generated".
function M.compile(isa, what)
  local list = append(append({}, levels[what or "runtime"]), common)
  list[#list + 1] = "-march=" .. isa
  list[#list + 1] = "-mtune=generic"
  if isa == "x86-64-v4" then
    -- by default gcc stays with 256 bits; the kernels here are compute-bound
    list[#list + 1] = "-mprefer-vector-width=512"
  end
  append(list, libraries.header_flags())
  return list
end

--- For the assembler file that embeds the sections.
M.assemble = { "-x", "assembler" }

M.link = { "-fopenmp", "-pie", "-fuse-ld=mold", "-Wl,--as-needed", "-Wl,--gc-sections", "-Wl,--build-id=sha1",
  "-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,noexecstack" }

return M
