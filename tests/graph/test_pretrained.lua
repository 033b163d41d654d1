-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Weights that training starts from against the model: the real names and shapes of torchvision's
-- ResNet-18 (tests/vectors/make_names.py), what is skipped, and every message.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local compile = require "generator.compile"
local files = require "generator.base.files"
local json = require "generator.base.json"
local pretrained = require "generator.graph.pretrained"
local pipelines = require "tests.support.pipelines"

local names = assert(json.decode(files.read("tests/vectors/resnet18_names.json")))

-- Compiles ResNet-18 for `classes` from a file of these tensors; the fit, or the error.
local function fit(options)
  local tensors = {}
  for name, t in pairs(names) do tensors[name] = { dtype = t.dtype, shape = { table.unpack(t.shape) } } end
  if options.change then options.change(tensors) end
  local resolved = pipelines.images { model = { kind = "resnet18", width = 64, stem = "imagenet" }, channels = 3,
    height = 32, width = 32, classes = options.classes or 1000 }
  resolved.pretrained = { path = "weights/resnet18.safetensors", sha256 = ("0"):rep(64), tensors = tensors }
  resolved.train.pretrained_skip = options.skip
  local ok, errors = compile.compile(resolved, { stop_after = "build" })
  if ok then return resolved.pretrained.fit end
  lu.assertEquals(errors[1].field, "train.pretrained")
  return nil, errors[1].message
end

local advice = ' (train.pretrained_skip = "head", or patterns, leaves layers out)'

TestPretrained = {}

function TestPretrained.test_torchvisions_state_dict_fits_by_name_counters_ignored()
  local found = assert(fit {})
  lu.assertEquals(found, { fresh = {}, unused = {}, renamed = {} })
end

function TestPretrained.test_another_number_of_classes_is_refused_unless_the_head_is_skipped()
  local _, message = fit { classes = 5 }
  lu.assertEquals(message, "weights/resnet18.safetensors does not fit the model: fc.weight is [1000, 512] in the file, "
    .. "[5, 512] here, fc.bias is [1000] in the file, [5] here" .. advice)
  local wanted = { fresh = { "fc.weight", "fc.bias" }, unused = { "fc.bias", "fc.weight" }, renamed = {} }
  for _, skip in ipairs { "head", "fc", "fc.*", { "fc.bias", "fc.weight" } } do
    lu.assertEquals(assert(fit { classes = 5, skip = skip }), wanted)
  end
end

function TestPretrained.test_missing_and_left_over_names_are_listed()
  local _, message = fit { change = function(t)
    t["layer1.0.bn1.bias"], t["fc.bias"] = nil, nil
    t["aux.weight"], t["aux.bias"] = { dtype = "F32", shape = { 3 } }, { dtype = "F32", shape = { 1 } }
  end }
  lu.assertEquals(message, "weights/resnet18.safetensors does not fit the model: it lacks layer1.0.bn1.bias, fc.bias; "
    .. "it has tensors that the model does not: aux.bias, aux.weight" .. advice)
  lu.assertEquals(assert(fit { skip = "aux", change = function(t)
    t["aux.weight"] = { dtype = "F32", shape = { 3 } }
  end }).unused, { "aux.weight" })
end

function TestPretrained.test_a_long_list_ends()
  local _, message = fit { change = function(t)
    for name in pairs(names) do if name:find("^layer") then t[name] = nil end end
  end }
  lu.assertStrContains(message, "it lacks layer1.0.conv1.weight, ")
  lu.assertStrContains(message, " and 75 more")
end

function TestPretrained.test_a_pattern_that_means_nothing()
  local _, message = fit { skip = "classifier" }
  lu.assertStrContains(message, 'pretrained_skip: "classifier" matches no tensor of the model')
end

function TestPretrained.test_bert_loads_without_its_prefix_and_with_tensorflows_names()
  local other_names = require("generator.models.bert").other_names
  local ours = { "bert.embeddings.LayerNorm.weight", "bert.embeddings.LayerNorm.bias", "bert.pooler.dense.weight",
                 "classifier.weight" }
  for _, change in ipairs {
    function(name) return name end, function(name) return (name:gsub("^bert%.", "")) end,
    function(name) return (name:gsub("Norm%.weight", "Norm.gamma"):gsub("Norm%.bias", "Norm.beta")) end,
    function(name) return (name:gsub("^bert%.", ""):gsub("Norm%.weight", "Norm.gamma")) end,
  } do
    local g, renamed = { state = {}, state_by_name = {} }, 0
    local tensors = { ["bert.embeddings.position_ids"] = { shape = { 1, 512 } } }
    for i, name in ipairs(ours) do
      g.state[i] = { name = name, shape = { i }, role = "parameter", state = {} }
      g.state_by_name[name] = g.state[i]
      tensors[change(name)] = { shape = { i } }
      if change(name) ~= name then renamed = renamed + 1 end
    end
    local wanted = assert(pretrained.fit(g, { path = "f", tensors = tensors }, nil, other_names))
    lu.assertEquals(#wanted.renamed, renamed)
    for _, pair in ipairs(wanted.renamed) do lu.assertEquals(pair[2], change(pair[1])) end
  end
end

os.exit(lu.LuaUnit.run())
