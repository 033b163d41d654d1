-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- BERT end to end, small: texts to WordPiece ids, training with groups, warm-up, clipping and the best epoch, the same
-- bytes with any number of threads, predictions on files and standard input; then a training that starts from those
-- weights with parts frozen, and what is said of weights that do not fit.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")

local bench = e2e.new()

local function spec(options)
  return ([[
return experiment {
  data = text_folder { path = "texts", split = by_fraction { validation = 0.1, test = 0.2 } },
  features = wordpiece { tokens = 90, max_length = 24 },
  model = bert { layers = %d, hidden = 32, heads = 2, intermediate = 48, max_position = 24, pooling = "%s",
                 dropout = 0.1%s },
  train = { optimizer = adamw { learning_rate = 0.003, weight_decay = 0.01 },
    groups = { { match = "vectors", weight_decay = 0 } },
    schedule = warmup { epochs = 1, before = linear_rate { by = "step" } }, clip_gradient_norm = 1,
    epochs = %d, batch_size = 5, keep = "best",
    early_stopping = { metric = "validation.accuracy", patience = 5 }, %s },
  target = { isa = "x86-64-v3", threads = 2 },
}
]]):format(options.layers or 2, options.pooling or "cls", options.model or "", options.epochs or 12,
    options.train or "")
end

local words = {
  sea = { "sail", "anchor", "harbour", "sailing", "waves", "captain" },
  sky = { "cloud", "plane", "wing", "flying", "clouds", "pilot" },
}
local state = 7
local function draw(n)
  state = (state * 1103515245 + 12345) % 2147483648
  return state // 65536 % n + 1
end
for _, class in ipairs { "sea", "sky" } do
  for i = 1, 30 do
    local list = {}
    for k = 1, 2 + draw(12) do list[k] = words[class][draw(6)] end
    bench:write(("texts/%s/%02d"):format(class, i), table.concat(list, " ") .. ".")
  end
end

TestBert = {}

function TestBert.test_learns_predicts_and_is_started_from()
  bench:write("small.lua", spec {})
  local ran = bench:build_lua("lock small.lua")
  lu.assertEquals(ran.status, 0, ran.err)
  local built = bench:build("small.lua")
  ran = bench:exec(built, "run --json")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertTrue(ran.last.metrics.test.accuracy > 0.9, ran.out)
  local said = bench:exec(built, "predict texts/sea/01 texts/sky/02").out
  lu.assertStrContains(said, "texts/sea/01\tsea")
  lu.assertStrContains(said, "texts/sky/02\tsky")
  bench:write("lines", "the captain sails\npilot and plane\n")
  lu.assertStrMatches(bench:shell(("exec ./%s predict - <lines"):format(built.path)).out, ".*%-:1\tsea.*%-:2\tsky.*")
  lu.assertEquals(bench:exec(built, "run --json --threads 1 --work work1").status, 0)
  local function weights(work)
    local text = bench:read(("%s/%s/weights.safetensors"):format(work, built.folder))
    return text:sub(9 + string.unpack("<I8", text)), text
  end
  local bytes, whole = weights("work")
  lu.assertTrue(bytes == weights("work1"))

  bench:write("start.safetensors", whole)
  bench:write("on.lua", spec { epochs = 1,
    train = 'pretrained = "start.safetensors", freeze = { "bert.embeddings", "bert.encoder.layer.0" }' })
  ran = bench:build_lua("lock on.lua")
  lu.assertEquals(ran.status, 0, ran.err)
  ran = bench:exec(bench:build("on.lua"), "run --json")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertTrue(ran.last.metrics.test.accuracy > 0.9, ran.out)

  bench:write("other.lua", spec { layers = 3, pooling = "mean", train = 'pretrained = "start.safetensors"' })
  lu.assertEquals(bench:build_lua("lock other.lua").status, 0)
  ran = bench:build_lua("other.lua")
  lu.assertEquals(ran.status, 1)
  lu.assertStrContains(ran.err, "it lacks bert.encoder.layer.2.attention.self.query.weight")
  lu.assertStrContains(ran.err,
    "it has tensors that the model does not: bert.pooler.dense.bias, bert.pooler.dense.weight")
end

function TestBert.test_sizes_that_do_not_fit_are_said()
  bench:write("wide.lua", spec { model = ", vocabulary = 50" })
  lu.assertEquals(bench:build_lua("lock wide.lua").status, 0)
  local ran = bench:build_lua("wide.lua")
  lu.assertEquals(ran.status, 1)
  lu.assertStrContains(ran.err, "its table has 50 rows, the features give ids up to")
  bench:write("short.lua", (spec {}:gsub("max_position = 24", "max_position = 20")))
  lu.assertEquals(bench:build_lua("lock short.lua").status, 0)
  ran = bench:build_lua("short.lua")
  lu.assertStrContains(ran.err, "texts have up to 24 tokens, its table of positions has 20 rows (max_position)")
  bench:write("heads.lua", (spec {}:gsub("heads = 2", "heads = 3")))
  ran = bench:build_lua("lock heads.lua")
  lu.assertStrContains(ran.err, "must divide `hidden` (32 is no multiple of 3)")
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
