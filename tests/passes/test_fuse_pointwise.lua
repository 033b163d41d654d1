-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- A fused chain computes what its ops compute one after another, attributes included.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local fuse_pointwise = require "generator.passes.fuse_pointwise"
local graph = require "generator.graph.graph"
local ops = require "generator.ops"
local runner = require "tests.support.graph_runner"

-- leaky_relu of two slopes, added: three element-wise ops over two inputs.
local function chain(name)
  local g = graph.new(name, { registry = ops.by_name, batch = 2 })
  local a, b = g:input("a", { 2, 8 }), g:input("b", { 2, 8 })
  local first = g:node("leaky_relu", "first", { x = a, gate = a }, { slope = 0.25 }).y
  local second = g:node("leaky_relu", "second", { x = b, gate = b }, { slope = 0.125 }).y
  g.outputs.y = g:node("add", "sum", { a = first, b = second }).y
  return g
end

TestFusePointwise = {}

function TestFusePointwise.test_attributes_are_part_of_the_expression()
  local apart, fused = chain("apart"), fuse_pointwise.run(chain("fused"))
  lu.assertEquals(#apart.nodes, 3)
  lu.assertEquals(#fused.nodes, 1)
  lu.assertEquals(fused.nodes[1].op, "pointwise")
  local r = runner.build { graphs = { apart, fused }, real = "double" }
  local values = { {}, {} }
  for i = 1, 16 do
    values[1][i], values[2][i] = i - 8.5, (i * 7) % 16 - 7.75
  end
  local requests = {}
  for i, g in ipairs { apart, fused } do
    requests[i] = { entry = g.name, values = { [g.inputs[1]] = values[1], [g.inputs[2]] = values[2] } }
  end
  local results = r:run(requests)
  local want = {}
  for i = 1, 16 do
    local a, b = values[1][i], values[2][i]
    want[i] = (a > 0 and a or a / 4) + (b > 0 and b or b / 8)
  end
  lu.assertEquals(results[1](apart.outputs.y), want)
  lu.assertEquals(results[2](fused.outputs.y), want)
  r:close()
end

os.exit(lu.LuaUnit.run())
