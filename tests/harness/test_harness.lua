-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The test runner, tested: it must not call a failure good, whatever way a test fails.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local discover = require("tests.harness.discover")
local files = require("generator.base.files")
local results = require("tests.harness.results")
local shell = require("generator.toolchain.shell")

TestResults = {}

local function counts(kind, output, status)
  local r = results.read(kind, output, status)
  return { r.passed, r.failed, r.skipped }
end

function TestResults.test_luaunit()
  lu.assertEquals(counts("lua", "Ran 5 tests in 0.1 seconds, 5 successes, 0 failures\nOK\n", 0), { 5, 0, 0 })
  lu.assertEquals(counts("lua", "Ran 1 tests in 0.1 seconds, 1 success, 0 failures, 2 skipped", 0), { 1, 0, 2 })
  lu.assertEquals(counts("lua", "Ran 5 tests in 0.1 seconds, 2 successes, 1 failure, 2 errors", 3), { 2, 3, 0 })
end

function TestResults.test_cmocka_sums_its_groups()
  local two = "[==========] 3 test(s) run.\n[  PASSED  ] 3 test(s).\n"
    .. "[==========] 2 test(s) run.\n[  PASSED  ] 1 test(s).\n[  FAILED  ] 1 test(s), listed below:\n[  FAILED  ] t\n"
  lu.assertEquals(counts("c", two, 1), { 4, 1, 0 })
end

function TestResults.test_fuzz()
  lu.assertEquals(counts("fuzz", "stat::number_of_executed_units: 1200\n", 0), { 1, 0, 0 })
  lu.assertEquals(counts("fuzz", "stat::number_of_executed_units: 1200\n", 77), { 0, 1, 0 })
  lu.assertEquals(counts("fuzz", "", 0), { 0, 1, 0 })
end

function TestResults.test_a_crash_without_a_failed_test_is_a_failure()
  lu.assertEquals(counts("lua", "Ran 5 tests in 0.1 seconds, 5 successes, 0 failures", 139), { 5, 1, 0 })
  lu.assertEquals(counts("c", "[  PASSED  ] 3 test(s).\n", 1), { 3, 1, 0 })
  lu.assertEquals(counts("c", "", 134), { 0, 1, 0 })
end

function TestResults.test_running_nothing_is_a_failure()
  lu.assertEquals(counts("lua", "Ran 0 tests in 0.0 seconds, 0 successes, 0 failures", 0), { 0, 1, 0 })
  lu.assertEquals(counts("lua", "", 0), { 0, 1, 0 })
  lu.assertEquals(counts("c", "[  PASSED  ] 0 test(s).", 0), { 0, 1, 0 })
end

function TestResults.test_running_too_long_is_a_failure()
  lu.assertEquals(counts("lua", "", 124), { 0, 1, 0 })
  lu.assertEquals(results.read("c", "", 137).note, "ran too long")
end

TestDiscover = {}

function TestDiscover.test_link_lines()
  lu.assertEquals(discover.parse_link("/* x */\n/* link: a.c b.c ; libs: sndfile cmocka */", "c"),
    { sources = { "a.c", "b.c" }, libraries = { "sndfile", "cmocka" } })
  lu.assertEquals(discover.parse_link("/* link: a.c\n *     b.c ;\n * libs: z */", "c"),
    { sources = { "a.c", "b.c" }, libraries = { "z" } })
  lu.assertEquals(discover.parse_link("/* fuzz: ; libs: z */", "fuzz"), { sources = {}, libraries = { "z" } })
  lu.assertNil((discover.parse_link("/* nothing */", "c")))
end

function TestDiscover.test_this_file_is_found_and_helpers_are_not()
  local found = {}
  for _, test in ipairs(discover.find("tests", {})) do found[test.path] = test.kind end
  lu.assertEquals(found["tests/harness/test_harness.lua"], "lua")
  lu.assertNil(found["tests/harness/build.lua"])
  lu.assertNil(found["tests/run.lua"])
end

-- The whole runner on a tree of its own.
TestRunner = {}

function TestRunner:setUp()
  self.folder = assert(shell.temporary_folder("out/.tests"))
  local here = shell.real_path(".")
  for _, path in ipairs { "tests/a", "tests/fuzz", "tests/harness", "runtime" } do
    shell.make_folder(self.folder .. "/" .. path)
  end
  for _, path in ipairs { "generator", "tests/run.lua", "tests/harness/build.lua", "tests/harness/discover.lua",
    "tests/harness/results.lua" } do
    shell.capture(string.format("ln -s %s/%s %s/%s", shell.quote(here), path, self.folder, path))
  end
end

function TestRunner:tearDown()
  shell.remove_folder(self.folder)
end

function TestRunner:run(tests, arguments)
  for name, text in pairs(tests) do assert(files.write(self.folder .. "/" .. name, text)) end
  local output, status = shell.capture(string.format("cd %s && lua5.4 tests/run.lua --fuzz-seconds 1 --timeout 300 %s",
    self.folder, arguments or ""), true)
  return output:match("([^\n]*)\n$"), status, output
end

local good_lua = 'local lu = require("luaunit")\nTestX = {}\nfunction TestX.test_a() lu.assertTrue(true) end\n'
  .. "os.exit(lu.LuaUnit.run())\n"
local c_test = [[
/* link: runtime/one.c ; libs: cmocka */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
int one(int i);
static void test_one(void **state) { (void)state; assert_int_equal(one(1), 1); }
int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_one)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
]]

function TestRunner:test_good_ones_are_counted_and_c_is_built_once()
  local tests = { ["tests/a/test_x.lua"] = good_lua, ["tests/a/test_y.c"] = c_test,
    ["runtime/one.c"] = "int one(int i);\nint one(int i) { return i; }\n" }
  local last, status, output = self:run(tests)
  lu.assertEquals({ last, status }, { "2 passed, 0 failed", 0 }, output)
  lu.assertStrContains(output, "building 2 objects")
  last, status, output = self:run({})
  lu.assertEquals({ last, status }, { "2 passed, 0 failed", 0 }, output)
  lu.assertNil(output:find("building", 1, true))
  last, status, output = self:run({ ["runtime/new.h"] = "" })
  lu.assertEquals({ last, status }, { "2 passed, 0 failed", 0 })
  lu.assertStrContains(output, "building 2 objects")
end

function TestRunner:test_every_way_to_fail_counts()
  local last, status, output = self:run {
    ["tests/a/test_assert.lua"] = (good_lua:gsub("assertTrue%(true", "assertTrue(false")),
    ["tests/a/test_empty.lua"] = "",
    ["tests/a/test_syntax.lua"] = "this is not Lua",
    ["tests/a/test_sanitizer.c"] = c_test,
    ["tests/a/test_nolink.c"] = "int main(void) { return 0; }",
    ["tests/a/test_missing.c"] = "/* link: runtime/none.c ; libs: cmocka */",
    ["tests/a/test_library.c"] = "/* link: ; libs: fftw */\nint main(void) { return 0; }",
    ["tests/a/test_broken.c"] = "/* link: ; libs: cmocka */\nnonsense",
    ["tests/fuzz/fuzz_crash.c"] = "/* fuzz: ; libs: */\n#include <stddef.h>\n#include <stdint.h>\n#include <stdlib.h>\n"
      .. "int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n) { if (n && d[0] == 'A') abort(); return 0; }\n",
    -- reads behind an object on the heap: a sanitizer must stop it
    ["runtime/one.c"] = "#include <stdlib.h>\nint one(int i);\nint one(int i) {\n"
      .. "int *p = calloc(1, sizeof *p);\nint r = p[i];\nfree(p);\nreturn r + 1;\n}\n",
  }
  lu.assertEquals({ last, status }, { "0 passed, 9 failed", 1 }, output)
  for _, expected in ipairs { "insufficient space for an object", "there is no runtime/none.c", "unknown library fftw",
    "no line /* link:", "nonsense", "no test ran", "deadly signal" } do
    lu.assertStrContains(output, expected)
  end
end

function TestRunner:test_a_filter_without_a_test_and_an_empty_tree_fail()
  local last, status = self:run({ ["tests/a/test_x.lua"] = good_lua }, "test_x nowhere")
  lu.assertEquals({ last, status }, { "1 passed, 1 failed", 1 })
  last, status = self:run({}, "test_x")
  lu.assertEquals({ last, status }, { "1 passed, 0 failed", 0 })
  os.remove(self.folder .. "/tests/a/test_x.lua")
  last, status = self:run({})
  lu.assertEquals({ last, status }, { "0 passed, 1 failed", 1 })
end

function TestRunner:test_a_test_that_hangs_is_stopped()
  local last, status, output = self:run({ ["tests/a/test_hang.lua"] = "while true do end" }, "--timeout 1")
  lu.assertEquals({ last, status }, { "0 passed, 1 failed", 1 })
  lu.assertStrContains(output, "ran too long")
end

os.exit(lu.LuaUnit.run())
