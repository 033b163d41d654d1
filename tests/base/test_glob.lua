-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Shell patterns, as fnmatch(3) matches them.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require("luaunit")
local glob = require("generator.base.glob")

TestGlob = {}

function TestGlob.test_matches()
  for _, case in ipairs { { "a*", "abc" }, { "*", "" }, { "s?x", "sex" }, { "mean *", "mean area" }, { "[ab]1", "b1" },
    { "[!a]1", "b1" }, { "a.b", "a.b" }, { "a%b-c", "a%b-c" }, { "\\*", "*" }, { "s[1-3]", "s2" }, { "[", "[" } } do
    lu.assertTrue(glob.match(case[1], case[2]), case[1])
  end
end

function TestGlob.test_does_not_match()
  for _, case in ipairs { { "a*", "ba" }, { "s?x", "sx" }, { "[!a]1", "a1" }, { "a.b", "axb" }, { "", "a" },
    { "\\*", "a" }, { "s[1-3]", "s4" } } do
    lu.assertFalse(glob.match(case[1], case[2]), case[1])
  end
end

os.exit(lu.LuaUnit.run())
