-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Slices from end to end: the numbers of each part against those computed here from what the model says of
-- each row, the table that is printed, the section of the report, a gate on a part.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local json = require("generator.base.json")

local bench = e2e.new()

local function spec(values)
  return ([[
return experiment {
  data = csv { path = "rows", files = { "rows.csv" }, target = "$target", split = $split, exclude = { "place" } },
  features = tabular {},
  model = sequential { flatten {}, linear { outputs = $outputs } },
  train = { optimizer = adam { learning_rate = 0.03 }, epochs = 3, batch_size = 10, loss = $loss {} },
  evaluate = { slices = { $slices } },
  gate = { $gate },
  target = { isa = "]] .. e2e.isa .. [[", backends = { "c" } },
}
]]):gsub("%$(%w+)", values)
end

local rows = {}
for i = 0, 119 do
  local a, b = i * 7 % 11, i * 5 % 13
  rows[i] = { a = a, age = 20 + i % 3, place = i % 10 == 9 and "" or i % 4 == 0 and "north" or "<south>",
    kind = (a + b) % 3 == 0 and "x" or a > b and "y" or "z", sum = a + b + i % 2, b = b }
end

local function text_of(list)
  local lines = { "a,b,age,place,kind,sum" }
  for _, r in ipairs(list) do
    lines[#lines + 1] = ("%d,%d,%d,%s,%s,%d"):format(r.a, r.b, r.age, r.place, r.kind, r.sum)
  end
  return table.concat(lines, "\n") .. "\n"
end

bench:write("rows/rows.csv", text_of(table.move(rows, 0, 119, 1, {})))

-- Builds, runs; the executable, what it said, the metrics, the rows to test with what the model says of each.
local function whole(name, values)
  bench:write(name .. ".lua", spec(values))
  local built = bench:build(name .. ".lua")
  local ran = bench:exec(built, "run --json")
  local folder = assert(ran.last.report.path:match("^(.*)/"), ran.err)
  local tested, record = {}, 0
  for number, letter in json.decode(bench:read(name .. ".lock")).files[1].splits:gmatch("(%d+)(.)") do
    for _ = 1, tonumber(number) do
      if letter == "e" then tested[#tested + 1] = rows[record] end
      record = record + 1
    end
  end
  bench:write("tested.csv", text_of(tested))
  local predicted, at = bench:exec(built, "predict --json tested.csv"), 0
  for line in predicted.out:gmatch("[^\n]+") do
    local one = json.decode(line)
    if one.path or one.file or one.probabilities or type(one.predicted) == "table" then
      at = at + 1
      if tested[at] then tested[at].said = one end
    end
  end
  return built, ran, json.decode(bench:read(folder .. "/metrics.json")).metrics, tested, bench:read(folder
    .. "/report.html")
end

local function part_of(slice, name)
  for _, one in ipairs(slice.values) do if one.name == name then return one end end
  error("no part " .. name)
end

TestSlices = {}

function TestSlices.test_classes()
  local built, ran, metrics, tested, report = whole("classes", { target = "kind", outputs = "3", loss = "cross_entropy",
    split = "by_fraction { validation = 0.2, test = 0.3 }", gate = '["accuracy@place=north"] = "> 1"',
    slices = 'age = { column = "age" }, place = { column = "place" }, half = { group = "#.*([05])$" }' })
  lu.assertEquals(ran.status, 3, ran.err) -- accuracy cannot be above 1
  lu.assertEquals(ran.last.status, "gate")
  local slices, parts = metrics.test.slices, 0
  lu.assertEquals({ slices[1].name, slices[2].name, slices[3].name }, { "age", "half", "place" })
  lu.assertEquals({ slices[3].values[1].name, slices[3].values[2].name }, { "<south>", "north" })
  for _, by in ipairs { { slices[1], "age" }, { slices[3], "place" } } do
    for _, part in ipairs(by[1].values) do
      parts = parts + 1
      local n, right, loss, true_of, said_of, both = 0, 0, 0, {}, {}, {}
      for _, row in ipairs(tested) do
        if tostring(row[by[2]]) == part.name then
          local best
          for class, p in pairs(row.said.probabilities) do
            if not best or p > row.said.probabilities[best] then best = class end
          end
          n, right = n + 1, right + (best == row.kind and 1 or 0)
          loss = loss - math.log(math.min(math.max(row.said.probabilities[row.kind], 2 ^ -23), 1 - 2 ^ -23))
          true_of[row.kind], said_of[best] = (true_of[row.kind] or 0) + 1, (said_of[best] or 0) + 1
          if best == row.kind then both[best] = (both[best] or 0) + 1 end
        end
      end
      local sum, classes = 0, 0
      for _, class in ipairs { "x", "y", "z" } do
        local of = (true_of[class] or 0) + (said_of[class] or 0)
        if of > 0 then sum, classes = sum + 2 * (both[class] or 0) / of, classes + 1 end
      end
      lu.assertEquals(part.rows, n)
      lu.assertAlmostEquals(part.accuracy, right / n, 1e-12)
      lu.assertAlmostEquals(part.log_loss, loss / n, 1e-5)
      lu.assertAlmostEquals(part.macro_f1, sum / classes, 1e-12)
    end
  end
  lu.assertEquals(parts, 5)
  lu.assertNotNil(metrics.validation.slices)
  -- by name in what the run says, and so among the tracked metrics
  local north = part_of(slices[3], "north")
  lu.assertEquals(ran.last.metrics.test.slices.place.north,
    { accuracy = north.accuracy, log_loss = north.log_loss, macro_f1 = north.macro_f1 })
  local tracked = bench:exec(built, "runs --json").last.runs[1].metrics
  lu.assertEquals(tracked["test.slices.place.<south>.accuracy"], part_of(slices[3], "<south>").accuracy)
  lu.assertStrContains(report, '<section id="slices">')
  lu.assertStrContains(report, "&lt;south&gt;")
  -- again, from the cache and as text
  local again = bench:exec(built, "evaluate")
  lu.assertEquals(again.status, 3)
  lu.assertStrMatches(again.out, ".*place +accuracy +macro F1 +log loss +items\n  <south> .*")
  lu.assertStrContains(again.out .. again.err, "accuracy@place=north")
  -- slices are no features, and a column that is one stays one
  local lock = json.decode(bench:read("classes.lock"))
  lu.assertEquals(#lock.table.columns, 4)
  lu.assertEquals(lock.table.columns[3], { name = "age", type = "number", missing = 0 })
  -- other columns need another lock; other patterns do not
  bench:write("classes.lua", (bench:read("classes.lua"):gsub('half = { group = "#.*%(%[05%]%)%$" }',
    'half = { group = "#.*([27])$" }')))
  lu.assertStrContains(bench:read("classes.lua"), "([27])")
  lu.assertEquals(bench:build_lua("classes.lua").status, 0)
  bench:write("classes.lua", (bench:read("classes.lua"):gsub('half = { group = [^}]*}', 'half = { column = "a" }')))
  lu.assertStrContains(bench:build_lua("classes.lua").err, "the lock was made for another `data` or `split`")
  bench:write("classes.lua", (bench:read("classes.lua"):gsub('column = "a"', 'column = "plase"')))
  lu.assertStrContains(bench:build_lua("lock classes.lua").err,
    'evaluate.slices: rows.csv has no column "plase" (did you mean `place`?)')
end

function TestSlices.test_numbers()
  local _, ran, metrics, tested = whole("numbers", { target = "sum", outputs = "1", loss = "mse",
    split = "by_fraction { test = 0.3, stratified = false }", gate = '["rmse@age=21"] = "< 1000"',
    slices = 'age = { column = "age" }' })
  lu.assertEquals(ran.status, 0, ran.err)
  for _, age in ipairs { 20, 21, 22 } do
    local part, n, absolute, squared, total = part_of(metrics.test.slices[1], tostring(age)), 0, 0, 0, 0
    for _, row in ipairs(tested) do
      if row.age == age then
        local miss = row.said.predicted.sum - row.sum
        n, absolute, squared, total = n + 1, absolute + math.abs(miss), squared + miss ^ 2, total + row.sum
      end
    end
    local spread = 0
    for _, row in ipairs(tested) do if row.age == age then spread = spread + (row.sum - total / n) ^ 2 end end
    lu.assertEquals(part.rows, n)
    lu.assertAlmostEquals(part.mae, absolute / n, 1e-4)
    lu.assertAlmostEquals(part.rmse, math.sqrt(squared / n), 1e-4)
    lu.assertAlmostEquals(part.r2, 1 - squared / spread, 1e-4)
  end
end

-- Sounds of several segments: a part counts files, as the metrics of the split do; another slice trains nothing.
function TestSlices.test_sounds()
  bench:sounds("sounds", 10)
  bench:write("sound.lua", (e2e.audio_spec():gsub("evaluate = {",
    'evaluate = { slices = { wav = { group = "%%.wav$" }, '
    .. 'class = { group = "^([^/]+)/" } },')))
  local built = bench:build("sound.lua")
  local ran = bench:exec(built, "run --json --work s")
  lu.assertEquals(ran.status, 0, ran.err)
  local metrics = json.decode(bench:read("s/" .. built.folder .. "/metrics.json")).metrics
  for _, split in ipairs { "validation", "test" } do
    local of = metrics[split]
    local all = of.slices[2].values[1]
    lu.assertEquals({ all.name, all.rows }, { ".wav", of.rows })
    lu.assertEquals({ all.accuracy, all.log_loss }, { of.accuracy, of.log_loss })
    lu.assertAlmostEquals(all.macro_f1, of.macro.f1, 1e-12)
    for i, part in ipairs(of.slices[1].values) do
      lu.assertEquals({ part.name, part.rows, part.accuracy }, { of.classes[i].name, of.classes[i].support,
        of.classes[i].recall })
    end
  end
  bench:write("sound.lua", (bench:read("sound.lua"):gsub("class = {", "kind = {")))
  local again = bench:exec(bench:build("sound.lua"), "run --json --work s")
  lu.assertEquals(again.status, 0, again.err)
  lu.assertFalse(again.last.trained)
  lu.assertStrContains(bench:read(again.last.report.path), "kind (test)")
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
