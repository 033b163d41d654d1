-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The folds of a cross-validation: every item is the test of one of them, in all alike.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require("luaunit")
local k_fold = require("generator.splits.k_fold")

local function call(f, path) return f(path) end

local files = {}
for i = 1, 47 do
  files[i] = { path = ("s%d/%d"):format(i % 9, i), class = i % 3 == 0 and "a" or "b", group = "g" .. i % 9 }
end

local function splits_of(fold, changes)
  local o = { folds = 5, fold = fold, seed = 1, stratified = true }
  for key, value in pairs(changes or {}) do o[key] = value end
  return assert(k_fold.files(o, files, call))
end

local function tested(changes)
  local tests, per_fold = {}, {}
  for fold = 1, 5 do
    per_fold[fold] = 0
    for i, one in ipairs(splits_of(fold, changes)) do
      if one.split == "test" then
        lu.assertNil(tests[i])
        tests[i], per_fold[fold] = fold, per_fold[fold] + 1
      end
    end
  end
  lu.assertEquals(#tests, 47)
  return tests, per_fold
end

TestKFold = {}

function TestKFold.test_every_item_is_tested_once()
  local tests, per_fold = tested()
  for _, n in ipairs(per_fold) do lu.assertTrue(n == 9 or n == 10) end
  local of_a = { 0, 0, 0, 0, 0 }
  for i, fold in ipairs(tests) do
    if files[i].class == "a" then of_a[fold] = of_a[fold] + 1 end
  end
  for _, n in ipairs(of_a) do lu.assertEquals(n, 3) end
end

function TestKFold.test_groups_stay_together()
  for _, changes in ipairs { { group = "^(s%d)", stratified = false }, { column = "x", stratified = false },
    { group = function(path) return path:sub(2, 2) end, stratified = false } } do
    local of = {}
    for i, fold in ipairs((tested(changes))) do
      of[i % 9] = of[i % 9] or fold
      lu.assertEquals(fold, of[i % 9])
    end
  end
end

function TestKFold.test_validation_is_the_next_fold()
  local tests = tested()
  for fold = 1, 5 do
    for i, one in ipairs(splits_of(fold, { validation = true })) do
      lu.assertEquals(one.split, tests[i] == fold and "test" or tests[i] == fold % 5 + 1 and "validation" or "train")
    end
  end
end

function TestKFold.test_what_does_not_fit()
  local function says(o) return table.concat({ k_fold.check(o) }, " ") end
  lu.assertEquals(says { folds = 3, fold = 4 }, "fold is 4, there are 3 folds")
  lu.assertStrContains(says { folds = 2, fold = 1, validation = true }, "validation leaves no fold for training")
  lu.assertStrContains(says { folds = 2, fold = 1, group = "a", column = "b" }, "column and `group` are given")
  lu.assertStrContains(says { folds = 2, fold = 1, group = "a", stratified = true }, "stratified cannot be kept")
  lu.assertStrContains(says { folds = 2, fold = 1, group = "(" }, "group is not a Lua pattern")
  local made, why = k_fold.files({ folds = 50, fold = 1, seed = 1 }, files, call)
  lu.assertNil(made)
  lu.assertEquals(why, "split: 50 folds of 47 items leave one empty")
  made, why = k_fold.files({ folds = 2, fold = 1, seed = 1, group = "^x" }, files, call)
  lu.assertNil(made)
  lu.assertEquals(why, "split.group gives no group for s1/1")
end

os.exit(lu.LuaUnit.run())
