-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Licences (SPDX expressions) of shared libraries that come along with those an executable is linked
-- with: what toolchain/libraries.lua has no entry for. By the part of the soname before ".so".

local libraries = require("generator.toolchain.libraries")

local M = {}

local of = {
  ["ld-linux-x86-64"] = "LGPL-2.1-or-later",
  ["libFLAC"] = "BSD-3-Clause",
  ["libOpenCL"] = "BSD-2-Clause",
  ["libbrotlicommon"] = "MIT",
  ["libbrotlidec"] = "MIT",
  ["libcom_err"] = "MIT",
  ["libcurl"] = "curl",
  ["libdl"] = "LGPL-2.1-or-later",
  ["libffi"] = "MIT",
  ["libgcc_s"] = "GPL-3.0-or-later WITH GCC-exception-3.1",
  ["libgfortran"] = "GPL-3.0-or-later WITH GCC-exception-3.1",
  ["libgmp"] = "LGPL-3.0-or-later OR GPL-2.0-or-later",
  ["libgnutls"] = "LGPL-2.1-or-later",
  ["libgssapi_krb5"] = "MIT",
  ["libhogweed"] = "LGPL-3.0-or-later OR GPL-2.0-or-later",
  ["libidn2"] = "LGPL-3.0-or-later OR GPL-2.0-or-later",
  ["libk5crypto"] = "MIT",
  ["libkeyutils"] = "LGPL-2.1-or-later",
  ["libkrb5"] = "MIT",
  ["libkrb5support"] = "MIT",
  ["liblber-2.5"] = "OLDAP-2.8",
  ["libldap-2.5"] = "OLDAP-2.8",
  ["libmp3lame"] = "LGPL-2.0-or-later",
  ["libmpg123"] = "LGPL-2.1-only",
  ["libnettle"] = "LGPL-3.0-or-later OR GPL-2.0-or-later",
  ["libnghttp2"] = "MIT",
  ["libogg"] = "BSD-3-Clause",
  ["libopus"] = "BSD-3-Clause",
  ["libp11-kit"] = "BSD-3-Clause",
  ["libpsl"] = "MIT",
  ["libpthread"] = "LGPL-2.1-or-later",
  ["libquadmath"] = "LGPL-2.0-or-later",
  ["libresolv"] = "LGPL-2.1-or-later",
  ["librt"] = "LGPL-2.1-or-later",
  ["librtmp"] = "LGPL-2.1-or-later",
  ["libsasl2"] = "BSD-4-Clause-UC",
  ["libssh2"] = "BSD-3-Clause",
  ["libssl"] = "Apache-2.0",
  ["libstdc++"] = "GPL-3.0-or-later WITH GCC-exception-3.1",
  ["libtasn1"] = "LGPL-2.1-or-later",
  ["libunistring"] = "LGPL-3.0-or-later OR GPL-2.0-or-later",
  ["libvorbis"] = "BSD-3-Clause",
  ["libvorbisenc"] = "BSD-3-Clause",
}

local function stem(soname)
  return soname:match("^(.-)%.so") or soname
end

local declared = {}
for _, library in ipairs(libraries.all) do
  declared[stem(library.so or "lib" .. library.link[1]:match("^%-l(.+)$") .. ".so")] = library
end

--- The SPDX expression of a library by its soname, or nil where it is not known.
function M.of(soname)
  local name = stem(soname)
  return declared[name] and declared[name].licence or of[name]
end

--- The entry of toolchain/libraries.lua that a soname belongs to, or nil.
function M.declared(soname)
  return declared[stem(soname)]
end

return M
