-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local files = require "generator.base.files"
local golden = require "tests.golden.golden"
local sorted = require "generator.base.sorted"

TestGolden = {}

function TestGolden.test_generated_c_is_what_was_read_and_committed()
  for name, text in sorted.pairs(golden.make()) do
    local committed = files.read("tests/golden/" .. name)
    lu.assertNotNil(committed, name .. " is not committed; `make golden` writes it")
    if committed ~= text then
      local line, at = 1, 1
      while committed:byte(at) == text:byte(at) do
        if text:byte(at) == 10 then line = line + 1 end
        at = at + 1
      end
      lu.fail(string.format("tests/golden/%s differs from line %d on; if that is meant, `make golden` and read the "
        .. "diff", name, line))
    end
  end
end

os.exit(lu.LuaUnit.run())
