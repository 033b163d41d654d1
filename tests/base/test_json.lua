-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- JSON: the same bytes for the same value, and back.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local json = require("generator.base.json")

TestJson = {}

function TestJson.test_keys_are_in_byte_order()
  lu.assertEquals(json.encode { b = 1, a = 2, B = 3, [""] = 4 }, '{"":4,"B":3,"a":2,"b":1}')
end

function TestJson.test_numbers_read_back_the_same()
  for _, value in ipairs { 0, -1, 1 << 62, 0.1, 1 / 3, 1e300, 5e-324, -0.5, 2.0 } do
    lu.assertEquals(json.decode(json.encode(value)), value)
  end
  lu.assertEquals(json.encode(0.1), "0.1")
  lu.assertErrorMsgContains("JSON has no", json.encode, 0 / 0)
  lu.assertErrorMsgContains("JSON has no", json.encode, math.huge)
end

function TestJson.test_strings_are_escaped()
  lu.assertEquals(json.encode('a"b\\c\n\1é'), '"a\\"b\\\\c\\n\\u0001é"')
  lu.assertEquals(json.decode(json.encode("\0\31\127\t")), "\0\31\127\t")
end

function TestJson.test_empty_list_and_empty_object_stay_what_they_are()
  lu.assertEquals(json.encode(json.decode('{"a":[],"b":{},"c":null}')), '{"a":[],"b":{},"c":null}')
  lu.assertEquals(json.encode { json.list {}, {} }, "[[],{}]")
end

function TestJson.test_indented()
  lu.assertEquals(json.encode({ a = { 1, 2 }, b = {} }, true), '{\n  "a": [\n    1,\n    2\n  ],\n  "b": {}\n}')
end

function TestJson.test_what_is_not_json_is_refused()
  for _, text in ipairs { "", "{", "[1,]x", '{"a":1} x', "nope" } do
    local value, why = json.decode(text)
    lu.assertNil(value, text)
    lu.assertStrContains(type(why), "string")
  end
  lu.assertErrorMsgContains("nested too deeply", function()
    local t = {}
    t[1] = t
    json.encode(t)
  end)
end

os.exit(lu.LuaUnit.run())
