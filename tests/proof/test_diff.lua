-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- diff: every part that can differ, on two small executables and on locks, nodes and metrics of which two
-- kinds are made here; the lines for people.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local diff = require("generator.proof.diff")
local diff_text = require("generator.proof.diff_text")
local json = require("generator.base.json")
local support = require("tests.proof.support")

local one = support.build()
local project = one.project

local function build(arguments)
  local output, status, errors = project:run("specs/small.lua --json " .. (arguments or ""))
  assert(status == 0, errors)
  return json.decode(output:match("([^\n]*)\n$")).path
end

local first = "out/" .. one.base
local with_set = build("--set text=other")
project:write("runtime/cli/more.c", "int ingot_more(void);\nint ingot_more(void) { return 1; }\n")
project:write("generator/emit/sections.lua", project:read("generator/emit/sections.lua") .. "-- changed\n")
project:write("specs/small.lua", project:read("specs/small.lua") .. "-- changed\n")
local with_code = build()

local function compare(a, b, arguments)
  local output, status, errors = project:run(string.format("diff %s %s %s", a, b, arguments or ""))
  lu.assertEquals(status, 0, errors)
  return output, json.decode(output:match("([^\n]*)\n$"))
end

TestDiff = {}

function TestDiff.test_one_and_the_same()
  local output = compare(first, first)
  lu.assertStrContains(output, "one stamp: nothing that decides the executable is different")
  local _, said = compare(first, first, "--json")
  lu.assertTrue(said.same)
end

function TestDiff.test_fields_and_overrides()
  local output = compare(first, with_set)
  lu.assertStrContains(output, "spec\n")
  lu.assertStrContains(output, "  (--set): none -> text=other\n")
  lu.assertStrContains(output, "  text: hello -> other\n")
  lu.assertNil(output:find("code of", 1, true))
  local _, said = compare(first, with_set, "--json")
  lu.assertFalse(said.same)
  lu.assertEquals(said.spec[2], { name = "text", a = "hello", b = "other" })
end

function TestDiff.test_code_by_room_and_file()
  local output = compare(first, with_code)
  lu.assertStrContains(output, "spec\n  only its text: it means the same\n")
  lu.assertStrContains(output, "code of generator\n  1 files changed: generator/emit/sections.lua\n")
  lu.assertStrContains(output, "code of runtime\n  1 files added: runtime/cli/more.c\n")
  lu.assertStrContains(compare(with_code, first), "1 files removed: runtime/cli/more.c")
end

function TestDiff.test_metrics_of_two_runs()
  for path, accuracy in pairs { [first] = 0.5, [with_set] = 0.75 } do
    project:write("work/" .. path:match("[^/]+$") .. "/metrics.json",
      json.encode { test = { accuracy = accuracy, rows = 10, classes = json.list { { f1 = accuracy } } } })
  end
  lu.assertStrContains(compare(first, with_set, "--work work"), "metrics\n  test.accuracy: 0.5 -> 0.75 (+0.25)\n")
  lu.assertNil(compare(first, with_set):find("metrics", 1, true))
end

function TestDiff.test_what_cannot_be_compared()
  for _, case in ipairs { { "build.lua " .. first, 1, "not an executable that Ingot built" },
    { first .. " nowhere", 2, "there is no such executable" },
    { first .. " " .. first .. " --require-signature", 1, "is not signed" } } do
    local _, status, errors = project:run("diff " .. case[1])
    lu.assertEquals(status, case[2])
    lu.assertStrContains(errors, case[3])
  end
end

TestParts = {}

function TestParts.test_locks()
  local function lock(digest, files, train)
    return { digest = digest, classes = { "a", "b" }, counts = { train = { items = train }, test = { items = 0 } },
      files = files, totals = { files = #files } }
  end
  local a = lock("1", { { path = "x", sha256 = "1", split = "train" }, { path = "y", sha256 = "2", split = "train" },
    { path = "z", sha256 = "3", split = "train" } }, 3)
  local b = lock("2", { { path = "w", sha256 = "0", split = "train" }, { path = "x", sha256 = "9", split = "train" },
    { path = "y", sha256 = "2", split = "test" } }, 2)
  lu.assertEquals(diff.files(a, b), { added = { "w" }, removed = { "z" }, changed = { "x" }, moved = { "y" } })
  lu.assertEquals(diff.changes(diff.data_facts(a), diff.data_facts(b)),
    { { name = "digest", a = "1", b = "2" }, { name = "items of train", a = 3, b = 2 } })
end

local generated = [[
/* 1: linear+relu [%s]
 * (1, 4) (4, 16) (16) -> (1, 16); 128 FLOP, 448 B */
static void predict_001(ingot_machine *m) {
}

/* 3: linear [vector]
 * (1, 16) (16, 3) (3) -> (1, 3); 96 FLOP, 384 B */
static void predict_002(ingot_machine *m) {
}

/* 3: linear [c]
 * (1, 16) (16, 3) (3) -> (1, 3); 96 FLOP, 384 B */
static void predict_003(ingot_machine *m) {
}
]]

function TestParts.test_kernels_of_nodes()
  local a, b = {}, {}
  diff.nodes(generated:format("vector"), a)
  diff.nodes(generated:format("onednn"), b)
  lu.assertEquals(a, { ["predict 1: linear+relu"] = "vector", ["predict 3: linear"] = "vector",
    ["predict 3: linear #2"] = "c" })
  local list = diff.changes(a, b)
  lu.assertEquals(list, { { name = "predict 1: linear+relu", a = "vector", b = "onednn" } })
  local empty = { added = {}, removed = {}, changed = {}, moved = {} }
  local lines = table.concat(diff_text.lines { a = { base = "x", stamp = "1" }, b = { base = "y", stamp = "2" },
    spec = {}, data = {}, files = empty, code = {}, kernels = list, tools = {}, flags = {},
    libraries = { { name = "zstd", a = "1.5.4 x", b = "1.5.5 y" } } }, "\n")
  lu.assertStrContains(lines, "kernels: 1 nodes differ (1 vector -> onednn)")
  lu.assertStrContains(lines, "  zstd: 1.5.4 x -> 1.5.5 y")
end

local status = lu.LuaUnit.run()
project:remove()
os.exit(status)
