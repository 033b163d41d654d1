-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Labels from an export of Label Studio, end to end: images in one folder are locked through it, trained on and
-- predicted; the executable needs no export, a changed one needs a new lock.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local json = require("generator.base.json")
local png = require("tests.support.png")

local bench = e2e.new()
local classes = { "red", "green", "blue" }

local function spec(labels, data)
  return ([[
return experiment {
  data = image_folder { path = "pictures", split = by_fraction { test = 0.2, seed = 1 },
    labels = { label_studio = "pictures/export.json", from = "colour", %s }, %s },
  features = pixels { shorter = 10, crop = 8, mean = 0.5, std = 0.25 },
  model = sequential { conv2d { channels = 4, kernel_size = 3 }, relu {}, global_avg_pool {}, linear { outputs = 3 } },
  train = { optimizer = adam { learning_rate = 0.03 }, epochs = 12, batch_size = 4 },
  target = { threads = 1, backends = { "c" } },
}
]]):format(labels or "", data or "")
end

-- The number of a picture says its colour, its name does not.
local function name(i) return ("%02d.png"):format(i) end
local state = 1
local function draw(n)
  state = (state * 1103515245 + 12345) % 2147483648
  return state // 65536 % n
end
for i = 1, 30 do
  bench:write("pictures/" .. name(i), png.encode(10 + draw(6), 10 + draw(6), function()
    local colour = { draw(100), draw(100), draw(100) }
    colour[i % 3 + 1] = colour[i % 3 + 1] + 120
    return table.unpack(colour)
  end))
end

-- The export, its tasks made by of(i): class or nil.
local function write_export(of)
  local tasks = {}
  for i = 1, 30 do
    local class = of(i)
    local annotation = class and ('{"result":[{"from_name":"colour","to_name":"image","type":"choices",'
      .. '"value":{"choices":["%s"]}}]}'):format(class) or ""
    tasks[#tasks + 1] = ('{"id":%d,"data":{"image":"/data/upload/1/%08x-%s"},"annotations":[%s]}'):format(i, i * 7919,
      name(i), annotation)
  end
  bench:write("pictures/export.json", "[" .. table.concat(tasks, ",\n") .. "]\n")
end

local function by_number(i) return i ~= 30 and classes[i % 3 + 1] or nil end

local function refused(ran, ...)
  lu.assertEquals(ran.status, 1, ran.err .. ran.out)
  for _, part in ipairs { ... } do lu.assertStrContains(ran.err, part) end
  lu.assertNil(ran.err:find("stack traceback", 1, true), ran.err)
end

TestLabels = {} -- luacheck: globals TestLabels

function TestLabels.test_learns_what_the_export_says()
  write_export(by_number)
  bench:write("flat.lua", spec())
  local built = bench:build("flat.lua")
  local lock = json.decode(bench:read("flat.lock"))
  lu.assertEquals(table.concat(lock.classes, " "), "blue green red")
  lu.assertEquals(#lock.files, 29)
  lu.assertEquals(lock.files[1].path .. " " .. lock.files[1].class, "01.png green")
  lu.assertEquals(lock.skipped[1], { path = "30.png", problem = "not annotated in the export" })
  lu.assertEquals(lock.labels.sha256, bench:sha256("pictures/export.json"))
  lu.assertEquals(lock.totals.files, 29)

  local export = bench:read("pictures/export.json")
  bench:shell("rm pictures/export.json")
  local ran = bench:exec(built, "run --json")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertEquals(json.decode(bench:read("work/" .. built.folder .. "/metrics.json")).metrics.test.accuracy, 1)
  local said = bench:exec(built, "predict pictures/03.png pictures/01.png")
  lu.assertEquals(said.status, 0, said.err)
  lu.assertStrContains(said.out, "pictures/03.png\tred\t")
  lu.assertStrContains(said.out, "pictures/01.png\tgreen\t")
  bench:build("flat.lua") -- builds without the export too

  bench:write("pictures/export.json", export)
  lu.assertEquals(bench:exec(built, "run --json").status, 0) -- and an export that is there is no sample
  bench:write("pictures/extra.png", bench:read("pictures/01.png"))
  ran = bench:exec(built, "run --json")
  lu.assertEquals(ran.status, 4, ran.err)
  lu.assertStrContains(ran.err, "extra.png")
  bench:shell("rm pictures/extra.png")

  write_export(function(i) return by_number(i + 1) end)
  refused(bench:build_lua("flat.lua --json"), "the export pictures/export.json is not the one the lock was made from")
end

function TestLabels.test_other_classes_train_anew()
  write_export(by_number)
  bench:write("first.lua", spec('on_missing = "skip"'))
  bench:exec(bench:build("first.lua"), "run --json")
  write_export(function(i) return i ~= 30 and classes[(i + 1) % 3 + 1] or nil end)
  bench:write("second.lua", spec('on_missing = "skip"'))
  local built = bench:build("second.lua")
  lu.assertEquals(bench:exec(built, "run --json").status, 0)
  lu.assertStrContains(bench:exec(built, "predict pictures/03.png").out, "pictures/03.png\tgreen\t")
end

function TestLabels.test_refusals()
  write_export(by_number)
  bench:write("wrong.lua", spec(nil, 'classes = { "red", "mauve" }'))
  refused(bench:build_lua("wrong.lua --json"), 'class "mauve" has no file')
  bench:write("wrong.lua", spec('data_key = "img"'))
  refused(bench:build_lua("wrong.lua --json"), "pictures/export.json: task 1: data.labels.data_key is \"img\"")
  bench:write("pictures/export.json", "<html>")
  bench:write("wrong.lua", spec())
  refused(bench:build_lua("wrong.lua --json"), "data.labels: pictures/export.json: is not JSON")
  bench:write("wrong.lua", spec('on_dissent = "skip"'))
  local ran = bench:build_lua("wrong.lua --json")
  lu.assertNotEquals(ran.status, 0)
  lu.assertStrContains(ran.err .. ran.out, "data.labels.on_dissent")
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
