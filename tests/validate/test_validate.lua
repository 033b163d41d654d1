-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Every rule on data: what it lets pass, what it names.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require("luaunit")
local validate = require("generator.validate")

local function file(path, changes)
  local made = { path = path, bytes = 100, sha256 = path, split = "train", rate = 8000, frames = 8000 }
  for key, value in pairs(changes or {}) do made[key] = value end
  return made
end

local function lock(files)
  return { files = files, classes = { "a", "b" }, totals = { records = 100 },
    counts = { train = { items = 50, classes = { a = 40, b = 10 } } } }
end

local function says(rules, of)
  local lines = {}
  for i, found in ipairs(validate.check(rules, of)) do lines[i] = found.rule .. ": " .. found.text end
  return table.concat(lines, "\n")
end

TestValidate = {}

function TestValidate.test_sizes_and_durations()
  local of = lock { file "a", file("b", { bytes = 7 }), file("c", { frames = 800 }), file("d", { frames = 80000 }) }
  lu.assertEquals(says({ min_bytes = 7, max_bytes = 100, min_seconds = 0.1, max_seconds = 10 }, of), "")
  lu.assertEquals(says({ min_bytes = 8 }, of), "min_bytes: b (7): fewer than 8 bytes")
  lu.assertEquals(says({ max_bytes = 50 }, of), "max_bytes: a (100), c (100), d (100): more than 50 bytes")
  lu.assertEquals(says({ max_bytes = 6 }, of), "max_bytes: a (100), b (7), c (100) and 1 more: more than 6 bytes")
  lu.assertEquals(says({ min_seconds = 0.5 }, of), "min_seconds: c (0.1 s): shorter than 0.5 s")
  lu.assertEquals(says({ max_seconds = 5 }, of), "max_seconds: d (10 s): longer than 5 s")
  of = lock { file("e", { height = 20, width = 9 }) }
  lu.assertEquals(says({ min_pixels = 9 }, of), "")
  lu.assertEquals(says({ min_pixels = 10 }, of), "min_pixels: e (20 x 9): fewer than 10 pixels on a side")
end

function TestValidate.test_balance()
  lu.assertEquals(says({ balance = 0.25 }, lock {}), "")
  lu.assertEquals(says({ balance = 0.5 }, lock {}),
    "balance: class b has 10 training items, class a 40: less than 0.5 of it")
end

function TestValidate.test_files_with_the_same_content()
  local of = lock { file "a", file("b", { sha256 = "a" }), file("c", { sha256 = "a", split = "test" }), file "d" }
  lu.assertEquals(says({ duplicates = 0.5, leakage = 1 }, of), "")
  lu.assertEquals(says({ duplicates = 0.25, leakage = 0 }, of),
    "duplicates: a = b, a = c: 2 of 4 files have the content of another\n"
    .. "leakage: a = c: 1 files have the content of one in another split")
end

function TestValidate.test_tables()
  local of = lock { file "t" }
  of.table = { task = "regression", rows = { duplicated = 2, leaking = 1, examples = { "t#1 = t#4", "t#1 = t#9" } },
    columns = { { name = "x", missing = 0 }, { name = "y", missing = 20, constant = true } } }
  lu.assertEquals(says({ missing = 0.2, constant = 1, duplicates = 0.02, leakage = 1, balance = 1 }, of), "")
  lu.assertEquals(says({ missing = 0.1, constant = 0, duplicates = 0.01, leakage = 0 }, of),
    "constant: column y: the same value in every row\n"
    .. "duplicates: t#1 = t#4, t#1 = t#9: 2 of 100 rows have the features of another\n"
    .. "leakage: 1 rows have the features of a row in another split\n"
    .. "missing: column y (20 %): more than 10 % of the rows have no value")
end

function TestValidate.test_one_value_only()
  local of = lock { file "a", file("b", { constant = 1 }) }
  lu.assertEquals(says({ constant = 1 }, of), "")
  lu.assertEquals(says({ constant = 0 }, of), "constant: b: holds one value only")
end

function TestValidate.test_columns_with_the_same_content()
  local of = lock { file "t" }
  of.table = { task = "regression", rows = { duplicated = 0, leaking = 0, examples = {} },
    columns = { { name = "x", missing = 0 }, { name = "y", missing = 0, same_as = "x" } } }
  lu.assertEquals(says({ duplicate_columns = 1 }, of), "")
  lu.assertEquals(says({ duplicate_columns = 0 }, of), "duplicate_columns: column x = y: the same content in both")
end

function TestValidate.test_leaking_rows_by_name()
  local of = lock { file "t" }
  of.table = { task = "regression", columns = {}, rows = { duplicated = 30, leaking = 25, examples = {},
    leaks = { "t#1 = t#4", "t#1 = t#9", "t#1 = t#10", "t#1 = t#11" } } }
  lu.assertEquals(says({ leakage = 24 }, of), "leakage: t#1 = t#4, t#1 = t#9, t#1 = t#10 and 22 more: "
    .. "25 rows have the features of a row in another split")
end

function TestValidate.test_the_tables()
  local files = {}
  for i = 1, 24 do
    files[i] = file("f" .. i, { bytes = i, split = i <= 20 and "train" or "test", class = i % 2 == 0 and "a" or "b" })
  end
  local made = validate.report({ stop = { max_bytes = 24 }, warn = { min_bytes = 23, missing = 0.1 } }, lock(files))
  lu.assertEquals(#made.rules, 3)
  lu.assertEquals(made.rules[1], { rule = "max_bytes", level = "stop", limit = 24, found = 24, status = "ok",
    names = {}, total = 0 })
  local least = made.rules[2]
  lu.assertEquals({ least.found, least.status, #least.names, least.names[20], least.total },
    { 1, "warn", 20, "f20 (20)", 22 })
  lu.assertNil(made.rules[3].found) -- no table: nothing to judge
  lu.assertNil(made.columns)
  local names = {}
  for i, line in ipairs(made.files) do names[i] = line.name .. " " .. line.files .. " " .. line.bytes end
  lu.assertEquals(names, { "all files 24 300", "train 20 210", "test 4 90", "a 12 156", "b 12 144" })
  lu.assertEquals(made.files[1].seconds, { min = 1, median = 1, max = 1 })
  lu.assertEquals(validate.report(nil, lock {}), { rules = {}, files = {} })
end

os.exit(lu.LuaUnit.run())
