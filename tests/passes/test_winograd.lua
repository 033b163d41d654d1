-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Winograd's convolutions and gradients equal the direct ones: the plain definition in double to rounding, the
-- vector kernels in float, with the same bits whatever the number of threads.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local backends = require "generator.backends.winograd"
local compile = require "generator.compile"
local dead_code = require "generator.passes.dead_code"
local graph = require "generator.graph.graph"
local ops = require "generator.ops"
local runner = require "tests.support.graph_runner"
local winograd = require "generator.passes.winograd"

-- Images of every rest of a tile, paddings, chunks that end early, a thread's own and common ones.
local cases = {
  { x = { 2, 32, 7, 9 }, outputs = 64, padding = { 1, 1 }, bias = true, residual = true, relu = true },
  { x = { 1, 64, 4, 4 }, outputs = 32, padding = { 0, 2 }, relu = true, ceiling = 0.5 },
  { x = { 3, 32, 18, 17 }, outputs = 32, padding = { 1, 0 }, bias = true },
  { x = { 1, 96, 5, 30 }, outputs = 32, padding = { 2, 1 }, residual = true },
}

-- The convolution of a case with both gradients.
local function graph_of(name, case)
  local g = graph.new(name, { registry = ops.by_name, training = true, batch = 1 })
  local x, p = g:input("x", case.x), case.padding
  local w = g:input("w", { case.outputs, case.x[2], 3, 3 })
  local shape = { case.x[1], case.outputs, case.x[3] + 2 * p[1] - 2, case.x[4] + 2 * p[2] - 2 }
  local inputs = { x = x, w = w, b = case.bias and g:input("b", { case.outputs }) or nil,
    residual = case.residual and g:input("residual", shape) or nil }
  g.outputs.y = g:node("conv2d", "conv", inputs, { padding = p, relu = case.relu, ceiling = case.ceiling }).y
  local dy = g:input("dy", shape)
  local geometry = { padding = p, kernel_size = { 3, 3 }, height = case.x[3], width = case.x[4] }
  g.outputs.dw = g:node("conv2d_dw", "conv", { x = x, dy = dy }, geometry).dw
  g.outputs.dx = g:node("conv2d_dx", "conv", { dy = dy, w = w }, geometry).dx
  dead_code.run(g)
  return g
end

local function values_of(g)
  local values, state = {}, 7
  for _, t in ipairs(g.inputs) do
    values[t] = {}
    for i = 1, graph.count(t.shape) do -- a fixed sequence in (-1, 1)
      state = state * 6364136223846793005 + 1442695040888963407
      values[t][i] = (state >> 11) / 2 ^ 52 - 1
    end
  end
  return values
end

-- Runs graphs: a list of outputs by name.
local function run(graphs, options, threads)
  options.graphs = graphs
  local r, requests, found = runner.build(options), {}, {}
  for i, g in ipairs(graphs) do requests[i] = { entry = g.name, values = values_of(g), threads = threads or 2 } end
  local results = r:run(requests)
  local again = threads == nil and r:run((function()
    for _, request in ipairs(requests) do request.threads = 1 end
    return requests
  end)()) or results
  for i, g in ipairs(graphs) do
    found[i] = {}
    for _, name in ipairs { "y", "dw", "dx" } do
      found[i][name] = results[i](g.outputs[name])
      lu.assertEquals(again[i](g.outputs[name]), found[i][name], g.name .. " " .. name .. " depends on the threads")
    end
  end
  r:close()
  return found
end

local function made(isa, backend_names, real_size)
  local target = compile.target({ isa = isa, threads = 2, backends = backend_names }, real_size)
  local list = {}
  for i, case in ipairs(cases) do
    list[i] = winograd.run(graph_of("winograd_" .. i, case), target, { always = true })
    local count = 0
    for _, n in ipairs(list[i].nodes) do count = count + (n.op:find("^winograd_") and 1 or 0) end
    lu.assertEquals(count, 5, "three convolutions and two transforms of weights")
  end
  return list
end

local function direct()
  local list = {}
  for i, case in ipairs(cases) do list[i] = graph_of("direct_" .. i, case) end
  return run(list, { real = "double", isa = "x86-64-v3" })
end

local function compare(found, wanted, tolerance)
  for i in ipairs(cases) do
    for _, name in ipairs { "y", "dw", "dx" } do
      local difference = runner.difference(found[i][name], wanted[i][name])
      lu.assertTrue(difference < tolerance, string.format("case %d, %s: %g", i, name, difference))
    end
  end
end

TestWinograd = {}

function TestWinograd.test_plain_definition_in_double()
  compare(run(made("x86-64-v3", { "c" }, 8), { real = "double", isa = "x86-64-v3" }), direct(), 1e-12)
end

local function vectors(isa)
  local backend_names = { "onednn", "c" }
  local floats = { chunk = backends.chunk_floats, reuse = backends.reuse, sum = backends.sum_floats,
    shared = backends.shared_floats }
  -- small chunks, so that there are several: of a thread's own, then of all threads
  for _, reuse in ipairs { 1000, 0 } do
    backends.chunk_floats, backends.shared_floats, backends.sum_floats, backends.reuse = 30000, 60000, 30000, reuse
    local slots = {}
    local list = made(isa, backend_names)
    for _, g in ipairs(list) do
      for _, n in ipairs(g.nodes) do
        if n.op == "winograd_conv2d" then
          local plan = backends.forward_plan(n.inputs.x.shape, n.outputs.y.shape, n.inputs.u.shape[3] // 2,
            { threads = 2 })
          slots[plan.slots] = true
        end
      end
    end
    lu.assertEquals(slots[reuse == 0 and 0 or 2], true)
    local found = run(list, { real = "float", isa = isa, backends = backend_names, flags = "-O2" })
    compare(found, direct(), 2e-5)
  end
  backends.chunk_floats, backends.reuse, backends.sum_floats, backends.shared_floats = floats.chunk, floats.reuse,
    floats.sum, floats.shared
end

function TestWinograd.test_vectors_v3() vectors("x86-64-v3") end
if runner.have_avx512() then
  function TestWinograd.test_vectors_v4() vectors("x86-64-v4") end
end

function TestWinograd.test_only_where_it_pays()
  local function count(x, outputs, training)
    local g = graph_of("g", { x = x, outputs = outputs, padding = { 1, 1 } })
    g.training = training
    winograd.run(g, compile.target { isa = "x86-64-v3", threads = 2, backends = { "onednn", "c" } })
    local found = 0
    for _, n in ipairs(g.nodes) do found = found + (n.op == "winograd_conv2d" and 1 or 0) end
    return found
  end
  lu.assertEquals(count({ 16, 64, 56, 56 }, 64, true), 2)
  lu.assertEquals(count({ 16, 512, 7, 7 }, 512, true), 2)
  lu.assertEquals(count({ 1, 512, 7, 7 }, 512, false), 0, "reading the weights would take longer")
  lu.assertEquals(count({ 16, 60, 56, 56 }, 64, true), 0, "no whole blocks of channels")
end

os.exit(lu.LuaUnit.run())
