-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What an executable carries about itself, as ELF sections of read-only data:
--   .ingot.manifest   JSON: stamp, inputs, toolchain, libraries, summary
--   .ingot.spec       the spec, as it was
--   .ingot.lock       the lock file, as it was
--   .ingot.sources    tar (ustar) compressed with zstd: all that is needed to build it again
-- Generated C refers to them as `extern const unsigned char ingot_manifest_begin[],
-- ingot_manifest_end[];` and so on; readelf and objcopy find them by name. Flag R (SHF_GNU_RETAIN)
-- keeps them through --gc-sections; they survive strip.

local M = {}

M.names = { "manifest", "spec", "lock", "sources" }

--- Name of the ELF section of one of M.names.
function M.section(name)
  return ".ingot." .. name
end

--- The assembler text that embeds the files `paths[name]`, each relative to where the assembler runs.
function M.assembler(paths)
  local lines = { "# What this executable carries about itself." }
  for _, name in ipairs(M.names) do
    local begin, stop = "ingot_" .. name .. "_begin", "ingot_" .. name .. "_end"
    for _, line in ipairs {
      "", string.format('\t.section %s,"aR",@progbits', M.section(name)), "\t.balign 16",
      "\t.globl " .. begin, "\t.hidden " .. begin, "\t.type " .. begin .. ", @object", begin .. ":",
      string.format('\t.incbin "%s"', paths[name]),
      "\t.globl " .. stop, "\t.hidden " .. stop, "\t.type " .. stop .. ", @object", stop .. ":",
      string.format("\t.size %s, %s - %s", begin, stop, begin),
    } do lines[#lines + 1] = line end
  end
  lines[#lines + 1] = "\n\t.section .note.GNU-stack,\"\",@progbits\n"
  return table.concat(lines, "\n")
end

return M
