-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What an executable carries about itself, as ELF sections of read-only data:
--   .ingot.manifest   JSON: stamp, inputs, toolchain, libraries, summary
--   .ingot.spec       the spec, as it was
--   .ingot.lock       the lock file, as it was
--   .ingot.program    stamp, name and learning rates, as generated code has them (emit/program.lua)
--   .ingot.sources    tar (ustar) compressed with zstd: all that is needed to build it again
-- Generated C refers to them as `extern const unsigned char ingot_manifest_begin[],
-- ingot_manifest_end[];` and so on; readelf and objcopy find them by name. Flag R (SHF_GNU_RETAIN)
-- keeps them through --gc-sections; they survive strip.
--
-- Each begins on a page of its own: what differs between two variants of an experiment is of about the same length,
-- so that no address behind it moves, and the variants are the same bytes but for a few pages, which lie together
-- (an archive keeps the others once). The linker puts the sections in the order of their names: the end of the
-- manifest is followed by .program and by that part of .sources that is the experiment's own.

local M = {}

M.names = { "manifest", "spec", "lock", "sources" }
M.page = 4096 -- bytes

--- Name of the ELF section of one of M.names.
function M.section(name)
  return ".ingot." .. name
end

-- Between two parts of a file of zstd frames: a frame that decoders skip (RFC 8878, 3.1.2), up to the next page.
local function padding(number)
  local label = ".Lpadding_" .. number
  return { "\t.long 0x184d2a50", string.format("\t.long %s_end - %s", label, label), label .. ":",
    "\t.balign " .. M.page, label .. "_end:" }
end

--- The assembler text that embeds the files `paths[name]`, each relative to where the assembler runs; of the sources
--- it may be a list of files of zstd frames, of which each but the last is filled up to whole pages.
function M.assembler(paths)
  local lines = { "# What this executable carries about itself." }
  for _, name in ipairs(M.names) do
    local begin, stop = "ingot_" .. name .. "_begin", "ingot_" .. name .. "_end"
    for _, line in ipairs {
      "", string.format('\t.section %s,"aR",@progbits', M.section(name)), "\t.balign " .. M.page,
      "\t.globl " .. begin, "\t.hidden " .. begin, "\t.type " .. begin .. ", @object", begin .. ":",
    } do lines[#lines + 1] = line end
    local parts = type(paths[name]) == "table" and paths[name] or { paths[name] }
    for i, path in ipairs(parts) do
      lines[#lines + 1] = string.format('\t.incbin "%s"', path)
      if i < #parts then table.move(padding(i), 1, 5, #lines + 1, lines) end
    end
    for _, line in ipairs {
      "\t.globl " .. stop, "\t.hidden " .. stop, "\t.type " .. stop .. ", @object", stop .. ":",
      string.format("\t.size %s, %s - %s", begin, stop, begin),
    } do lines[#lines + 1] = line end
  end
  -- after the last of them by name: what follows begins at the same distance from a page, however long the spec is
  for _, line in ipairs { "", '\t.section .ingot.tail,"aR",@progbits', "\t.balign " .. M.page, "\t.zero 32" } do
    lines[#lines + 1] = line
  end
  lines[#lines + 1] = "\n\t.section .note.GNU-stack,\"\",@progbits\n"
  return table.concat(lines, "\n")
end

return M
