-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The flags of compiler and linker: here and nowhere else. They are part of the stamp, so they hold
-- no path and nothing of the machine. Folders and the seed of symbol names are added by those who
-- run the compiler: they leave no trace in the object (-ffile-prefix-map maps the folder away).

local isas = require("generator.isas")
local libraries = require("generator.toolchain.libraries")

local M = {}

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
  append(list, isas.by_name[isa].compiler)
  append(list, libraries.header_flags())
  return list
end

-- No build ID: an executable has its stamp, and a second digest of all bytes would be another page that differs
-- between variants (emit/sections.lua).
M.link = { "-fopenmp", "-pie", "-fuse-ld=mold", "-fno-use-linker-plugin", "-Wl,--as-needed", "-Wl,--gc-sections",
  "-Wl,--build-id=none",
  "-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,noexecstack" }

return M
