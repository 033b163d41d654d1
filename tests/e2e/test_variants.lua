-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- A spec that returns a list: every variant gets an executable and a stamp of its own, one lock serves
-- those that share their data, a failing one stops no other, and `run` prints them side by side.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local json = require("generator.base.json")

local bench = e2e.new()
bench:images("images", 30, 9, 8, 3)

local text = [[
local list = {}
for _, epochs in ipairs { 1, 4, 8 } do
  list[#list + 1] = experiment {
    name = "e" .. epochs,
    data = idx { path = "images", split = given { validation = 5 / 30 } },
    features = pixels { scale = 1 / 255 },
    model = sequential { flatten {}, linear { outputs = 16 }, relu {}, linear { outputs = 3 } },
    train = { optimizer = adam { learning_rate = 0.01 }, epochs = epochs, batch_size = 10 },
    target = { isa = "]] .. e2e.isa .. [[", backends = { "c" } },
  }
end
return list
]]
bench:write("family.lua", text)

local function run(arguments, status)
  local ran = bench:build_lua(arguments .. " --json")
  lu.assertEquals(ran.status, status or 0, ran.err .. ran.out)
  lu.assertEquals(ran.last.exit_code, status or 0)
  return ran
end

local verifiable = {} -- what was built, to be verified at the end

TestFamily = {}

function TestFamily.test_1_all_are_built_with_one_lock()
  local ran = run("family.lua")
  lu.assertEquals(ran.last.built, 3)
  lu.assertEquals(ran.last.failed, 0)
  local stamps = {}
  for i, one in ipairs(ran.last.variants) do
    lu.assertEquals(one.name, ({ "e1", "e4", "e8" })[i])
    lu.assertNil(stamps[one.stamp])
    stamps[one.stamp] = true
    lu.assertTrue(bench:exists(one.path))
    lu.assertTrue(bench:exists(one.link))
  end
  verifiable[1] = ran.last.variants[3]
  lu.assertTrue(bench:exists("family.lock"))
  lu.assertStrContains(ran.err, "3 variants: 3 built, 0 unchanged, 0 failed")
  for _, one in ipairs(run("family.lua").last.variants) do lu.assertFalse(one.built) end
end

function TestFamily.test_2_only_some()
  local ran = run("family.lua --only e4")
  lu.assertEquals(#ran.last.variants, 1)
  lu.assertEquals(ran.last.variants[1].name, "e4")
  lu.assertStrContains(run("family.lua --only e5", 2).err, 'family.lua: --only: no variant is called "e5"')
  lu.assertStrContains(run("graph family.lua", 2).err, "family.lua: returns 3 variants; --only NAME says which")
  lu.assertStrContains(run("graph family.lua --only e4 --stop-after build").last.graph, "graph train_step")
  bench:write("one.lua", e2e.image_spec())
  lu.assertStrContains(run("one.lua --only x", 2).err,
    "one.lua: --only chooses among variants; this spec returns one experiment")
end

function TestFamily.test_3_list_says_what_is_built()
  local listed = run("list family.lua").last.variants
  lu.assertEquals(#listed, 3)
  lu.assertEquals(#listed[1].stamp, 64)
  lu.assertEquals(listed[1].lock, "family.lock")
end

function TestFamily.test_5_run_prints_them_side_by_side_best_first()
  local ran = run("run family.lua --jobs 2")
  lu.assertEquals(ran.last.failed, 0)
  lu.assertEquals(#ran.last.variants, 3)
  local before
  for _, row in ipairs(ran.last.variants) do
    lu.assertTrue(before == nil or before >= row.accuracy)
    before = row.accuracy
    lu.assertTrue(row.trained)
    lu.assertEquals(row.weights, bench:sha256("work/" .. row.path:match("[^/]+$") .. "/weights.safetensors"))
    lu.assertEquals(row.parameters, 64 * 16 + 16 + 16 * 3 + 3)
    local metrics = json.decode(bench:read("work/" .. row.path:match("[^/]+$") .. "/metrics.json"))
    lu.assertEquals(row.accuracy, metrics.metrics.test.accuracy)
  end
  lu.assertStrContains(ran.err, "name  accuracy  macro F1  seconds  parameters  weights")
  for _, row in ipairs(run("run family.lua").last.variants) do -- read, not trained again
    lu.assertFalse(row.trained)
    lu.assertNotNil(row.seconds)
  end
end

function TestFamily.test_6_one_that_fails_stops_no_other()
  bench:write("broken.lua", (text:gsub("outputs = 3 }", 'outputs = epochs == 4 and 5 or 3 }'):gsub('"e"', '"b"')))
  local ran = run("broken.lua", 1)
  lu.assertEquals(ran.last.failed, 1)
  lu.assertEquals(ran.last.built, 2)
  lu.assertStrContains(ran.err, "b4: broken.lua:7: model: its output is (10, 5), but 3 classes need (10, 3)")
  lu.assertNil(ran.last.variants[2].path)
  ran = run("run broken.lua", 1)
  lu.assertEquals(ran.last.failed, 1)
  lu.assertEquals(#ran.last.variants, 3)
  lu.assertEquals(ran.last.variants[3].name, "b4")
  lu.assertStrContains(ran.err, "b4: failed: broken.lua:7")
  -- and one that is wrong before anything is built
  bench:write("broken.lua", (text:gsub("epochs = epochs", "epochs = epochs - 1"):gsub('"e"', '"b"')))
  ran = run("broken.lua", 1)
  lu.assertEquals(ran.last.failed, 1)
  lu.assertStrContains(ran.err, "b1: broken.lua:8: train.epochs: must be from 1 to 100000, is 0")
end

function TestFamily.test_7_a_run_that_fails_is_told()
  local ran = run("run family.lua --data nowhere --work elsewhere", 1)
  lu.assertEquals(ran.last.failed, 3)
  lu.assertStrContains(ran.err, "e1: failed: nowhere: ")
end

function TestFamily.test_8_other_data_another_lock_each()
  bench:write("split.lua", (text:gsub("validation = 5 / 30", "validation = epochs / 30")))
  local ran = run("lock split.lua")
  lu.assertEquals(#ran.last.locks, 3)
  for _, name in ipairs { "e1", "e4", "e8" } do
    lu.assertTrue(bench:exists("split." .. name .. ".lock"))
  end
  lu.assertFalse(bench:exists("split.lock"))
  verifiable[#verifiable + 1] = run("split.lua --only e8").last.variants[1]
end

function TestFamily.test_9_overrides_of_one()
  local ran = run("family.lua --set e4:train.seed=9")
  local built = {}
  for _, one in ipairs(ran.last.variants) do built[one.name] = one.built end
  lu.assertEquals(built, { e1 = false, e4 = true, e8 = false })
  verifiable[#verifiable + 1] = ran.last.variants[2]
end

-- One of a family, one with a lock of its own, one with an override: built again and trained again.
function TestFamily.test_each_verifies()
  local words, weights = {}, {}
  for i, one in ipairs(verifiable) do
    local trained = bench:exec(one, "train --fresh --json --work work")
    lu.assertEquals(trained.status, 0, trained.err)
    words[i] = one.path
    weights[i] = bench:sha256("work/" .. one.path:match("[^/]+$") .. "/weights.safetensors")
    run("attest " .. one.path .. " --work work")
  end
  lu.assertEquals(#words, 3)
  local ran = run("verify --deep " .. table.concat(words, " "))
  for i, one in ipairs(ran.last.artifacts) do
    lu.assertEquals({ one.stamp, one.file, one.weights }, { verifiable[i].stamp, verifiable[i].path, weights[i] })
  end
  -- what is wrong with one does not keep the next from being looked at
  bench:write("short", bench:read(words[1]):sub(1, 4000))
  ran = run("verify short nowhere", 1)
  lu.assertEquals(#ran.last.artifacts, 2)
  lu.assertEquals(ran.last.artifacts[1].exit_code, 1)
  lu.assertStrContains(ran.err, "short: no section .ingot.manifest")
  lu.assertStrContains(ran.err, "nowhere: ")
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
