-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The reference pages, from the tables that the generator itself reads: docs/spec.md from the
-- fields of the kinds, docs/ops.md from the op files. `make docs` runs it.
--
--   lua5.4 scripts/docs.lua            writes both
--   lua5.4 scripts/docs.lua --check    writes nothing; exit status 1 where a page is stale

package.path = "./?.lua;./?/init.lua;" .. package.path

local files = require("generator.base.files")

local pages = {
  { path = "docs/spec.md", text = require("generator.spec.docs").text },
  { path = "docs/ops.md", text = require("generator.docs").text },
}

local check, stale = arg[1] == "--check", 0
for _, page in ipairs(pages) do
  local text = page.text()
  if files.read(page.path) == text then
    print("unchanged: " .. page.path)
  elseif check then
    stale = stale + 1
    print("stale: " .. page.path .. " (`make docs` writes it again)")
  else
    assert(files.write(page.path, text))
    print("wrote " .. page.path)
  end
end
os.exit(stale == 0 and 0 or 1)
