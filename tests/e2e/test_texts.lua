-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Texts end to end: folders and tables, the vocabulary in the lock, vectors against scikit-learn's, training that gives
-- the same bytes with any number of threads, predictions on files and standard input, the report, what is wrong with
-- texts.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local files = require("generator.base.files")
local json = require("generator.base.json")

local bench = e2e.new()

local function spec(options)
  return ([[
return experiment {
  data = text_folder { path = "%s", split = %s, %s },
  features = %s,
  model = sequential { linear { outputs = 8 }, layer_norm {}, relu {}, dropout { p = 0.1 }, linear { outputs = %d } },
  train = { optimizer = adam { learning_rate = 0.02 }, epochs = 4, batch_size = 7, %s },
  target = { threads = 2, backends = { "c" } },
}
]]):format(options.path or "texts", options.split or 'by_fraction { validation = 0.1, test = 0.2 }', options.data or "",
    options.features or "tf_idf { stem = \"porter\", stop_words = \"english\", min_documents = 2 }",
    options.classes or 3, options.train or "")
end

local words = {
  sea = { "sail", "anchor", "harbour", "sailing", "waves", "captain" },
  sky = { "cloud", "plane", "wing", "flying", "clouds", "pilot" },
  soil = { "root", "seed", "plough", "field", "harvest", "fields" },
}

local state = 7
local function draw(n)
  state = (state * 1103515245 + 12345) % 2147483648
  return state // 65536 % n + 1
end

local function text_of(class)
  local list = {}
  for i = 1, 6 + draw(10) do
    list[i] = words[class][draw(6)]
    if draw(4) == 1 then list[i] = ({ "the", "and", "of", "common", "thing" })[draw(5)] end
  end
  return table.concat(list, " ") .. "."
end

local classes = { "sea", "sky", "soil" }
local table_rows, lines = {}, {}
for _, class in ipairs(classes) do
  for i = 1, 20 do
    local text = text_of(class)
    bench:write(("texts/%s/%02d"):format(class, i), text)
    table_rows[#table_rows + 1] = ('"%s","%s\nsaid ""so"""\n'):format(class, text)
    lines[#lines + 1] = json.encode { kind = class, body = text .. "\nsaid \"so\"" } .. "\n"
  end
end

local function refused(name, text)
  bench:write(name .. ".lua", text)
  local ran = bench:build_lua(("lock %s.lua"):format(name))
  return ran.status, ran.err
end

TestTexts = {}

function TestTexts.test_learns_predicts_and_reports()
  bench:write("plain.lua", spec {})
  lu.assertEquals(bench:build_lua("lock plain.lua").status, 0)
  local lock = json.decode(bench:read("plain.lock"))
  lu.assertEquals(lock.vocabulary.documents, 42)
  local terms = {}
  for i, term in ipairs(lock.vocabulary.terms) do
    terms[term[1]] = term[2]
    local before = lock.vocabulary.terms[i - 1]
    lu.assertTrue(not before or before[2] > term[2] or before[2] == term[2] and before[1] < term[1])
  end
  lu.assertNotNil(terms.sail) -- sail and sailing
  lu.assertNil(terms.sailing)
  lu.assertNil(terms.the)
  local built = bench:build("plain.lua")
  local ran = bench:exec(built, "run --json")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertEquals(ran.last.metrics.test.accuracy, 1)
  local said = bench:exec(built, "predict texts/sea/01 texts/soil/02")
  lu.assertEquals(said.out:gsub("%d%.%d+", "p"), "texts/sea/01\tsea\tp\ntexts/soil/02\tsoil\tp\n")
  -- a text with more terms than any of the data set, words that are not in the vocabulary, none at all
  bench:write("long", (words.sky[1] .. " "):rep(50) .. table.concat(words.sea, " ") .. table.concat(words.soil, " ")
    .. " nobody knows these")
  bench:write("lines", "a pilot in the clouds\n\n{\"text\":\"seed and harvest\"}\nunheard\n{\"x\":1}\n{\n")
  local from = bench:shell(("exec ./%s predict long - <lines"):format(built.path))
  lu.assertEquals(from.status, 1)
  lu.assertEquals(from.out:gsub("\t%d%.%d+", ""):gsub("\t%a+\n", "\n", 1), "long\n-:1\tsky\n-:3\tsoil\n-:4\t"
    .. from.out:match("%-:4\t(%a+)") .. "\n")
  lu.assertStrContains(from.err, '-:5: the object has no text in "text"')
  lu.assertStrContains(from.err, "-:6: the line: not JSON")
  bench:write("huge", ("a sail\xff "):rep(10 * 1024 * 1024 // 8)) -- 10 MB
  lu.assertStrContains(bench:exec(built, "predict huge").out, "huge\tsea\t")
  local report = bench:read("work/" .. built.folder .. "/report.html")
  lu.assertStrContains(report, "Telling words")
  lu.assertStrContains(report, ">sail</span>")
  local mistakes = json.decode(bench:read("work/" .. built.folder .. "/mistakes.json"))
  lu.assertEquals(#mistakes.words, 3)
  lu.assertEquals(mistakes.words[1].class, "sea")
  -- the same bytes with another number of threads
  lu.assertEquals(bench:exec(built, "run --json --threads 1 --work work1").status, 0)
  local function weights(work)
    local text = bench:read(("%s/%s/weights.safetensors"):format(work, built.folder))
    return text:sub(9 + string.unpack("<I8", text))
  end
  lu.assertTrue(weights("work") == weights("work1"))
end

function TestTexts.test_mistakes_are_shown_as_texts()
  bench:write("odd.lua", spec { path = "odd", features = "count_vectors {}", classes = 2,
    split = 'given { test = "/t%d$" }' })
  for i = 1, 8 do
    bench:write("odd/a/" .. i, "alpha common")
    bench:write("odd/b/" .. i, "beta common")
  end
  bench:write("odd/a/t1", "beta <b>beta</b> & more\nof it " .. ("long "):rep(200))
  bench:write("odd/b/t2", "beta")
  lu.assertEquals(bench:build_lua("lock odd.lua").status, 0)
  local built = bench:build("odd.lua")
  lu.assertEquals(bench:exec(built, "run --json").status, 0)
  local mistakes = json.decode(bench:read("work/" .. built.folder .. "/mistakes.json"))
  lu.assertEquals(mistakes.wrong, 1)
  lu.assertStrContains(mistakes.items[1].text, "beta <b>beta</b> & more of it long")
  lu.assertTrue(#mistakes.items[1].text < 640)
  lu.assertStrContains(bench:read("work/" .. built.folder .. "/report.html"),
    "beta &lt;b&gt;beta&lt;/b&gt; &amp; more of it")
  -- a text that changed
  bench:write("odd/a/1", "alpha comm0n")
  lu.assertEquals(bench:exec(built, "run --json --rehash").status, 4)
end

local function table_spec(data)
  return ([[
return experiment {
  data = text_table { path = "tables", text = "body", label = "kind", split = by_fraction { test = 0.2 }, %s },
  features = count_vectors { min_documents = 2 },
  model = sequential { linear { outputs = 3 } },
  train = { optimizer = adam { learning_rate = 0.05 }, epochs = 6, batch_size = 8, sparse_updates = "all" },
  target = { threads = 2, backends = { "c" } },
}
]]):format(data)
end

function TestTexts.test_tables_and_json_lines_are_the_same_texts()
  local unquoted = {}
  for i, row in ipairs(table_rows) do
    unquoted[i] = row:gsub('^"(%a+)","', "%1\t"):gsub("\n.*", ' said "so"\n')
  end
  bench:write("tables/a.csv", "kind,body\n" .. table.concat(table_rows))
  bench:write("tables/b.jsonl", table.concat(lines))
  bench:write("tables/c.tsv", table.concat(unquoted))
  local vocabularies = {}
  for name, data in pairs { csv = 'files = { "a.csv" }', jsonl = 'files = { "b.jsonl" }',
    tsv = 'files = { "c.tsv" }, header = false, names = { "kind", "body" }, quoted = false' } do
    bench:write(name .. ".lua", table_spec(data))
    local ran = bench:build_lua(("lock %s.lua"):format(name))
    lu.assertEquals(ran.status, 0, ran.err)
    local lock = json.decode(bench:read(name .. ".lock"))
    lu.assertEquals(lock.counts.train.items, 48)
    vocabularies[#vocabularies + 1] = lock.vocabulary
  end
  lu.assertEquals(#vocabularies[1].terms, #vocabularies[2].terms)
  lu.assertEquals(#vocabularies[1].terms, #vocabularies[3].terms)
  local built = bench:build("jsonl.lua")
  local ran = bench:exec(built, "run --json")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertTrue(ran.last.metrics.test.accuracy > 0.8)
  lu.assertStrContains(bench:exec(built, "predict tables/b.jsonl").out, "tables/b.jsonl#59\tsoil")
  bench:write("l", '{"body":"pilot and plane"}\nroot and seed\n')
  lu.assertStrMatches(bench:shell(("exec ./%s predict - <l"):format(built.path)).out, "%-:1\tsky.*%-:2\tsoil.*")
end

-- AG News as it is distributed: no line of names, the class a number, every field quoted; train.csv and test.csv.
function TestTexts.test_the_layout_of_ag_news()
  local themes = { { "league", "coach", "goal" }, { "market", "shares", "profit" } }
  local function rows(count)
    local list = {}
    for i = 1, count do
      local of = themes[i % 2 + 1]
      list[i] = ('"%d","%s wins, %s says","The %s, ""so"" said the %s\\of %s #%d"\n'):format(i % 2 + 1, of[1], of[2],
        of[3], of[1], of[2], i % 5)
    end
    return table.concat(list)
  end
  bench:write("ag/train.csv", rows(40))
  bench:write("ag/test.csv", rows(10))
  bench:write("ag.lua", [[
return experiment {
  data = text_table { path = "ag", files = { "train.csv", "test.csv" }, header = false,
    names = { "class", "title", "description" }, text = { "title", "description" }, label = "class",
    split = given { test = "^test", validation = 0.1 } },
  features = tf_idf { min_documents = 2 },
  model = sequential { linear { outputs = 2 } },
  train = { optimizer = adam { learning_rate = 0.05 }, epochs = 4, batch_size = 8 },
  target = { threads = 2, backends = { "c" }, isa = "]] .. e2e.isa .. [[" },
}
]])
  lu.assertEquals(bench:build_lua("lock ag.lua").status, 0)
  local lock = json.decode(bench:read("ag.lock"))
  lu.assertEquals({ lock.counts.train.items, lock.counts.validation.items, lock.counts.test.items }, { 36, 4, 10 })
  lu.assertEquals(lock.classes, { "1", "2" })
  local ran = bench:exec(bench:build("ag.lua"), "run --json")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertEquals(ran.last.metrics.test.accuracy, 1)
end

function TestTexts.test_what_is_wrong_with_texts()
  bench:write("bad/a/1", "some text")
  bench:write("bad/a/2", "")
  bench:write("bad/b/1", "other text \xff\xfe")
  local code, err = refused("bad", spec { path = "bad", classes = 2, features = "count_vectors {}" })
  lu.assertEquals(code, 1)
  lu.assertStrContains(err, "1 of 3 files in bad cannot be used:\n  a/2: empty: there is no text in it")
  -- a class of one text has none for the test; it trains
  bench:write("bad/b/2", "more text of b")
  bench:write("bad/b/3", "and more text of b")
  bench:write("lone.lua", spec { path = "bad", classes = 2, data = "min_length = 1", features = "count_vectors {}",
    split = "by_fraction { test = 0.34 }" })
  local ran = bench:build_lua("lock lone.lua")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertStrContains(ran.out, "2 bytes that are no UTF-8 replaced in 1 file")
  lu.assertStrContains(ran.out, "1 files left out by the spec")
  code, err = refused("none", spec { path = "bad", classes = 2, data = "min_length = 1",
    features = "count_vectors { min_documents = 9 }", split = "by_fraction { test = 0.34 }" })
  lu.assertEquals(code, 1)
  lu.assertStrContains(err, "features: no term is in at least 9 of the 3 training texts")
  bench:write("twice", "text\nother\r\ntext\n")
  code, err = refused("given", spec { path = "bad", classes = 2, data = "min_length = 1",
    features = 'count_vectors { vocabulary = "twice" }', split = "by_fraction { test = 0.34 }" })
  lu.assertEquals(code, 1)
  lu.assertStrContains(err, 'features.vocabulary: twice:3: the term "text" is in line 1 too')
  bench:write("twice", "text\r\nother\r\nabsent\r\n")
  lu.assertEquals(bench:build_lua("lock given.lua").status, 0)
  lu.assertEquals(json.decode(bench:read("given.lock")).vocabulary.terms[3], { "absent", 0 })
  bench:write("twice", "text\nelse\n")
  local built = bench:build_lua("given.lua")
  lu.assertNotEquals(built.status, 0)
  lu.assertStrContains(built.err, "twice: not the vocabulary of the lock any more")
  for _, case in ipairs {
    { '"k","b"\n"a","x"\n"a",""\n', "line 3: empty: there is no text in it" },
    { '"k","b"\n"a","x\n', "line 2: " },
    { '"k","c"\n"a","x"\n', "no column 'b'" },
  } do
    bench:write("worse/a.csv", case[1])
    code, err = refused("worse", (table_spec('files = { "a.csv" }'):gsub('"tables"', '"worse"')
      :gsub('"body"', '"b"'):gsub('"kind"', '"k"')))
    lu.assertEquals(code, 1)
    lu.assertStrContains(err, case[2])
  end
  for _, case in ipairs {
    { '{"b":"x","k":1}\n[1]\n', "line 2: expected a JSON object" },
    { '{"b":"x","k":1}\n{"k":2}\n', 'line 2: the object has no "b"' },
    { '{"b":["x"],"k":1}\n', 'line 1: "b": expected a text, found a list' },
    { '{"b":"x","k":1\n', "line 1: not JSON" },
  } do
    bench:write("worse/a.jsonl", case[1])
    code, err = refused("worse", (table_spec('files = { "a.jsonl" }'):gsub('"tables"', '"worse"')
      :gsub('"body"', '"b"'):gsub('"kind"', '"k"')))
    lu.assertEquals(code, 1)
    lu.assertStrContains(err, case[2])
  end
end

function TestTexts.test_models_that_do_not_fit()
  local function told(model, train)
    local text = spec { train = train }
    bench:write("fit.lua", (text:gsub("model = [^\n]+", function() return "model = " .. model .. "," end)))
    lu.assertEquals(bench:build_lua("lock fit.lua").status, 0)
    local ran = bench:build_lua("fit.lua")
    lu.assertNotEquals(ran.status, 0)
    return ran.err
  end
  lu.assertStrContains(told "sequential { relu {}, linear { outputs = 3 } }",
    "`relu` takes numbers, found sparse vectors; the first layer on them is `linear`")
  lu.assertStrContains(told("sequential { linear { outputs = 3 } }", "clip_gradient_norm = 1"),
    'it needs `sparse_updates = "all"`')
end

-- The numbers of a row of the store, by term.
local function rows_of(built, lock, count)
  local width = 1 + 2 * lock.vocabulary.most
  local folder
  for _, path in ipairs(bench:list("vectors/cache")) do
    folder = path:match("(features%-[^/]+)/samples.bin") or folder
  end
  local bytes, rows = bench:read("vectors/cache/" .. folder .. "/samples.bin"), {}
  lu.assertEquals(#bytes, count * width * 4, built.path)
  for r = 0, count - 1 do
    local at, row = r * width * 4 + 1, {}
    for i = 0, string.unpack("<i4", bytes, at) - 1 do
      local index, value = string.unpack("<i4f", bytes, at + 4 + 8 * i)
      row[lock.vocabulary.terms[index + 1][1]] = value
    end
    rows[r + 1] = row
  end
  return rows
end

function TestTexts.test_vectors_are_those_of_scikit_learn()
  local vectors = json.decode(assert(files.read("tests/vectors/term_vectors.json")))
  for split, texts in pairs(vectors.texts) do
    for i, text in ipairs(texts) do
      bench:write(("sk/%s/%s_%02d"):format(i % 2 == 0 and "even" or "odd", split, i), text)
    end
  end
  for _, case in ipairs(vectors.cases) do
    bench:write("sk.lua", spec { path = "sk", split = 'given { test = "test_" }', features = case.features,
      classes = 2 })
    lu.assertEquals(bench:build_lua("lock sk.lua").status, 0)
    local lock, found = json.decode(bench:read("sk.lock")), {}
    for _, term in ipairs(lock.vocabulary.terms) do found[term[1]] = term[2] end
    lu.assertEquals(found, case.documents, case.features)
    local built = bench:build("sk.lua")
    bench:shell("rm -rf vectors")
    lu.assertEquals(bench:exec(built, "features --work vectors").status, 0)
    local rows = rows_of(built, lock, #vectors.texts.train + #vectors.texts.test)
    local at = 0
    for _, split in ipairs { "train", "test" } do -- by path within a split: even before odd
      for _, parity in ipairs { 0, 1 } do
        for i, want in ipairs(case[split]) do
          if i % 2 == parity then
            at = at + 1
            for term, value in pairs(want) do
              lu.assertAlmostEquals(rows[at][term] or 0, value, 1e-6, case.features .. " " .. term)
            end
            for term in pairs(rows[at]) do lu.assertNotNil(want[term], case.features .. " " .. term) end
          end
        end
      end
    end
  end
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
