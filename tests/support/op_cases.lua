-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The test cases that op files list, as graphs with the committed vectors: what the tests of ops share.

local lu = require "luaunit"
local graph = require "generator.graph.graph"
local gradient = require "generator.passes.gradient"
local dead_code = require "generator.passes.dead_code"
local check = require "generator.graph.check"
local ops = require "generator.ops"
local runner = require "tests.support.graph_runner"
local safetensors = require "tests.support.safetensors"

local M = {}

-- The graph of one test case: the op on plain inputs and, where it has a gradient, its gradients for
-- the cotangents `dout`. Returns graph, inputs by port, outputs by port, cotangents by port.
local function case_graph(op, case, name)
  local g = graph.new(name, { registry = ops.by_name, training = true, batch = 1 })
  local inputs, cotangents = {}, {}
  for _, port in ipairs(op.inputs) do
    port = port:gsub("%?$", "")
    local whole = case.int and case.int[port]
    if case[port] or whole then
      local shape = case[port] or { table.unpack(whole) }
      inputs[port] = g:input(port, shape, "input", whole and "i32" or nil)
      inputs[port].wants_gradient = not whole
    end
  end
  local outputs = g:node(op.name, "op", inputs, case.attrs)
  for port, t in pairs(outputs) do g.outputs[port] = t end -- a map: order does not matter
  for _, port in ipairs(op.mutates or {}) do g.outputs["after_" .. port] = inputs[port] end
  if op.grad then
    local seeds = {}
    for _, port in ipairs(op.outputs) do
      local t = outputs[port]
      if t and t.dtype == "f32" and port ~= "loss" and case.vectors["dout." .. port] then
        cotangents[port] = g:input("d" .. port, t.shape)
        seeds[t] = cotangents[port]
      end
    end
    if next(seeds) then gradient.run(g, seeds) else
      g.outputs.loss = outputs.loss
      if outputs.loss then gradient.run(g) end
    end
    for port, t in pairs(inputs) do -- a map: order does not matter
      if g.gradients and g.gradients[t.id] then g.outputs["d_" .. port] = g.gradients[t.id] end
    end
  end
  dead_code.run(g)
  check.check(g, "test")
  return { graph = g, inputs = inputs, outputs = outputs, cotangents = cotangents, op = op, case = case }
end

--- All cases that have vectors, as graphs.
function M.all_cases()
  local list = {}
  for _, op in ipairs(ops.list) do
    if op.reference and #op.tests > 0 then
      local vectors = safetensors.read("tests/vectors/ops/" .. op.name .. ".safetensors")
      for i, case in ipairs(op.tests) do
        local mine = {}
        for name, t in pairs(vectors) do -- a map: order does not matter
          local index, rest = name:match("^(%d+)%.(.*)$")
          if tonumber(index) == i then mine[rest] = t.values end
        end
        local copy = {}
        for key, v in pairs(case) do copy[key] = v end
        copy.vectors = mine
        list[#list + 1] = case_graph(op, copy, string.format("%s_%d", op.name, i))
      end
    end
  end
  return list
end

function M.values_of(c)
  local values = {}
  for port, t in pairs(c.inputs) do -- a map: order does not matter
    values[t] = c.case.vectors[port] or error(c.graph.name .. ": no vector for input " .. port)
  end
  for port, t in pairs(c.cotangents) do values[t] = c.case.vectors["dout." .. port] end
  return values
end

--- Compares every output and gradient the vectors have.
function M.compare(c, read, tolerance, compared)
  for _, port in ipairs(c.op.outputs) do
    local want, t = c.case.vectors["out." .. port], c.graph.outputs[port]
    if want then
      local d = runner.difference(read(t), want)
      lu.assertTrue(d <= tolerance, string.format("%s output %s is off by %g (allowed %g)", c.graph.name, port, d,
        tolerance))
      compared[c.op.name] = (compared[c.op.name] or 0) + 1
    end
  end
  for port, t in pairs(c.inputs) do -- what the op changes in place; each alone: order does not matter
    local want = c.case.vectors["after." .. port]
    if want then
      local d = runner.difference(read(t), want)
      lu.assertTrue(d <= tolerance, string.format("%s: %s afterwards is off by %g (allowed %g)", c.graph.name, port,
        d, tolerance))
      compared[c.op.name .. " after"] = (compared[c.op.name .. " after"] or 0) + 1
    end
  end
  for port in pairs(c.inputs) do -- each compared alone: order does not matter
    local want, t = c.case.vectors["d." .. port], c.graph.outputs["d_" .. port]
    if want and c.op.grad then
      local dloss = c.outputs.loss and c.case.vectors["dout.loss"][1]
      if dloss then -- a loss starts the backward pass with 1, the vectors with any number
        local scaled = {}
        for i, v in ipairs(want) do scaled[i] = v / dloss end
        want = scaled
      end
      lu.assertNotNil(t, c.graph.name .. " has no gradient for " .. port)
      local d = runner.difference(read(t), want)
      lu.assertTrue(d <= tolerance, string.format("%s gradient of %s is off by %g (allowed %g)", c.graph.name, port,
        d, tolerance))
      compared[c.op.name .. " gradient"] = (compared[c.op.name .. " gradient"] or 0) + 1
    end
  end
end

function M.graphs_of(cases)
  local list = {}
  for i, c in ipairs(cases) do list[i] = c.graph end
  return list
end

function M.requests_of(cases, threads)
  local list = {}
  for i, c in ipairs(cases) do list[i] = { entry = c.graph.name, values = M.values_of(c), threads = threads } end
  return list
end

return M
