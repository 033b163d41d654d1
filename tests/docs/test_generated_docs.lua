-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- docs/spec.md and docs/ops.md say what the generator's tables say, and every kind, field and op is
-- in them.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local files = require "generator.base.files"
local ops = require "generator.ops"
local registry = require("generator.spec.registry").default()

local pages = {
  ["docs/spec.md"] = require("generator.spec.docs").text,
  ["docs/ops.md"] = require("generator.docs").text,
}

TestGeneratedDocs = {} -- luacheck: globals TestGeneratedDocs

function TestGeneratedDocs.test_they_are_up_to_date()
  for path, text in pairs(pages) do -- each compared alone: order does not matter
    lu.assertEquals(files.read(path), text(), path .. " is stale: `make docs` writes it again")
  end
end

function TestGeneratedDocs.test_the_script_sees_a_stale_page()
  local script = "lua5.4 scripts/docs.lua --check"
  lu.assertTrue(os.execute(script .. " >/dev/null"))
  -- the same script over a page that lacks its last line
  local folder = os.tmpname()
  os.remove(folder)
  assert(os.execute(("mkdir %s && cp -r generator scripts docs %s && sed -i '$d' %s/docs/ops.md"):format(folder,
    folder, folder)))
  local pipe = assert(io.popen(("cd %s && %s; echo status $?"):format(folder, script)))
  local said = pipe:read("a")
  pipe:close()
  os.execute("rm -rf " .. folder)
  lu.assertStrContains(said, "stale: docs/ops.md")
  lu.assertStrContains(said, "unchanged: docs/spec.md")
  lu.assertStrContains(said, "status 1")
end

function TestGeneratedDocs.test_all_kinds_and_fields_are_there()
  local text = files.read("docs/spec.md")
  for _, name in ipairs(registry.names) do
    lu.assertStrContains(text, "`" .. name .. "`")
    for _, field in ipairs(registry.kinds[name].fields) do lu.assertStrContains(text, "`" .. field.name .. "`") end
  end
end

function TestGeneratedDocs.test_all_ops_are_there()
  local text = files.read("docs/ops.md")
  for _, op in ipairs(ops.list) do
    lu.assertStrContains(text, "\n## " .. op.name .. "\n\n" .. op.doc .. "\n")
    for _, a in ipairs(op.attrs) do lu.assertStrContains(text, "| `" .. a.name .. "` |") end
  end
end

os.exit(lu.LuaUnit.run())
