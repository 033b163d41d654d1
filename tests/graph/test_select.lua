-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Patterns over tensor and layer names: what they mean, and what is said where they mean nothing.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local graph = require "generator.graph.graph"
local select = require "generator.graph.select"

local function model()
  local g = graph.new("t", { registry = {} })
  local init = { kind = "constant", a = 0 }
  for _, name in ipairs { "conv1.weight", "bn1.weight", "bn1.bias" } do g:parameter(name, { 2 }, init) end
  g:buffer("bn1.running_mean", { 2 }, init)
  for _, name in ipairs { "layer1.0.conv1.weight", "layer1.0.bn1.bias", "layer12.0.conv1.weight", "fc.weight",
    "fc.bias" } do
    g:parameter(name, { 2 }, init)
  end
  g:buffer("norm.running_mean", { 2 }, init)
  return g
end

local function names(pattern, roles)
  local list, set = select.tensors(model(), pattern, roles)
  if not list then return nil, set end
  local out = {}
  for i, t in ipairs(list) do out[i] = t.name end
  for _, name in ipairs(out) do lu.assertTrue(set[name]) end
  return table.concat(out, " ")
end

TestSelect = {}

function TestSelect.test_vectors_have_one_dimension()
  local g = model()
  g:parameter("last.weight", { 2, 3 }, {})
  lu.assertEquals(#select.tensors(g, "*"), 9)
  lu.assertEquals(#select.tensors(g, "vectors"), 8)
  lu.assertEquals(#select.tensors(g, "vectors", { "buffer" }), 2)
end

function TestSelect.test_names_layers_and_patterns()
  lu.assertEquals(names "fc.bias", "fc.bias")
  lu.assertEquals(names "layer1", "layer1.0.conv1.weight layer1.0.bn1.bias")
  lu.assertEquals(names "layer1.*", "layer1.0.conv1.weight layer1.0.bn1.bias")
  lu.assertEquals(names "layer1*", "layer1.0.conv1.weight layer1.0.bn1.bias layer12.0.conv1.weight")
  lu.assertEquals(names "layer1?", "layer12.0.conv1.weight")
  lu.assertEquals(names "*.bias", "bn1.bias layer1.0.bn1.bias fc.bias")
  lu.assertEquals(names "*bn1", "bn1.weight bn1.bias layer1.0.bn1.bias")
  lu.assertEquals(names "bn1", "bn1.weight bn1.bias")
  lu.assertEquals(#select.tensors(model(), "*"), 8)
end

function TestSelect.test_lists_are_together_and_in_the_graphs_order()
  lu.assertEquals(names { "fc", "conv1" }, "conv1.weight fc.weight fc.bias")
  lu.assertEquals(names { "*.bias", "fc" }, "bn1.bias layer1.0.bn1.bias fc.weight fc.bias")
end

function TestSelect.test_head_is_the_last_layer_with_parameters()
  lu.assertEquals(select.head(model()), "fc")
  lu.assertEquals(names "head", "fc.weight fc.bias")
  lu.assertEquals(names "backbone", "conv1.weight bn1.weight bn1.bias layer1.0.conv1.weight layer1.0.bn1.bias "
    .. "layer12.0.conv1.weight")
  lu.assertEquals(names({ "backbone" }, { "buffer" }), "bn1.running_mean norm.running_mean")
  local bare = graph.new("t", { registry = {} })
  bare:parameter("weight", { 1 }, {})
  lu.assertEquals(select.head(bare), "")
  lu.assertEquals(#select.tensors(bare, "head"), 1)
end

function TestSelect.test_what_matches_nothing_is_a_mistake()
  local function message(pattern)
    local list, text = names(pattern)
    lu.assertNil(list)
    return text
  end
  lu.assertStrContains(message "layr1.*", '"layr1.*" matches no tensor of the model; the nearest: "layer1.*", "layer1')
  lu.assertStrContains(message "backbon", 'the nearest: "backbone"')
  lu.assertStrContains(message { "fc", "*.biass" }, '"*.biass" matches no tensor of the model; the nearest: "*.bias"')
  lu.assertEquals(message "zzzzzzzz", '"zzzzzzzz" matches no tensor of the model; its layers: conv1, bn1, layer1, '
    .. "layer12, fc")
  local none = graph.new("t", { registry = {} })
  local _, text = select.tensors(none, "head")
  lu.assertEquals(text, '"head" matches no tensor of the model; its layers: none')
end

os.exit(lu.LuaUnit.run())
