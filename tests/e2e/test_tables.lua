-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Tables from end to end: classes and numbers to predict, missing values and categories, what is fitted on
-- the training rows and travels with the weights, and every way in which a table can be wrong.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local json = require("generator.base.json")
local safetensors = require("tests.support.safetensors")

local bench = e2e.new()

-- Rows whose class is told by two numbers and a colour; every seventh number is missing.
local function fruit(rows)
  local list = { "weight,colour,origin,kind" }
  for i = 0, rows - 1 do
    local apple = i % 2 == 0
    local weight = (i % 7 == 3) and "NA" or ("%.1f"):format(apple and 80 + i % 11 or 160 + i % 13)
    list[#list + 1] = ("%s,%s,\"orchard, %d\",%s"):format(weight, i % 10 == 9 and "" or apple and "red" or "green",
      i % 4, apple and "apple" or "pear")
  end
  return table.concat(list, "\n") .. "\n"
end

local function spec(changes)
  local values = { path = "fruit", files = '"fruit.csv"', target = '"kind"', data = "", features = "",
    split = "by_fraction { validation = 0.2, test = 0.2 }", outputs = 2, train = "" }
  for key, value in pairs(changes or {}) do values[key] = value end
  return ([[
return experiment {
  data = csv { path = "${path}", files = { ${files} }, target = ${target}, split = ${split}, ${data} },
  features = tabular { ${features} },
  model = sequential { flatten {}, linear { outputs = 8 }, relu {}, linear { outputs = ${outputs} } },
  train = { optimizer = adam { learning_rate = 0.03 }, epochs = 20, batch_size = 10, ${train} },
  target = { isa = "]] .. e2e.isa .. [[", backends = { "c" } },
}
]]):gsub("%${(%w+)}", function(name) return tostring(values[name]) end)
end

local function lock_fails(name, changes, message)
  bench:write(name .. ".lua", spec(changes))
  local ran = bench:build_lua("lock " .. name .. ".lua")
  lu.assertNotEquals(ran.status, 0)
  lu.assertStrContains(ran.err, message)
end

bench:write("fruit/fruit.csv", fruit(100))

TestTables = {}

function TestTables.test_classes()
  bench:write("fruit.lua", spec { data = 'exclude = { "origin" }', features = 'impute = "median"',
    train = 'keep = "best"' })
  local built = bench:build("fruit.lua")
  local ran = bench:exec(built, "run --json")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertTrue(ran.last.metrics.test.accuracy > 0.9, ran.out)
  local lock = json.decode(bench:read("fruit.lock"))
  lu.assertEquals(lock.classes, { "apple", "pear" })
  lu.assertEquals(lock.table.task, "classification")
  lu.assertEquals(lock.table.columns, { { name = "weight", type = "number", missing = 14 },
    { name = "colour", type = "category", missing = 10, categories = { "green", "red" } } })
  -- what was fitted: of the training rows alone
  local splits, weights, record = {}, {}, 0
  for n, of in lock.files[1].splits:gmatch("(%d+)(.)") do
    for _ = 1, tonumber(n) do splits[#splits + 1] = of end
  end
  for line in bench:read("fruit/fruit.csv"):gmatch("\n([^\n]+)") do
    record = record + 1
    if splits[record] == "t" then weights[#weights + 1] = tonumber(line:match("^[^,]+")) or false end
  end
  local known = {}
  for _, weight in ipairs(weights) do if weight then known[#known + 1] = weight end end
  table.sort(known)
  local middle = #known % 2 == 1 and known[#known // 2 + 1] or (known[#known // 2] + known[#known // 2 + 1]) / 2
  local sum, squares = 0, 0
  for _, weight in ipairs(weights) do sum = sum + (weight or middle) end
  for _, weight in ipairs(weights) do squares = squares + ((weight or middle) - sum / #weights) ^ 2 end
  local saved = safetensors.read(bench:path(ran.last.weights.path))
  lu.assertAlmostEquals(saved["features.fill"].values[1], middle, 1e-4)
  lu.assertAlmostEquals(saved["features.mean"].values[1], sum / #weights, 1e-4)
  lu.assertAlmostEquals(saved["features.std"].values[1], math.sqrt(squares / #weights), 1e-4)
  lu.assertEquals({ table.unpack(saved["features.mean"].values, 2) }, { 0, 0 })
  lu.assertEquals({ table.unpack(saved["features.std"].values, 2) }, { 1, 1 })

  -- new rows, in another order of columns, without the target, with gaps and a category nobody saw
  bench:write("new.csv", "colour,weight\nred,82\ngreen,170\nblue,165\n,\n")
  local predicted = bench:exec(built, "predict new.csv")
  lu.assertEquals(predicted.status, 0, predicted.err)
  lu.assertStrContains(predicted.out, "new.csv#0\tapple\t")
  lu.assertStrContains(predicted.out, "new.csv#1\tpear\t")
  lu.assertStrContains(predicted.out, "new.csv#3\t")
  local piped = bench:exec(built, "predict --json /dev/stdin < new.csv")
  lu.assertEquals(piped.status, 0, piped.err)
  lu.assertEquals(piped.last.predicted, 4)
  -- text where a number was; a column that is gone
  bench:write("text.csv", "colour,weight\nred,82\nred,heavy\n")
  local text = bench:exec(built, "predict text.csv")
  lu.assertEquals(text.status, 1)
  lu.assertStrContains(text.out, "text.csv#0\tapple\t")
  lu.assertStrContains(text.err, "text.csv#1: line 3: column 'weight': 'heavy' is not a number")
  bench:write("gone.csv", "colour,mass\nred,82\n")
  local gone = bench:exec(built, "predict gone.csv")
  lu.assertEquals(gone.status, 1)
  lu.assertStrContains(gone.err, "gone.csv: no column 'weight'; there are colour, mass")
end

function TestTables.test_numbers()
  local list = { "a,b,twice,sum" }
  for i = 0, 199 do
    local a, b = i % 17, (i * 7) % 23
    list[#list + 1] = ("%d,%d,%d,%d"):format(a, b, 2 * a, a + b)
  end
  bench:write("sums/sums.csv", table.concat(list, "\n"))
  bench:write("sums.lua", spec { path = "sums", files = '"sums.csv"', target = '{ "sum", "twice" }', outputs = 2,
    split = "by_fraction { validation = 0.2, test = 0.2, stratified = false }",
    train = "loss = mse {}, early_stopping = { metric = \"validation.loss\", patience = 20 }" }
    :gsub("epochs = 20", "epochs = 200"))
  local built = bench:build("sums.lua")
  local ran = bench:exec(built, "run --json")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertTrue(ran.last.metrics.test.r2 > 0.98, ran.out)
  lu.assertStrContains(bench:read(ran.last.report.path), "predicted against true")
  local metrics = json.decode(bench:read((ran.last.report.path:gsub("report.html", "metrics.json"))))
  lu.assertEquals(metrics.metrics.test.outputs[1].name, "sum")
  local history = json.decode(bench:read((ran.last.report.path:gsub("report.html", "history.json"))))
  lu.assertNil(history.epochs[1].accuracy)
  lu.assertNotNil(history.epochs[1].validation.loss)
  bench:write("new.csv", "a,b\n3,4\n")
  local predicted = bench:exec(built, "predict --json new.csv")
  lu.assertEquals(predicted.status, 0, predicted.err)
  local first = json.decode(predicted.out:match("^[^\n]+"))
  lu.assertAlmostEquals(first.predicted.sum, 7, 1.5)
  lu.assertEquals(bench:exec(built, "run").status, 0) -- again: nothing to do
end

function TestTables.test_a_loss_that_does_not_fit()
  bench:write("sums/few.csv", "a,y\n" .. ("1,2\n2,3\n"):rep(10))
  bench:write("misfit.lua", spec { path = "sums", files = '"few.csv"', target = '"y"', outputs = 1,
    split = "by_fraction { test = 0.2 }" })
  bench:build_lua("lock misfit.lua")
  local ran = bench:build_lua("misfit.lua")
  lu.assertEquals(ran.status, 1)
  lu.assertStrContains(ran.err, "train.loss: `cross_entropy` compares with classes, the data has numbers to predict")
  bench:write("watch.lua", spec { path = "sums", files = '"few.csv"', target = '"y"', outputs = 1,
    split = "by_fraction { test = 0.2, validation = 0.2 }",
    train = 'loss = mse {}, early_stopping = { metric = "validation.accuracy", patience = 2 }' })
  bench:build_lua("lock watch.lua")
  lu.assertStrContains(bench:build_lua("watch.lua").err,
    "train.early_stopping: goes by validation.accuracy, a metric of classes; of numbers to predict there are "
    .. "training.loss, validation.loss, validation.mse, validation.rmse, validation.mae, validation.r2")
end

-- The third epoch's R2 is not better by more than the change that counts.
function TestTables.test_a_regression_watches_its_own_metrics()
  bench:write("r2.lua", spec { path = "sums", files = '"few.csv"', target = '"y"', outputs = 1,
    split = "by_fraction { test = 0.2, validation = 0.2 }",
    train = 'loss = mse {}, keep = "best", early_stopping = { metric = "validation.r2", patience = 1, '
      .. 'min_change = 1000 }' })
  bench:build_lua("lock r2.lua")
  local built = bench:build("r2.lua")
  local ran = bench:exec(built, "train --json")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertEquals(ran.last.epochs, 2)
end

function TestTables.test_rows_of_a_group_stay_together()
  bench:write("grouped.lua", spec { split = 'by_group { column = "origin", test = 0.3 }' })
  local ran = bench:build_lua("lock grouped.lua")
  lu.assertEquals(ran.status, 0, ran.err)
  local lock, at = json.decode(bench:read("grouped.lock")), 0
  local of = {}
  for n, split in lock.files[1].splits:gmatch("(%d+)(.)") do
    for _ = 1, tonumber(n) do
      of[at % 4] = of[at % 4] or split
      lu.assertEquals(of[at % 4], split)
      at = at + 1
    end
  end
  for _, column in ipairs(lock.table.columns) do lu.assertNotEquals(column.name, "origin") end
  lock_fails("nogroup", { split = 'by_group { column = "farm", test = 0.3 }' },
    'split.column: fruit.csv has no column "farm"')
  lock_fails("both", { split = 'by_group { column = "origin", group = "x" }' },
    "data.split.group: or `column` must be given, and only one of them")
end

function TestTables.test_train_and_test_files_without_a_header()
  bench:write("two/train.csv", ("1;0;x\n2;1;y\n"):rep(20))
  bench:write("two/test.csv", ("1;0;x\n2;1;y\n"):rep(5))
  bench:write("two.lua", spec { path = "two", files = '"train.csv", "test.csv"', target = '"3"',
    split = 'given { test = "^test" }', data = 'separator = ";", header = false' })
  local ran = bench:exec(bench:build("two.lua"), "run --json")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertEquals(ran.last.metrics.test.accuracy, 1)
end

function TestTables.test_files_that_are_wrong()
  local function wrong(name, bytes, message, changes)
    bench:write("bad/" .. name .. ".csv", bytes)
    local all = { path = "bad", files = ('"%s.csv"'):format(name) }
    for key, value in pairs(changes or {}) do all[key] = value end
    lock_fails("bad_" .. name, all, message)
  end
  wrong("empty", "", "empty.csv: is empty")
  wrong("header", "a,kind\n", "header.csv: has a header and no rows")
  wrong("ragged", "a,kind\n1,x\n2\n", "ragged.csv: line 3: 1 field, the first line has 2")
  wrong("latin", "a,kind\nM\xfcller,x\n", "latin.csv: line 2: byte 2 of the line, 0xfc, is not UTF-8")
  wrong("target", "a,kind\n1,x\n2,\n3,y\n",
    'target.csv: the target "kind" has no value in 1 row, the first in line 3')
  wrong("gone", "a,sort\n1,x\n", 'data.target: gone.csv has no column "kind"')
  wrong("near", "a,kinds\n1,x\n", '(did you mean `kinds`?)')
  wrong("text", "a,kind\n1,x\nmuch,y\n",
    'text.csv: column "a" must be numbers (data.numbers): line 3: \'much\' is not one',
    { data = 'numbers = { "a" }', split = "by_fraction { test = 0 }" })
  wrong("words", "a,kind\n1,x\n2,y\n", "words.csv: the target \"kind\": line 2: 'x' is not a number",
    { data = 'task = "regression"' })
  wrong("pattern", "a,kind\n1,x\n2,y\n", 'data.columns: no column matches "b*"', { data = 'columns = { "b*" }' })
  wrong("hollow", "a,kind\n,x\n,y\n,x\n,y\n", 'column "a" has no value in the training rows',
    { split = "by_fraction { test = 0 }" })
  wrong("many", "a,kind\n" .. ("p,x\nq,y\n"):rep(9),
    'column "a" has 2 categories in the training rows, data.max_categories is 1',
    { data = "max_categories = 1", split = "by_fraction { test = 0 }" })
  bench:write("bad/first.csv", "a,b,kind\n1,1,x\n")
  bench:write("bad/second.csv", "a,kind\n1,x\n")
  lock_fails("differ", { path = "bad", files = '"first.csv", "second.csv"' },
    'second.csv has no column "b", which first.csv has')
  lock_fails("absent", { path = "bad", files = '"nowhere.csv"' }, "nowhere.csv: cannot read: No such file or directory")
end

function TestTables.test_rows_without_a_target_can_be_left_out()
  bench:write("bad/some.csv", "a,kind\n" .. ("1,x\n2,y\n3,\n"):rep(10))
  bench:write("some.lua", spec { path = "bad", files = '"some.csv"', data = 'on_missing_target = "skip"' })
  local ran = bench:build_lua("lock some.lua")
  lu.assertEquals(ran.status, 0, ran.err)
  local lock = json.decode(bench:read("some.lock"))
  lu.assertEquals(lock.counts.none.items, 10)
  lu.assertEquals(lock.counts.train.items + lock.counts.validation.items + lock.counts.test.items, 20)
end

function TestTables.test_what_the_data_must_be()
  bench:write("twice/t.csv", "a,b,kind\n" .. ("1,7,x\n2,7,y\n3,7,x\n,7,y\n"):rep(10))
  local text = spec { path = "twice", files = '"t.csv"' }
  bench:write("stops.lua", (text:gsub("target = {",
    "validate = { stop = { leakage = 0, constant = 0, missing = 0.2 } }, target = {")))
  bench:write("warns.lua", (text:gsub("target = {",
    "validate = { warn = { leakage = 0, missing = 0.25 } }, target = {")))
  bench:build_lua("lock stops.lua")
  local ran = bench:build_lua("stops.lua")
  lu.assertEquals(ran.status, 1)
  lu.assertStrContains(ran.err, "validate.stop.constant: column b: the same value in every row")
  lu.assertStrContains(ran.err, "validate.stop.leakage: ")
  lu.assertStrContains(ran.err,
    "validate.stop.missing: column a (25 %): more than 20 % of the rows have no value")
  local warned = bench:exec(bench:build("warns.lua"), "info")
  lu.assertStrContains(warned.out, "rows have the features of a row in another split")
  lu.assertNotStrContains(warned.out, "validate.missing")
end

function TestTables.test_a_cross_validation()
  local text = spec { split = "k_fold { folds = 3, fold = fold }", data = 'exclude = { "origin" }' }
  bench:write("folds.lua", "local list = {}\nfor fold = 1, 3 do\n  list[fold] = experiment"
    .. text:match("^return experiment(.*)$"):gsub("{", '{ name = "fruit-fold" .. fold,', 1) .. "end\nreturn list\n")
  lu.assertEquals(bench:build_lua("lock folds.lua").status, 0)
  local ran = bench:build_lua("run folds.lua --json")
  lu.assertEquals(ran.status, 0, ran.err)
  local sum, squares = 0, 0
  for _, row in ipairs(ran.last.variants) do sum = sum + row.accuracy end
  for _, row in ipairs(ran.last.variants) do squares = squares + (row.accuracy - sum / 3) ^ 2 end
  local folds = ran.last.folds
  lu.assertEquals(#folds, 1)
  lu.assertEquals({ folds[1].name, folds[1].folds, folds[1].runs }, { "fruit-fold", 3, 3 })
  lu.assertAlmostEquals(folds[1].mean.accuracy, sum / 3, 1e-9)
  lu.assertAlmostEquals(folds[1].std.accuracy, math.sqrt(squares / 2), 1e-9)
  lu.assertStrContains(bench:build_lua("run folds.lua").out, "fruit-fold: 3 of 3 folds: accuracy 0.")
end

function TestTables.test_a_table_that_changed()
  bench:write("moved/fruit.csv", fruit(60))
  bench:write("moved.lua", spec { path = "moved" })
  local built = bench:build("moved.lua")
  bench:write("moved/fruit.csv", fruit(61))
  local ran = bench:exec(built, "run")
  lu.assertEquals(ran.status, 4)
  lu.assertStrContains(ran.err, "moved does not match the lock: 1 changed (fruit.csv)")
end

local code = lu.LuaUnit.run()
bench:remove()
os.exit(code)
