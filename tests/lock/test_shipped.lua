-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The locks that ship: made for the specs beside them, whole, and of the data that `make data`
-- fetches. Where that data lies here, locking again gives the same bytes.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require("luaunit")
local files = require("generator.base.files")
local lock = require("generator.lock")
local runtime = require("generator.toolchain.runtime")
local sha256 = require("generator.toolchain.sha256")
local shell = require("generator.toolchain.shell")
local spec = require("generator.spec")

local function shipped(name)
  local all = assert(spec.load_all("specs/" .. name .. ".lua"))
  return assert(all[1].experiment), assert(lock.load("specs/" .. name .. ".lock"))
end

local names = {}
for _, file in ipairs(files.list("specs", ".lock")) do names[#names + 1] = file:match("^(.*)%.lock$") end

TestShipped = {}

function TestShipped:test_locks_are_there_and_fit_their_specs()
  lu.assertEquals(names, { "diabetes_mlp", "fashion_cnn", "fashion_mlp", "iris_mlp", "music_genre_study",
    "resnet18_sgd", "topics_bert", "topics_cnn", "topics_lstm", "topics_mlp" })
  for _, name in ipairs(names) do
    local experiment, value = shipped(name)
    lu.assertTrue(lock.matches(experiment, value), name)
    local lines = {}
    for i, entry in ipairs(value.files) do
      lines[i] = ("%s %d %s\n"):format(entry.sha256, entry.bytes, entry.path)
    end
    lu.assertEquals(sha256.text(table.concat(lines)), value.digest, name)
  end
end

function TestShipped:test_the_last_fifth_of_fashion_mnist_is_for_validation()
  local _, value = shipped "fashion_mlp"
  local splits = {}
  for _, entry in ipairs(value.files) do splits[entry.role] = entry.splits end
  lu.assertEquals(splits, { train_images = "48000t12000v", test_images = "10000e" })
  local items = {}
  for split, of in pairs(value.counts) do
    items[split] = of.items
    local sum, classes = 0, 0
    for _, n in pairs(of.classes) do sum, classes = sum + n, classes + 1 end
    lu.assertEquals(sum, of.items)
    lu.assertEquals(classes, 10)
  end
  lu.assertEquals(items, { train = 48000, validation = 12000, test = 10000 })
  -- Fashion-MNIST has as many of each class: 6,000 to train with and 1,000 to test
  for class, n in pairs(value.counts.test.classes) do
    lu.assertEquals(n, 1000, class)
    lu.assertEquals(value.counts.train.classes[class] + value.counts.validation.classes[class], 6000, class)
  end
end

function TestShipped:test_a_prompt_is_on_one_side_in_all_languages()
  local _, value = shipped "resnet18_sgd"
  local side, sides = {}, {}
  for _, entry in ipairs(value.files) do
    local name = entry.path:match("([^/]+)%.wav$")
    lu.assertEquals(entry.group, name)
    side[name] = side[name] or entry.split
    lu.assertEquals(entry.split, side[name], entry.path)
    sides[entry.split] = (sides[entry.split] or 0) + 1
  end
  lu.assertEquals(value.classes, { "en", "es", "fr", "it", "ru" })
  for split, n in pairs(sides) do
    lu.assertEquals(n, value.counts[split].items)
    for _, class in ipairs(value.classes) do -- no language is rare on any side
      lu.assertTrue(value.counts[split].classes[class] * 8 > n, split .. " " .. class)
    end
  end
end

function TestShipped:test_locking_again_gives_the_same_bytes()
  local checked = 0
  for _, name in ipairs(names) do
    local experiment = shipped(name)
    if files.exists(experiment.data.path) then
      local built = assert(runtime.ensure(runtime.isa_here("x86-64-v4"), { root = assert(shell.real_path(".")),
        out = shell.absolute("out"), jobs = 2, say = function() end }))
      local made = assert(lock.make(experiment, { scanner = built.scan }))
      lu.assertTrue(made.text == files.read("specs/" .. name .. ".lock"), name .. ": another lock")
      checked = checked + 1
    end
  end
  if checked == 0 then lu.skip("the data is not here (make data)") end
end

os.exit(lu.LuaUnit.run())
