-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What the pass `convolutions` makes of convolutions and their gradients equals them, by Winograd's algorithm and
-- directly: the plain definition in double to rounding, the vector kernels in float, with the same bits whatever the
-- number of threads.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local compile = require "generator.compile"
local convolutions = require "generator.passes.convolutions"
local dead_code = require "generator.passes.dead_code"
local direct = require "generator.backends.direct"
local graph = require "generator.graph.graph"
local ops = require "generator.ops"
local pools = require "generator.backends.pools"
local runner = require "tests.support.graph_runner"
local winograd = require "generator.backends.winograd"

-- Images of every rest of a tile, paddings, chunks that end early, a thread's own and common ones.
local cases = {}
cases.winograd = {
  { x = { 2, 32, 7, 9 }, outputs = 64, padding = { 1, 1 }, bias = true, residual = true, relu = true },
  { x = { 1, 64, 4, 4 }, outputs = 32, padding = { 0, 2 }, relu = true, ceiling = 0.5 },
  { x = { 3, 32, 18, 17 }, outputs = 32, padding = { 1, 0 }, bias = true },
  { x = { 1, 96, 5, 30 }, outputs = 32, padding = { 2, 1 }, residual = true },
}
-- Windows of one pixel and more, strides, dilations, a last block of outputs alone, few pixels and many channels.
cases.direct = {
  { x = { 2, 32, 7, 9 }, outputs = 48, kernel_size = { 1, 1 }, bias = true, residual = true, relu = true },
  { x = { 3, 16, 12, 11 }, outputs = 16, kernel_size = { 1, 1 }, stride = { 2, 2 }, bias = true },
  { x = { 1, 48, 9, 8 }, outputs = 48, padding = { 1, 1 }, stride = { 2, 1 }, residual = true },
  { x = { 2, 16, 13, 10 }, outputs = 32, kernel_size = { 5, 3 }, padding = { 4, 0 }, dilation = { 2, 1 }, bias = true,
    relu = true, ceiling = 0.5 },
  { x = { 1, 160, 3, 3 }, outputs = 80, kernel_size = { 1, 1 }, relu = true, ceiling = 6, residual = true },
  { x = { 1, 16, 4, 5 }, outputs = 16, kernel_size = { 2, 3 }, padding = { 1, 3 }, bias = true },
  { x = { 2, 3, 17, 14 }, outputs = 48, kernel_size = { 7, 7 }, stride = { 2, 2 }, padding = { 3, 3 }, bias = true,
    relu = true },
  { x = { 1, 1, 10, 9 }, outputs = 16, residual = true },
  { x = { 2, 32, 15, 16 }, outputs = 48, kernel_size = { 3, 2 }, stride = { 2, 3 }, padding = { 2, 1 },
    dilation = { 2, 1 } },
  { x = { 1, 96, 10, 11 }, outputs = 64, kernel_size = { 1, 1 }, relu = true },
}

-- The convolution of a case with both gradients.
local function graph_of(name, case)
  local g = graph.new(name, { registry = ops.by_name, training = true, batch = 1 })
  local x, size = g:input("x", case.x), case.kernel_size or { 3, 3 }
  local a = { stride = case.stride or { 1, 1 }, padding = case.padding or { 0, 0 },
    dilation = case.dilation or { 1, 1 }, kernel_size = size, height = case.x[3], width = case.x[4] }
  local w = g:input("w", { case.outputs, case.x[2], size[1], size[2] })
  local shape = { case.x[1], case.outputs, table.unpack(pools.window_shape(case.x, a, graph.shape_text)) }
  local inputs = { x = x, w = w, b = case.bias and g:input("b", { case.outputs }) or nil,
    residual = case.residual and g:input("residual", shape) or nil }
  g.outputs.y = g:node("conv2d", "conv", inputs, { stride = a.stride, padding = a.padding, dilation = a.dilation,
    relu = case.relu, ceiling = case.ceiling }).y
  local dy = g:input("dy", shape)
  g.outputs.dw = g:node("conv2d_dw", "conv", { x = x, dy = dy }, a).dw
  g.outputs.dx = g:node("conv2d_dx", "conv", { dy = dy, w = w }, a).dx
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

local function made(algorithm, isa, backend_names, real_size)
  local target = compile.target({ isa = isa, threads = 2, backends = backend_names }, real_size)
  local list = {}
  for i, case in ipairs(cases[algorithm]) do
    local g = convolutions.run(graph_of(algorithm .. "_" .. i, case), target, { always = algorithm })
    list[i] = g
    local ours, others = 0, 0
    for _, n in ipairs(g.nodes) do
      if n.op:find("^" .. algorithm) then ours = ours + 1 else others = others + 1 end
    end
    -- three convolutions and two transforms of weights, but for the gradients of one with few channels
    lu.assertEquals({ ours, others }, case.x[2] < 4 and { 2, 2 } or { 5, 0 }, g.name)
  end
  return list
end

local known = {}
local function definition(algorithm)
  if not known[algorithm] then
    local list = {}
    for i, case in ipairs(cases[algorithm]) do list[i] = graph_of("as_defined_" .. i, case) end
    known[algorithm] = run(list, { real = "double", isa = "x86-64-v3" })
  end
  return known[algorithm]
end

local function compare(algorithm, found, tolerance)
  local wanted = definition(algorithm)
  for i in ipairs(cases[algorithm]) do
    for _, name in ipairs { "y", "dw", "dx" } do
      local difference = runner.difference(found[i][name], wanted[i][name])
      lu.assertTrue(difference < tolerance, string.format("%s, case %d, %s: %g", algorithm, i, name, difference))
    end
  end
end

-- Sets fields of a module while f runs.
local function with(module, fields, f)
  local before = {}
  for name, value in pairs(fields) do before[name], module[name] = module[name], value end
  local ok, why = pcall(f)
  for name, value in pairs(before) do module[name] = value end
  if not ok then error(why, 0) end
end

TestConvolutions = {}

function TestConvolutions.test_plain_definitions_in_double()
  for algorithm in pairs(cases) do
    compare(algorithm, run(made(algorithm, "x86-64-v3", { "c" }, 8), { real = "double", isa = "x86-64-v3" }), 1e-12)
  end
end

local backend_names = { "onednn", "c" }

local function vectors(algorithm, isa, look)
  local list = made(algorithm, isa, backend_names)
  if look then look(list) end
  compare(algorithm, run(list, { real = "float", isa = isa, backends = backend_names, flags = "-O2" }), 2e-5)
end

local function vectors_of_winograd(isa)
  -- small chunks, so that there are several, of a thread's own and then of all threads, and few and many units
  for _, own in ipairs { true, false } do
    with(winograd, { own_tiles = { 6, 12 }, kept_outputs = own and 16 or 64, least_tiles = own and 1 or 1000,
      shared_floats = 60000, sum_tiles = 20, sum_blocks = own and 4 or 2 }, function()
      vectors("winograd", isa, function(list)
        local slots = {}
        for _, g in ipairs(list) do
          for _, n in ipairs(g.nodes) do
            if n.op == "winograd_conv2d" then
              local plan = winograd.forward_plan(n.inputs.x.shape, n.outputs.y.shape, n.inputs.u.shape[3] // 2, 2)
              slots[plan.slots] = true
            end
          end
        end
        lu.assertEquals(slots[own and 2 or 0], true)
      end)
    end)
  end
end

local function direct_vectors(isa)
  vectors("direct", isa)
  -- units of few pixels, blocks of few inputs, pieces of few rows, so that there are several
  with(direct, { unit_pixels = 13, panel_floats = 600, piece_pixels = 20, far_pixels = 1 }, function()
    vectors("direct", isa)
  end)
end

function TestConvolutions.test_winograd_v3() vectors_of_winograd("x86-64-v3") end
function TestConvolutions.test_direct_v3() direct_vectors("x86-64-v3") end
if runner.have_avx512() then
  function TestConvolutions.test_winograd_v4() vectors_of_winograd("x86-64-v4") end
  function TestConvolutions.test_direct_v4() direct_vectors("x86-64-v4") end
end

-- Ops of a convolution and its gradients after the pass, as the rules choose them.
local function chosen(case, fields)
  local g = graph_of("g", case)
  g.training = fields.training ~= false
  convolutions.run(g, compile.target { isa = fields.isa or "x86-64-v3", threads = 2, backends = backend_names })
  local count = {}
  for _, n in ipairs(g.nodes) do count[n.op] = (count[n.op] or 0) + 1 end
  return count
end

function TestConvolutions.test_winograd_only_where_it_pays()
  local function count(x, outputs, training)
    return chosen({ x = x, outputs = outputs, padding = { 1, 1 } }, { training = training }).winograd_conv2d or 0
  end
  lu.assertEquals(count({ 16, 64, 56, 56 }, 64, true), 2)
  lu.assertEquals(count({ 16, 512, 7, 7 }, 512, true), 2)
  lu.assertEquals(count({ 1, 512, 7, 7 }, 512, false), 0, "reading the weights would take longer")
  lu.assertEquals(count({ 16, 60, 56, 56 }, 64, true), 0, "no whole blocks of channels")
end

function TestConvolutions.test_direct_where_the_library_is_slower()
  local one = { x = { 8, 64, 56, 56 }, outputs = 256, kernel_size = { 1, 1 } }
  lu.assertEquals(chosen(one, {}), { direct_weights = 2, direct_conv2d = 2, direct_dw = 1 })
  lu.assertEquals(chosen(one, { isa = "x86-64-v4" }), { conv2d = 1, conv2d_dx = 1, conv2d_dw = 1 })
  one.x[2] = 60
  lu.assertEquals(chosen(one, {}), { conv2d = 1, conv2d_dx = 1, conv2d_dw = 1 })
end

os.exit(lu.LuaUnit.run())
