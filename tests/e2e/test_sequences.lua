-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Texts as ids end to end: WordPiece tokens of a vocabulary that was made or given, ids of words; convolutions and
-- LSTMs over them; texts without words and of ten megabytes; vocabularies that are none.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local json = require("generator.base.json")

local bench = e2e.new()

local function spec(features, model)
  return ([[
return experiment {
  data = text_folder { path = "texts", split = by_fraction { test = 0.2 } },
  features = %s,
  model = sequential { embedding { features = 12 }, %s, linear { outputs = 2 } },
  train = { optimizer = adam { learning_rate = 0.02 }, epochs = 12, batch_size = 8 },
  target = { threads = 2, backends = { "c" } },
}
]]):format(features, model)
end

-- What tells the classes apart is the order of words: "up" before "down", or after.
local state = 3
local function draw(n)
  state = (state * 1103515245 + 12345) % 2147483648
  return state // 65536 % n + 1
end
local fillers = { "the", "unbelievable", "cafés", "walk", "walking", "north" }
for i = 1, 40 do
  for _, class in ipairs { "rises", "falls" } do
    local list = {}
    for k = 1, 3 + draw(9) do list[k] = fillers[draw(#fillers)] end
    table.insert(list, draw(#list), class == "rises" and "down up" or "up down")
    bench:write(("texts/%s/%02d"):format(class, i), table.concat(list, " "))
  end
end

local function run(name, features, model)
  bench:write(name .. ".lua", spec(features, model))
  local locked = bench:build_lua("lock " .. name .. ".lua")
  lu.assertEquals(locked.status, 0, locked.err)
  local built = bench:build(name .. ".lua")
  local ran = bench:exec(built, "run --json")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertEquals(ran.last.metrics.test.accuracy, 1)
  return built, json.decode(bench:read(name .. ".lock"))
end

TestSequences = {}

function TestSequences.test_convolutions_over_tokens_of_a_made_vocabulary()
  local built, lock = run("cnn", "wordpiece { tokens = 70, max_length = 24 }",
    "concat { sequential { conv1d { outputs = 10, kernel_size = 2 }, relu {}, max_over_time {} }, "
    .. "sequential { conv1d { outputs = 6, kernel_size = 3 }, mean_over_time {} } }")
  local tokens = {}
  for i, term in ipairs(lock.vocabulary.terms) do tokens[i] = term[1] end
  lu.assertEquals({ table.unpack(tokens, 1, 5) }, { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]" })
  lu.assertTrue(#tokens <= 70)
  -- the same bytes with another number of threads
  lu.assertEquals(bench:exec(built, "run --json --threads 1 --work work1").status, 0)
  local function weights(work)
    local text = bench:read(("%s/%s/weights.safetensors"):format(work, built.folder))
    return text:sub(9 + string.unpack("<I8", text))
  end
  lu.assertTrue(weights("work") == weights("work1"))
  -- texts of any kind
  bench:write("empty", "\u{200d}")
  bench:write("large", ("up down \xff\u{5b57} "):rep(10 * 1024 * 1024 // 13))
  local said = bench:exec(built, "predict empty large texts/rises/01")
  lu.assertEquals(said.status, 0, said.err)
  lu.assertStrContains(said.out, "large\tfalls")
  lu.assertStrContains(said.out, "texts/rises/01\trises")
end

function TestSequences.test_lstm_over_words_from_both_ends()
  local built = run("lstm", "word_ids { stem = \"porter\", max_length = 20 }",
    "lstm { outputs = 12, layers = 2, bidirectional = true, gives = \"last\" }")
  local weights = bench:read("work/" .. built.folder .. "/weights.safetensors")
  for _, name in ipairs { "0.weight", "1.weight_ih_l0", "1.bias_hh_l0_reverse", "1.weight_hh_l1_reverse" } do
    lu.assertStrContains(weights, '"' .. name .. '"')
  end
  -- nothing but words that the vocabulary lacks
  bench:write("strange", "qqq zzz")
  lu.assertEquals(bench:exec(built, "predict strange").status, 0)
end

function TestSequences.test_a_given_vocabulary_is_carried_and_checked()
  local good = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nup\ndown\nthe\nwalk\n##ing\n"
  local features = 'wordpiece { vocabulary = "vocab.txt", max_length = 16 }'
  local function refused(text)
    bench:write("vocab.txt", text)
    bench:write("given.lua", spec(features, "max_over_time {}"))
    local ran = bench:build_lua("lock given.lua")
    lu.assertEquals(ran.status, 1)
    return ran.err
  end
  lu.assertStrContains(refused(good .. "up\n"), 'vocab.txt:10: the token "up" is in line 5 too')
  lu.assertStrContains(refused(good:gsub("%[UNK%]\n", "")), "vocab.txt: there is no [UNK] in it")
  lu.assertStrContains(refused(good:gsub("\n", "\r\n")), "vocab.txt:1: ends with CR LF; a vocabulary has LF alone")
  lu.assertStrContains(refused(good .. "\nend\n"), "vocab.txt:10: an empty line")
  lu.assertStrContains(refused(good .. "\xff\n"), "vocab.txt:10: not UTF-8")
  bench:write("vocab.txt", good .. "\n\n")
  local built, lock = run("given", features, "lstm { outputs = 8 }, last_step {}")
  lu.assertEquals(#lock.vocabulary.terms, 9)
  lu.assertEquals(lock.vocabulary.terms[9][1], "##ing")
  bench:write("vocab.txt", good .. "more\n")
  local changed = bench:build_lua("given.lua")
  lu.assertEquals(changed.status ~= 0, true)
  lu.assertStrContains(changed.err .. changed.out, "vocab.txt: not the vocabulary of the lock any more")
  lu.assertEquals(bench:shell("rm vocab.txt").status, 0)
  lu.assertEquals(bench:exec(built, "predict texts/falls/01").status, 0)
end

function TestSequences.test_layers_of_sequences_stand_after_an_embedding()
  bench:write("bad.lua", spec("word_ids {}", "max_over_time {}, max_over_time {}"))
  lu.assertEquals(bench:build_lua("lock bad.lua").status, 0)
  local ran = bench:build_lua("bad.lua")
  lu.assertStrContains(ran.err .. ran.out, "max_over_time expects a sequence (batch, length, features), found (8, 12)")
  bench:write("worse.lua", spec("tf_idf {}", "max_over_time {}"))
  lu.assertEquals(bench:build_lua("lock worse.lua").status, 0)
  ran = bench:build_lua("worse.lua")
  lu.assertStrContains(ran.err .. ran.out, "`embedding` takes numbers, found sparse vectors")
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
