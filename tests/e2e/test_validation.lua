-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Rules on data from end to end: one that stops the build, one that warns in every run, and the tables
-- that the executable carries: on the terminal, in validation.json and in the report.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local json = require("generator.base.json")
local png = require("tests.support.png")

local bench = e2e.new()

-- 60 rows; row 7 and later repeat row 5's features, "size" lacks some, "unit" never changes
local rows = { "size,colour,unit,kind" }
for i = 0, 59 do
  local apple = i % 2 == 0
  rows[#rows + 1] = ("%s,%s,cm,%s"):format(i % 10 == 3 and "" or i >= 54 and "500" or tostring(i),
    i >= 54 and "green" or apple and "red" or "green", apple and "apple" or "<pear>")
end
bench:write("fruit/fruit.csv", table.concat(rows, "\n") .. "\n")

local function spec(rules)
  return ([[
return experiment {
  data = csv { path = "fruit", files = { "fruit.csv" }, target = "kind", split = by_fraction { test = 0.5 } },
  features = tabular {},
  model = sequential { flatten {}, linear { outputs = 2 } },
  train = { optimizer = adam { learning_rate = 0.03 }, epochs = 1, batch_size = 10 },
  validate = { %s },
  target = { isa = "]] .. e2e.isa .. [[", backends = { "c" } },
}
]]):format(rules)
end

local rule_of = function(tables, name)
  for _, one in ipairs(tables.rules) do
    if one.rule == name then return one end
  end
end

bench:write("fruit.lua", spec("stop = { missing = 0.2, leakage = 50 }, warn = { constant = 0, duplicates = 0.5, "
  .. "leakage = 0, min_seconds = 1 }"))
local built = bench:build("fruit.lua")
local home = "work/" .. built.folder .. "/"

TestValidation = {} -- luacheck: globals TestValidation

function TestValidation.test_a_rule_stops_the_build()
  bench:write("stop.lua", spec("stop = { missing = 0.05 }"))
  bench:build_lua("lock stop.lua")
  local ran = bench:build_lua("stop.lua")
  lu.assertEquals(ran.status, 1)
  lu.assertStrContains(ran.err, "validate.stop.missing: column size (10 %): more than 5 % of the rows have no value")
end

function TestValidation.test_the_word_prints_tables()
  local ran = bench:exec(built, "validate")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertNotNil(ran.out:find("missing +stop +0%.2 +0%.1 ok +0\n"), ran.out)
  lu.assertNotNil(ran.out:find("constant +warn +0 +1 warn +1\n    column unit: the same value in every row\n"), ran.out)
  lu.assertNotNil(ran.out:find("min_seconds +warn +1 +%- ok +0\n"), ran.out)
  lu.assertNotNil(ran.out:find("fruit.csv#54 = fruit.csv#55", 1, true), ran.out)
  lu.assertNotNil(ran.out:find("\nall files +1 +%d+\n"), ran.out)
  lu.assertNotNil(ran.out:find("\nsize +number +10%.00 %% +%-\ncolour +category +0%.00 %% +2\n"), ran.out)
  lu.assertStrContains(ran.err, "warning: validate.constant: column unit: the same value in every row\n")
  lu.assertNil(ran.err:find("validate.duplicates", 1, true))
end

function TestValidation.test_json_is_the_file()
  local ran = bench:exec(built, "validate --json --quiet")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertEquals(ran.err, "")
  local tables = json.decode(bench:read(home .. "validation.json"))
  lu.assertEquals(ran.last.validation, tables)
  lu.assertEquals(ran.last.word, "validate")
  lu.assertEquals(rule_of(tables, "missing"), { rule = "missing", level = "stop", limit = 0.2, found = 0.1,
    status = "ok", names = {}, total = 0 })
  -- the pairs that leak are those of the lock, and each is in two splits
  local leaks, lock = nil, json.decode(bench:read("fruit.lock"))
  for _, one in ipairs(tables.rules) do
    if one.rule == "leakage" and one.level == "warn" then leaks = one end
  end
  lu.assertEquals(leaks.status, "warn")
  lu.assertEquals(leaks.total, lock.table.rows.leaking)
  lu.assertEquals(leaks.names, lock.table.rows.leaks)
  local splits = {}
  for n, of in lock.files[1].splits:gmatch("(%d+)(.)") do
    for _ = 1, tonumber(n) do splits[#splits + 1] = of end
  end
  lu.assertTrue(#leaks.names > 0)
  for _, pair in ipairs(leaks.names) do
    local one, other = pair:match("#(%d+) = .*#(%d+)$")
    lu.assertNotEquals(splits[one + 1], splits[other + 1], pair)
  end
end

function TestValidation.test_a_run_warns_and_its_report_shows_it()
  local ran = bench:exec(built, "run --work other")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertStrContains(ran.err, "warning: validate.leakage: ")
  local folder = "other/" .. built.folder .. "/"
  lu.assertEquals(json.decode(bench:read(folder .. "validation.json")),
    bench:exec(built, "validate --json").last.validation)
  local html = bench:read(folder .. "report.html")
  local section = html:match('<section id="validation">.-</section>')
  lu.assertStrContains(section, "column unit")
  lu.assertStrContains(section, 'bad">warn</td>')
  lu.assertStrContains(section, 'good">ok</td>')
  lu.assertStrContains(section, '<td class="name">category</td>')
  lu.assertEquals(json.decode(bench:read(folder .. "report.json")).validation,
    json.decode(bench:read(folder .. "validation.json")))
end

function TestValidation.test_data_that_is_not_the_locks()
  bench:write("changed/fruit.csv", table.concat(rows, "\n") .. "\n1,red,cm,apple\n")
  local ran = bench:exec(built, "validate --data changed")
  lu.assertEquals(ran.status, 4)
  lu.assertStrContains(ran.err, "fruit.csv")
end

-- An image of training again among those to test, and one that is blank.
function TestValidation.test_images_within_files()
  local function file(role, pixels)
    bench:write("digits/" .. role .. "-images-idx3-ubyte", e2e.idx({ #pixels, 2, 2 }, table.concat(pixels)))
    bench:write("digits/" .. role .. "-labels-idx1-ubyte", e2e.idx({ #pixels }, ("\0\1"):rep(#pixels // 2)))
  end
  file("train", { "aaaa", "abab", "aabb", "baab", "abab", "bbbb" })
  file("t10k", { "xyxy", "aabb" })
  bench:write("digits.lua", [[
return experiment {
  data = idx { path = "digits", split = given {} },
  features = pixels {},
  model = sequential { flatten {}, linear { outputs = 2 } },
  train = { optimizer = adam {}, epochs = 1, batch_size = 2 },
  validate = { warn = { leakage = 0, duplicates = 0.1 } },
  target = { isa = "]] .. e2e.isa .. [[", backends = { "c" } },
}
]])
  local digits = bench:build("digits.lua")
  local tables = bench:exec(digits, "validate --json").last.validation
  lu.assertEquals(rule_of(tables, "leakage").names, { "t10k-images-idx3-ubyte#1 = train-images-idx3-ubyte#2" })
  lu.assertEquals(rule_of(tables, "duplicates").total, 2)
  lu.assertEquals(rule_of(tables, "duplicates").found, 0.25)
end

function TestValidation.test_a_blank_image_and_formats()
  for _, class in ipairs { "dark", "light" } do
    for i = 1, 4 do
      bench:write(("pictures/%s/%d.png"):format(class, i), png.encode(4, 4, function(y, x)
        return i * x + (class == "light" and 200 or 0), 10 * y, i
      end))
    end
  end
  bench:write("pictures/dark/blank.png", png.encode(4, 4, function() return 7, 7, 7 end))
  bench:write("pictures.lua", [[
return experiment {
  data = image_folder { path = "pictures", split = by_fraction { test = 0.4 } },
  features = pixels { height = 4, width = 4 },
  model = sequential { flatten {}, linear { outputs = 2 } },
  train = { optimizer = adam {}, epochs = 1, batch_size = 2 },
  validate = { warn = { constant = 0, formats = { "jpg", "jpeg" }, channels = { 1 } } },
  target = { isa = "]] .. e2e.isa .. [[", backends = { "c" } },
}
]])
  local tables = bench:exec(bench:build("pictures.lua"), "validate --json").last.validation
  lu.assertEquals(rule_of(tables, "constant").names, { "dark/blank.png" })
  lu.assertEquals(rule_of(tables, "formats").total, 9)
  lu.assertStrContains(rule_of(tables, "formats").text, "dark/1.png (png)")
  lu.assertStrContains(rule_of(tables, "formats").text, "a format other than jpg, jpeg")
  lu.assertEquals(rule_of(tables, "channels").total, 9)
end

-- A column that holds one value in each of two files, not the same one: it is not constant.
function TestValidation.test_constant_over_files()
  for name, unit in next, { a = "cm", b = "mm" } do
    local lines = { "size,unit,origin,kind" }
    for i = 1, 20 do lines[#lines + 1] = ("%d,%s,home,%s"):format(i, unit, i % 2 == 0 and "apple" or "pear") end
    bench:write("parts/" .. name .. ".csv", table.concat(lines, "\n") .. "\n")
  end
  bench:write("parts.lua", (spec("warn = { constant = 0 }"):gsub('path = "fruit", files = { "fruit.csv" }',
    'path = "parts", files = { "a.csv", "b.csv" }')))
  local ran = bench:build_lua("lock parts.lua")
  lu.assertEquals(ran.status, 0, ran.err)
  local tables = bench:exec(bench:build("parts.lua"), "validate --json").last.validation
  lu.assertEquals(rule_of(tables, "constant").names, { "column origin" })
end

function TestValidation.test_sounds_by_split_and_class()
  bench:sounds("sounds", 4)
  bench:write("tone.lua", (e2e.audio_spec():gsub("return experiment {",
    "return experiment {\n  validate = { warn = { min_seconds = 100, balance = 0.1 } },", 1)))
  local tone = bench:build("tone.lua")
  local ran = bench:exec(tone, "validate --json")
  lu.assertEquals(ran.status, 0, ran.err)
  local tables, lock = ran.last.validation, json.decode(bench:read("tone.lock"))
  local short, all = rule_of(tables, "min_seconds"), tables.files[1]
  lu.assertEquals(short.total, #lock.files)
  lu.assertEquals(#short.names, math.min(20, #lock.files))
  lu.assertEquals(short.found, all.seconds.min)
  lu.assertTrue(all.seconds.min <= all.seconds.median and all.seconds.median <= all.seconds.max)
  local counted = { split = 0, class = 0, all = 0 }
  for _, line in ipairs(tables.files) do counted[line.of] = counted[line.of] + line.files end
  lu.assertEquals(counted, { split = #lock.files, class = #lock.files, all = #lock.files })
  lu.assertNotNil(bench:exec(tone, "validate").out:find("\nlow +%d+ +%d+ +[%d.]+ +[%d.]+ +[%d.]+\n"))
end

-- Silence, before and after it is known without being read again.
function TestValidation.test_a_sound_of_one_value()
  bench:sounds("quiet", 4)
  bench:write("quiet/low/99.wav", e2e.wav(e2e.tone(200, 8000, 1.1, 0), 8000, 1, "i16"))
  local text = e2e.audio_spec():gsub('"sounds"', '"quiet"'):gsub("return experiment {",
    "return experiment {\n  validate = { warn = { constant = 0 } },", 1)
  bench:write("quiet.lua", text)
  for _ = 1, 2 do
    lu.assertEquals(bench:build_lua("lock quiet.lua").status, 0)
    local ran = bench:build_lua("quiet.lua")
    lu.assertEquals(ran.status, 0, ran.err)
    lu.assertStrContains(ran.out .. ran.err, "constant: low/99.wav: holds one value only")
  end
end

function TestValidation.test_a_column_twice()
  local twice = { "size,colour,length,kind" }
  for i = 2, #rows do
    local size, colour, kind = rows[i]:match("^([^,]*),([^,]*),[^,]*,(.*)$")
    twice[i] = ("%s,%s,%s,%s"):format(size, colour, size, kind)
  end
  bench:write("twice/fruit.csv", table.concat(twice, "\n") .. "\n")
  bench:write("twice.lua", (spec("stop = { duplicate_columns = 0 }"):gsub('path = "fruit"', 'path = "twice"')))
  bench:build_lua("lock twice.lua")
  local ran = bench:build_lua("twice.lua")
  lu.assertEquals(ran.status, 1)
  lu.assertStrContains(ran.err, "validate.stop.duplicate_columns: column size = length: the same content in both")
end

local result = lu.LuaUnit.run()
bench:remove()
os.exit(result)
