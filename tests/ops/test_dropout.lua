-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Dropout in vectors beside the plain kernel: the same elements are kept, of whole tensors and of packed rows.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local graph = require "generator.graph.graph"
local ops = require "generator.ops"
local runner = require "tests.support.graph_runner"

TestDropout = {}

local function case(name, packed)
  local g = graph.new(name, { registry = ops.by_name, training = true, batch = 1 })
  local x = g:input("x", { 50, 108 })
  local rows = packed and g:input("rows", { 4 }, "input", "i32") or nil
  g.outputs.y = g:node("dropout", "op", { x = x, rows = rows }, { p = 0.3, stream = 7 }).y
  local values, value = { [x] = {} }, 0
  for i = 1, 50 * 108 do
    value = (value + 0.37) % 3
    values[x][i] = value - 1.5
  end
  if rows then values[rows] = { 0, 10, 10, 37 } end
  return g, values
end

function TestDropout:test_vectors_keep_what_the_plain_kernel_keeps()
  local results = {}
  for _, real in ipairs { "double", "float" } do
    local whole, packed = { case("whole") }, { case("packed", true) }
    local r = runner.build { graphs = { whole[1], packed[1] }, real = real }
    lu.assertEquals(whole[1].nodes[1].kernel.name, real == "float" and "vector" or "c")
    lu.assertEquals(packed[1].nodes[1].kernel.name, real == "float" and "vector" or "c")
    local read = r:run {
      { entry = "whole", values = whole[2], seed = 5, step = 3 },
      { entry = "packed", values = packed[2], seed = 5, step = 3 },
    }
    results[real] = { read[1](whole[1].outputs.y), read[2](packed[1].outputs.y) }
    r:close()
  end
  for which, count in ipairs { 50 * 108, 37 * 108 } do
    local kept = 0
    for i = 1, count do
      local want, got = results.double[which][i], results.float[which][i]
      lu.assertAlmostEquals(got, want, 1e-6)
      kept = kept + (want ~= 0 and 1 or 0)
    end
    lu.assertTrue(kept > 0.65 * count and kept < 0.75 * count)
  end
end

os.exit(lu.LuaUnit.run())
