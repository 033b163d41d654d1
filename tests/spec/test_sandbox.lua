-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- A spec is a pure function that ends: what it cannot reach, what stops it, and that its errors are
-- its own, at its own lines.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require("luaunit")
local sandbox = require("generator.spec.sandbox")
local support = require("tests.spec.support")

local function run(text)
  local value, failure = sandbox.run(text, {})
  if failure then return nil, ("%s: %s"):format(failure.line or "-", failure.message) end
  return value
end

TestPure = {}

function TestPure:test_nothing_outside_can_be_reached()
  for _, name in ipairs { "os", "io", "require", "debug", "load", "loadfile", "dofile", "collectgarbage",
    "getmetatable", "setmetatable", "coroutine", "pcall", "xpcall", "print", "next", "rawset", "_G", "package" } do
    local _, why = run("\nreturn " .. name)
    lu.assertEquals(why, ("2: `%s` is not available: a spec is a pure function of its text"):format(name))
  end
  for _, name in ipairs { "math.random", "math.randomseed", "string.dump", "('x').dump" } do
    lu.assertNil(run("return " .. name))
  end
end

function TestPure:test_no_addresses()
  lu.assertEquals(run "return tostring({}) .. tostring(print_ or 1) .. tostring(ipairs)" or
    run "return tostring({}) .. tostring(ipairs)", "tablefunction")
  lu.assertEquals(run "return string.format('%s %s', {}, ipairs)", "table function")
  local _, why = run "return string.format('%p', {})"
  lu.assertStrContains(why, "prints an address")
  lu.assertStrContains(select(2, run "return ('%5p'):format({})"), "prints an address")
end

function TestPure:test_pairs_is_sorted()
  lu.assertEquals(run [[
local t, out = { zeta = 1, alpha = 1, [10] = 1, [2] = 1, [true] = 1, [1.5] = 1, Beta = 1 }, {}
for key in pairs(t) do out[#out + 1] = tostring(key) end
return table.concat(out, " ")]], "1.5 2 10 Beta alpha zeta true")
  lu.assertEquals(select(2, run "for k in pairs({ [{}] = 1 }) do end"), "1: pairs: keys of type table have no order")
end

function TestPure:test_sort_is_stable()
  lu.assertEquals(run [[
local t = {}
for i = 1, 300 do t[i] = { i % 7, i } end
table.sort(t, function(a, b) return a[1] < b[1] end)
for i = 2, 300 do
  assert(t[i - 1][1] < t[i][1] or t[i - 1][1] == t[i][1] and t[i - 1][2] < t[i][2])
end
local n = { 3, 1, 2 }
table.sort(n)
return table.concat(n, ",")]], "1,2,3")
end

function TestPure:test_library_does_what_lua_does()
  -- gsub and format are wrapped: they must still be themselves
  for _, text in ipairs {
    [[("hello world"):gsub("o", "0")]], [[("hello"):gsub("(l)(l)", "%2%1!%0")]], [[("abc"):gsub("%w", "%0%0")]],
    [[("abc"):gsub("%w", "%1-")]], [[("hello hello"):gsub("(h)(e)%1?", "<%1%2>")]], [[("x^y"):gsub("^x", "z")]],
    [[("abcabc"):gsub("(a)b(c)%1", "[%1%2]")]], [[("abc"):gsub("", "-")]], [[("a%b"):gsub("%%", "%%%%")]],
    [[("abc"):gsub("()b", "%1")]], [[("k=v"):gsub("(%w)=(%w)", { k = "K" })]], [[("abc"):gsub(".", { a = 1 })]],
    [[("abc"):gsub("b", function() return nil end)]], [[("aaa"):gsub("a", "b", 2)]], [[("a1%1"):gsub("%%1", "x")]],
    [[("abc"):rep(3, "-")]], [[("%5.2f|%d|%q"):format(1.5, 3, "x")]], [[("a,b"):match("(%w),(%w)")]],
    [[("abc"):find("b", 1, true)]], [[table.concat({ 1, 2, "x" }, "-", 2)]], [[table.unpack({ 1, 2, 3 }, 2)]],
    [[select("#", table.unpack({}, 1, 3))]], [[tostring(1.0) .. tostring(nil)]], [[math.tointeger(3.0)]],
  } do
    local ours = run("return table.pack(" .. text .. ")")
    local theirs = assert(load("return table.pack(" .. text .. ")"))()
    lu.assertEquals(ours, theirs, text)
  end
end

function TestPure:test_the_generator_is_unharmed()
  run "error('x')"
  run "while true do end"
  lu.assertEquals(("x"):rep(3), "xxx")
  lu.assertEquals(getmetatable("").__index, string)
  lu.assertNil(debug.gethook())
  run "string.rep = nil; table.insert = nil"
  lu.assertEquals(run "return ('x'):rep(2)", "xx")
end

TestLimits = {}

local function stops(text, pattern)
  local began = os.clock()
  local value, why = run(text)
  lu.assertNil(value)
  lu.assertStrContains(why, pattern)
  lu.assertTrue(os.clock() - began < 30, "took too long: " .. text)
end

function TestLimits:test_endless()
  stops("while true do end", "1: does not end")
  stops("\n\nrepeat local x = 1 until false", "3: does not end")
  stops("::a:: goto a", "does not end")
  stops("local function f() return f() end f()", "does not end")
  stops("table.sort({ 1, 2, 3 }, function() while true do end end)", "does not end")
  stops("('x'):gsub('x', function() while true do end end)", "does not end")
  stops("local function f() return 1 + f() end f()", "does not end")
end

function TestLimits:test_huge()
  stops("local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(10000) .. i end", "needs more than 128 MiB")
  stops("local s = 'x' for i = 1, 100 do s = s .. s end return s", "needs more than 128 MiB")
  stops("return ('x'):rep(1e10)", "string.rep: the result would be")
  stops("return string.rep('x', 1, 2) .. ('x'):rep(2^20, 'yy')", "string.rep: the result would be")
  stops("return string.rep(5, '1e10')", "string.rep: the result would be")
  stops("local s = ('x'):rep(1e6) return table.concat({ s, s })", "table.concat: the result would be")
  stops("local s = ('x'):rep(1e6) return ('%s%s'):format(s, s)", "string.format: the result would be")
  stops("local s = ('x'):rep(1e5) return s:gsub('x', s)", "string.gsub: the result would be")
  stops("local s = ('x'):rep(1e5) return s:gsub('.+', ('%0'):rep(20))", "string.gsub: the result would be")
  stops("table.move({}, 1, 1e15, 2)", "too many values")
  stops("table.unpack({}, 1, 1e8)", "too many values")
end

function TestLimits:test_patterns()
  stops("return ('a'):rep(500):find(('.-'):rep(20) .. 'b')", "may take for ever")
  stops("return ('a'):rep(500):match(('a*'):rep(20) .. 'b')", "may take for ever")
  lu.assertEquals(run "return ('data/en/a-b_c.wav'):match('^(.-)/(.-)/(.-)%-(.-)_(.-)%.wav$')", "data")
end

TestMessages = {}

local function message(expected, text)
  lu.assertEquals(support.errors(support.parse(text)), expected)
end

function TestMessages:test_syntax()
  message("specs/case.lua:3: '}' expected (to close '{' at line 2) near <eof>", "\nreturn {\n 1")
  message("specs/case.lua: attempt to load a binary chunk (mode is 't')", "\27Lua")
end

function TestMessages:test_run_time()
  message("specs/case.lua:2: attempt to perform arithmetic on a nil value (local 'x')", "local x\nreturn x + 1")
  message("specs/case.lua:1: oh no", "error('oh no')")
  message("specs/case.lua:2: oh no", "local function f() error('oh no', 2) end\nf()")
  message("specs/case.lua:1: oh no", "error('oh no', 0)")
  message("specs/case.lua:2: raised an error that is not a text but a table", "\nerror({})")
  message("specs/case.lua:2: because", "\nassert(false, 'because')")
  message("specs/case.lua:2: assertion failed", "\nassert(nil)")
  message("specs/case.lua:1: bad argument #1 to 'floor' (number expected, got table)", "return math.floor({})")
  message("specs/case.lua:2: attempt to compare number with nil",
    "table.sort({ 1, 2 }, function(a)\n return a < nil end)")
end

function TestMessages:test_unknown_names()
  message("specs/case.lua:2: unknown name `desent` (did you mean `descent`?)", "\nreturn desent { rate = 1 }")
  message("specs/case.lua:1: unknown name `experimnt` (did you mean `experiment`?)", "return experimnt {}")
  message("specs/case.lua:1: `x` is not declared; write `local x = …`", "x = 1")
end

function TestMessages:test_calls()
  message("specs/case.lua:2: descent takes one table: descent { … }", "\nlocal a = descent(0.1)")
  message("specs/case.lua:2: descent takes one table: descent { … }", "\nlocal a = descent({}, 1)")
  message("specs/case.lua:1: chain takes a table of fields, found `act { … }`; write chain { … { … } }",
    "local a = chain(act {})")
end

function TestMessages:test_no_generator_frames()
  for _, text in ipairs { "local t = nil; t.x = 1", "error()", "return ('x'):rep(-1, {})", "return #5",
    "return string.format('%d', 'x')", "return table.concat({ {} })", "for i in 3 do end", "return ('x'):bad()" } do
    local experiment, errors = support.parse(text)
    lu.assertNil(experiment)
    for _, e in ipairs(errors) do
      lu.assertNotStrContains(tostring(e), "generator/")
      lu.assertNotStrContains(tostring(e), "stack traceback")
      lu.assertEquals(e.line, 1, text)
    end
  end
end

os.exit(lu.LuaUnit.run())
