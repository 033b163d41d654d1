-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The libraries an executable may be linked with: how each is linked, where its version is written,
-- and its licence. No GPL library may be added here: what users build must be theirs to ship (the
-- LGPL ones stay shared; libgomp carries the GCC runtime exception).
--
-- M.all is sorted by name, which is also the order on the linker's command line. `headers` marks what
-- the C compiler needs to find a header.

local M = {}

local function pc(name)
  return { pc = name }
end

M.all = {
  { name = "crypto", title = "OpenSSL libcrypto", link = { "-lcrypto" }, version = pc "libcrypto",
    licence = "Apache-2.0" },
  { name = "expat", title = "Expat", link = { "-lexpat" }, version = pc "expat", licence = "MIT" },
  { name = "gomp", title = "GNU OpenMP", link = {}, so = "libgomp.so", version = { compiler = true },
    licence = "GPL-3.0-or-later WITH GCC-exception-3.1" },
  { name = "inih", title = "inih", link = { "-linih" }, version = pc "inih", licence = "BSD-3-Clause" },
  { name = "jansson", title = "Jansson", link = { "-ljansson" }, version = pc "jansson", licence = "MIT" },
  { name = "jpeg", title = "libjpeg-turbo", link = { "-ljpeg" }, version = pc "libjpeg",
    licence = "IJG AND BSD-3-Clause AND Zlib" },
  { name = "libc", title = "GNU C library", link = {}, so = "libc.so.6", version = { glibc = true },
    licence = "LGPL-2.1-or-later" },
  { name = "m", title = "GNU C library, mathematics", link = { "-lm" }, so = "libm.so.6",
    version = { glibc = true }, licence = "LGPL-2.1-or-later" },
  { name = "onednn", title = "oneDNN", link = { "-ldnnl" },
    version = { header = "oneapi/dnnl/dnnl_version.h", macro = "DNNL_VERSION_" }, licence = "Apache-2.0",
    aliases = { "dnnl" } },
  { name = "openblas", title = "OpenBLAS", link = { "-lopenblas" }, version = pc "openblas",
    licence = "BSD-3-Clause" },
  { name = "png", title = "libpng", link = { "-lpng16" }, version = pc "libpng", licence = "libpng-2.0" },
  { name = "sndfile", title = "libsndfile", link = { "-lsndfile" }, version = pc "sndfile",
    licence = "LGPL-2.1-or-later" },
  { name = "soxr", title = "The SoX resampler library", link = { "-lsoxr" }, version = pc "soxr",
    licence = "LGPL-2.1-or-later" },
  { name = "sqlite3", title = "SQLite", link = { "-lsqlite3" }, version = pc "sqlite3", licence = "blessing" },
  { name = "yaml", title = "libyaml", link = { "-lyaml" }, version = pc "yaml-0.1", licence = "MIT" },
  { name = "z", title = "zlib", link = { "-lz" }, version = pc "zlib", licence = "Zlib",
    aliases = { "zlib" } },
  { name = "zstd", title = "Zstandard", link = { "-lzstd" }, version = pc "libzstd",
    licence = "BSD-3-Clause" },
}

--- What libingot.a itself may call: always on the link line, kept by the linker only where needed.
M.runtime = { "crypto", "gomp", "jansson", "jpeg", "libc", "m", "png", "sndfile", "soxr", "sqlite3", "z", "zstd" }

--- What the tools call besides, which no executable is linked with.
M.tools = { "yaml" }

--- What ingot-archive is linked with, all of it statically but the C library, so that it runs where only
--- that is installed.
M.alone = { "crypto", "expat", "inih", "jansson", "zstd" }

--- Those that every executable is linked with, whatever its spec.
M.core = { "crypto", "gomp", "jansson", "libc", "m", "png", "sqlite3", "zstd" }

local by_name = {}
for _, library in ipairs(M.all) do
  by_name[library.name] = library
  for _, alias in ipairs(library.aliases or {}) do by_name[alias] = library end
end

--- The library of that name or alias, or nil.
function M.find(name)
  return by_name[name]
end

--- All flags the preprocessor needs to see every library's headers, in the order of M.all.
function M.header_flags()
  local flags = {}
  for _, library in ipairs(M.all) do
    for _, flag in ipairs(library.headers or {}) do flags[#flags + 1] = flag end
  end
  return flags
end

--- Linker flags for a list of names whose archives (libNAME.a) are taken.
function M.static_link_flags(names)
  local flags = M.link_flags(names)
  for i, flag in ipairs(flags) do flags[i] = flag:gsub("^%-l(.+)$", "-l:lib%1.a") end
  return flags
end

--- Linker flags for a list of names: each once, in the order of M.all. Nil and the unknown name otherwise.
function M.link_flags(names)
  local wanted = {}
  for _, name in ipairs(names) do
    local library = by_name[name]
    if not library then return nil, name end
    wanted[library.name] = true
  end
  local flags = {}
  for _, library in ipairs(M.all) do
    if wanted[library.name] then
      for _, flag in ipairs(library.link) do flags[#flags + 1] = flag end
    end
  end
  return flags
end

return M
