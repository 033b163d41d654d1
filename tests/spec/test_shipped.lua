-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The experiments that ship load, and docs/spec.md says what the schema says.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require("luaunit")
local docs = require("generator.spec.docs")
local files = require("generator.base.files")
local spec = require("generator.spec")

TestShipped = {}

function TestShipped:test_specs_load()
  local names = files.list("specs", ".lua")
  lu.assertTrue(#names >= 4)
  for _, name in ipairs(names) do
    local all, errors = spec.load_all("specs/" .. name)
    lu.assertNotNil(all, errors and spec.format(errors))
    for _, one in ipairs(all) do lu.assertNotNil(one.experiment, one.errors and spec.format(one.errors)) end
    if not all.list then lu.assertEquals(all[1].name .. ".lua", name) end
  end
end

function TestShipped:test_documentation_is_up_to_date()
  lu.assertTrue(docs.text() == files.read("docs/spec.md"),
    "docs/spec.md is not what `lua generator/spec/docs.lua` prints; run `make docs`")
end

os.exit(lu.LuaUnit.run())
