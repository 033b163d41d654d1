-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Labels from exports of Label Studio: both forms, the paths in them, what is refused and how.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require("luaunit")
local files = require("generator.base.files")
local image_folder = require("generator.readers.image_folder")
local labels = require("generator.labels")

local export = os.tmpname()
local paths = { "a.png", "deadbeef-f.png", "d.png", "e.png", "sub/b c.png" }

local function apply(path, more, names)
  local entries = {}
  for i, name in ipairs(names or paths) do entries[i] = { path = name } end
  local wanted = { label_studio = path, from = "choice", on_disagreement = "fail", on_missing = "fail" }
  for key, value in next, more or {} do wanted[key] = value end
  return labels.apply(entries, { path = "pictures", labels = wanted })
end

local function apply_text(text, more, names)
  assert(files.write(export, text))
  return apply(export, more, names or { "a.png" })
end

TestLabels = {} -- luacheck: globals TestLabels

function TestLabels:tearDown()
  os.remove(export)
end

function TestLabels:test_both_forms_say_the_same()
  for _, form in ipairs { "full", "min" } do
    local found = assert(apply("tests/readers/exports/" .. form .. ".json"))
    lu.assertEquals(found.class,
      { ["a.png"] = "Cat", ["sub/b c.png"] = "Dog", ["d.png"] = "Dog", ["deadbeef-f.png"] = "Cat" })
    lu.assertEquals(found.reason, { ["e.png"] = "not annotated in the export" })
    lu.assertEquals(found.facts.tasks, 5)
    lu.assertEquals(#found.facts.sha256, 64)
  end
end

function TestLabels:test_what_is_missing()
  local names = { "a.png", "deadbeef-f.png", "e.png", "sub/b c.png" }
  local none, why = apply("tests/readers/exports/full.json", nil, names)
  lu.assertNil(none)
  lu.assertStrContains(why, '1 of 5 tasks have no file in pictures: task 3 ("https://example.org/store/d.png?token=1")')
  lu.assertStrContains(why, "on_missing")
  local found = assert(apply("tests/readers/exports/full.json", { on_missing = "skip" }, names))
  lu.assertEquals(found.facts.missing, 1)
  lu.assertStrContains(found.told[1], "1 task without a file passed over: task 3")
  names = { table.unpack(paths) }
  names[6] = "z.png"
  none, why = apply("tests/readers/exports/full.json", nil, names)
  lu.assertNil(none)
  lu.assertStrContains(why, "1 of 6 files in pictures have no task: z.png")
  found = assert(apply("tests/readers/exports/full.json", { on_missing = "skip" }, names))
  lu.assertEquals(found.reason["z.png"], "no task in the export")
end

local function votes(...)
  local annotations = {}
  for i, name in ipairs { ... } do
    annotations[i] = ('{"result":[{"from_name":"choice","type":"choices","value":{"choices":["%s"]}}]}'):format(name)
  end
  return '[{"id":7,"data":{"image":"a.png"},"annotations":[' .. table.concat(annotations, ",") .. "]}]"
end

function TestLabels:test_disagreement()
  local none, why = apply_text(votes("x", "y", "x"))
  lu.assertNil(none)
  lu.assertStrContains(why, 'task 7 (a.png): its annotations disagree: "x" 2, "y" 1')
  lu.assertEquals(apply_text(votes("y", "x", "x"), { on_disagreement = "majority" }).class, { ["a.png"] = "x" })
  lu.assertEquals(apply_text(votes("y", "x", "z", "z"), { on_disagreement = "majority" }).class, { ["a.png"] = "z" })
  for text, rule in next, { [votes("x", "y")] = "majority", [votes("x", "x", "y")] = "skip",
    [votes("x", "x", "y", "y", "a")] = "majority" } do
    local found = assert(apply_text(text, { on_disagreement = rule }))
    lu.assertEquals(found.class, {})
    lu.assertStrContains(found.reason["a.png"], "its annotations disagree")
  end
end

function TestLabels:test_paths()
  local function file(value, names)
    local found = assert(apply_text(('[{"id":1,"image":"%s","choice":"x"}]'):format(value), { on_missing = "skip" },
      names))
    return (next(found.class))
  end
  lu.assertEquals(file("http://h/x/red/a.png", { "red/a.png", "a.png" }), "red/a.png")
  lu.assertEquals(file("s3://bucket/red/a.png", { "red/a.png" }), "red/a.png")
  lu.assertEquals(file("http://h:8080/data/upload/1/01234567-a.png", { "a.png" }), "a.png")
  lu.assertEquals(file("http://h:8080/data/local-files/?d=x/a%2Bb.png", { "a+b.png" }), "a+b.png")
  lu.assertEquals(file("/mnt/all/./a.png", { "a.png" }), "a.png")
  lu.assertNil(file("http://h/01234567-a.png", { "a.png" })) -- only uploads have such names
  lu.assertNil(file("", { "a.png" }))
  lu.assertNil(file("/data/local-files/", { "a.png" }))
  local found = assert(apply_text('[{"id":1,"one":"a.png","two":"b.png","choice":"x"}]',
    { data_key = "two", on_missing = "skip" }, { "a.png", "b.png" }))
  lu.assertEquals(found.class, { ["b.png"] = "x" })
end

function TestLabels:test_refusals()
  local function task(rest, data)
    return ('[{"id":9,"data":%s,"annotations":%s}]'):format(data or '{"image":"a.png"}', rest)
  end
  local function result(rest) return task('[{"result":[{"from_name":"choice",' .. rest .. "}]}]") end
  for _, case in ipairs {
    { "", "is not JSON" }, { "<html>", "is not JSON" }, { '[{"id":1', "is not JSON" },
    { '{"id":1}', "it is an object, not a list of tasks" }, { "12", "it is 12, not a list" },
    { "null", "it is nothing, not a list" }, { "[]", "has no tasks" }, { "[1]", "the 1. entry is 1, not a task" },
    { ("["):rep(300000), "is not" },
    { '[{"id":9,"data":{"image":"a.png"},"annotations":7}]', "task 9: `annotations` is 7, not a list" },
    { '[{"id":9,"data":"a.png","annotations":[]}]', 'task 9: `data` is "a.png", not an object' },
    { task("[3]"), "task 9: an annotation is 3, not an object" },
    { task('[{"result":{}}]'), "task 9: `result` of an annotation is an object, not a list" },
    { task('[{"result":[null]}]'), "task 9: a result is nothing, not an object" },
    { result '"type":"rating","value":{"rating":3}', 'task 9: the control "choice" is of type "rating"' },
    { result '"type":"choices","value":{"choices":"x"}', 'task 9: `value.choices` is "x", not a list' },
    { result '"type":"choices"', "task 9: `value.choices` is nothing, not a list" },
    { result '"type":"choices","value":{"choices":[4]}', "task 9: a choice is 4, not text" },
    { result '"type":"choices","value":{"choices":[""]}', "task 9: a choice is empty" },
    { result '"type":"choices","value":{"choices":["a\\nb"]}', 'control character in the choice "a?b"' },
    { result '"type":"choices","value":{"choices":["\xff"]}', "a choice is not UTF-8" },
    { result('"type":"choices","value":{"choices":["' .. ("x"):rep(201) .. '"]}'), "a choice has 201 bytes" },
    { result '"type":"choices","value":{"choices":["a","b"]}', 'task 9: one annotation has 2 choices ("a", "b")' },
    { '[{"id":9,"image":"a.png","choice":["a","b"]}]', "task 9: one annotation has 2 choices" },
    { '[{"id":9,"image":"a.png","choice":{"choices":3}}]', 'task 9: `choices` of "choice" is 3, not a list' },
    { '[{"id":9,"image":"a.png","choice":false}]', "task 9: a choice is false, not text" },
    { '[{"image":"a.png","choice":5}]', "the 1. task: a choice is 5, not text" },
    { '[{"id":9,"image":"a.png","kind":{"choices":["a"]}}]',
      'no annotation has a choice of the control "choice" (data.labels.from); there is "kind"' },
    { '[{"id":9,"image":"../../a.png","choice":"x"}]',
      'task 9: "image" is "../../a.png", which leads out of the data' },
    { '[{"id":9,"image":"/data/local-files/?d=%2e%2e/a.png","choice":"x"}]', "which leads out of the data" },
    { '[{"id":1,"image":"a.png","choice":"x"},{"id":2,"image":"/b/a.png","choice":"x"}]',
      "task 1 and task 2 are both of a.png" },
    { '[{"id":1,"image":3,"choice":"x"}]', 'there it has 3, not the name of a file', { data_key = "image" } },
  } do
    local found, why = apply_text(case[1], case[3])
    lu.assertNil(found, case[1]:sub(1, 200))
    lu.assertStrContains(why, case[2])
    lu.assertStrContains(why, export)
    lu.assertNil(why:find("stack traceback", 1, true))
  end
  local none, why = apply("nowhere/export.json")
  lu.assertNil(none)
  lu.assertStrContains(why, "nowhere/export.json: No such file")
end

-- Whatever becomes of an export, the answer is classes of files that there are, or a message of one that names it.
function TestLabels:test_damaged_exports()
  local state, names = 7, {}
  local function draw(n)
    state = (state * 1103515245 + 12345) % 2147483648
    return state // 65536 % n
  end
  for _, path in ipairs(paths) do names[path] = true end
  local pieces = { "null", "[]", "{}", "1e999", '"', "]", "}", ",", "true", "\\u0000", "../", "\xff", "\0" }
  for _, form in ipairs { "full", "min" } do
    local whole = assert(files.read("tests/readers/exports/" .. form .. ".json"))
    for _ = 1, 150 do
      local text = whole
      for _ = 1, 1 + draw(3) do
        local at, stop = 1 + draw(#text), draw(12)
        text = text:sub(1, at - 1) .. (draw(3) > 0 and pieces[1 + draw(#pieces)] or "") .. text:sub(at + stop)
      end
      local found, why = apply_text(text, { on_missing = "skip", on_disagreement = "skip" }, paths)
      if found then
        for path, class in next, found.class do lu.assertTrue(names[path] and utf8.len(class) > 0) end
      else
        lu.assertStrContains(why, export)
      end
    end
  end
end

function TestLabels:test_an_export_that_is_too_large_is_not_read()
  os.execute("truncate -s 300M " .. export)
  local none, why = apply(export)
  lu.assertNil(none)
  lu.assertStrContains(why, "has 314572800 bytes; an export of at most 268435456 is read")
end

function TestLabels:test_the_reader_takes_all_files_but_the_export()
  local data = { path = "pictures/", classes = { "Cat" }, exclude = { "*.txt" }, channels = 3, background = { 1, 2, 3 },
    max_pixels = 9, labels = { label_studio = "pictures/export[1].json", from = "choice" } }
  local arguments = image_folder.scan_arguments(data)
  lu.assertNil(arguments.classes)
  lu.assertTrue(arguments.flat)
  lu.assertEquals(arguments.exclude, { "*.txt", "export\\[1\\].json" })
  lu.assertEquals(data.exclude, { "*.txt" })
  local text = image_folder.emit(data)
  lu.assertStrContains(text, ".classes = NULL")
  lu.assertStrContains(text, ".flat = 1,\n};")
  data.labels = nil
  lu.assertNil(image_folder.emit(data):find("flat", 1, true))
  lu.assertNil(image_folder.scan_arguments(data).flat)
end

os.exit(lu.LuaUnit.run())
