-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Every op, from its own table: values and gradients of the plain C kernel in double against the
-- committed vectors, gradients against finite differences, then every other kernel in float against
-- the vectors, for both instruction sets.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local graph = require "generator.graph.graph"
local gradient = require "generator.passes.gradient"
local dead_code = require "generator.passes.dead_code"
local check = require "generator.graph.check"
local ops = require "generator.ops"
local runner = require "tests.support.graph_runner"
local safetensors = require "tests.support.safetensors"

-- The graph of one test case: the op on plain inputs and, where it has a gradient, its gradients for
-- the cotangents `dout`. Returns graph, inputs by port, outputs by port, cotangents by port.
local function case_graph(op, case, name)
  local g = graph.new(name, { registry = ops.by_name, training = true, batch = 1 })
  local inputs, cotangents = {}, {}
  for _, port in ipairs(op.inputs) do
    port = port:gsub("%?$", "")
    local whole = case.int and case.int[port]
    if case[port] or whole then
      local shape = case[port] or { whole[1] }
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

-- All cases that have vectors, as graphs.
local function all_cases()
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

local function values_of(c)
  local values = {}
  for port, t in pairs(c.inputs) do -- a map: order does not matter
    values[t] = c.case.vectors[port] or error(c.graph.name .. ": no vector for input " .. port)
  end
  for port, t in pairs(c.cotangents) do values[t] = c.case.vectors["dout." .. port] end
  return values
end

-- Compares every output and gradient the vectors have.
local function compare(c, read, tolerance, compared)
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

local function graphs_of(cases)
  local list = {}
  for i, c in ipairs(cases) do list[i] = c.graph end
  return list
end

local function requests_of(cases, threads)
  local list = {}
  for i, c in ipairs(cases) do list[i] = { entry = c.graph.name, values = values_of(c), threads = threads } end
  return list
end

TestOps = {}

function TestOps.test_plain_c_in_double_equals_the_reference()
  local cases, compared = all_cases(), {}
  local r = runner.build { graphs = graphs_of(cases), real = "double" }
  local results = r:run(requests_of(cases))
  for i, c in ipairs(cases) do compare(c, results[i], 1e-12, compared) end
  r:close()
  for _, op in ipairs(ops.list) do
    if op.reference then lu.assertTrue((compared[op.name] or 0) >= #op.tests, op.name .. " was not compared") end
    if op.mutates and op.reference then lu.assertTrue(compared[op.name .. " after"] >= #op.tests, op.name) end
  end
end

-- Directional derivatives: (f(v + h u) - f(v - h u)) / 2h against the gradient, for two directions u
-- per case, where f is the sum of the outputs weighted by the cotangents.
function TestOps.test_gradients_against_finite_differences()
  local all, cases = all_cases(), {}
  for _, c in ipairs(all) do
    if c.op.grad and (next(c.cotangents) or c.outputs.loss) then cases[#cases + 1] = c end
  end
  lu.assertTrue(#cases > 15)
  local r = runner.build { graphs = graphs_of(cases), real = "double" }
  local h, state = 1e-6, 12345
  local function random() -- a fixed sequence in (-1, 1)
    state = (state * 6364136223846793005 + 1442695040888963407)
    return (state >> 11) / 2 ^ 52 - 1
  end
  for _, c in ipairs(cases) do
    local base = values_of(c)
    local requests = { { entry = c.graph.name, values = base } }
    local directions = {}
    for d = 1, 2 do
      local ports = {}
      for port in pairs(c.inputs) do ports[#ports + 1] = port end
      table.sort(ports)
      local u = {}
      for _, port in ipairs(ports) do
        local t = c.inputs[port]
        if t.wants_gradient and c.graph.gradients[t.id] then
          u[t] = {}
          for i = 1, #base[t] do u[t][i] = random() end
        end
      end
      directions[d] = u
      for _, sign in ipairs { 1, -1 } do
        local moved = {}
        for t, v in pairs(base) do -- a map: order does not matter
          moved[t] = v
          if u[t] then
            moved[t] = {}
            for i = 1, #v do moved[t][i] = v[i] + sign * h * u[t][i] end
          end
        end
        requests[#requests + 1] = { entry = c.graph.name, values = moved }
      end
    end
    local results = r:run(requests)
    local function weighted(read)
      if not next(c.cotangents) then return read(c.outputs.loss)[1] end
      local sum = 0
      for _, port in ipairs(c.op.outputs) do
        local dt = c.cotangents[port]
        if dt then
          local y = read(c.graph.outputs[port])
          for i, w in ipairs(base[dt]) do sum = sum + w * y[i] end
        end
      end
      return sum
    end
    for d, u in ipairs(directions) do
      local slope = (weighted(results[2 * d]) - weighted(results[2 * d + 1])) / (2 * h)
      local dot = 0
      for t, direction in pairs(u) do -- a sum compared with a tolerance: order does not matter
        local dt = results[1](c.graph.gradients[t.id])
        for i, v in ipairs(direction) do dot = dot + v * dt[i] end
      end
      lu.assertAlmostEquals(slope, dot, 1e-5 * math.max(1, math.abs(dot)), c.graph.name)
    end
  end
  r:close()
end

-- Fast kernels: float, all backends, both instruction sets, one and two threads with the same bits for
-- kernels of ours.
local function fast(isa, backends)
  local cases, compared = all_cases(), {}
  local r = runner.build { graphs = graphs_of(cases), real = "float", isa = isa, backends = backends, flags = "-O2" }
  local results = r:run(requests_of(cases))
  for i, c in ipairs(cases) do compare(c, results[i], c.op.tolerance or 2e-5, compared) end
  if #backends == 1 then
    local one = r:run(requests_of(cases, 1))
    for i, c in ipairs(cases) do
      for name, t in pairs(c.graph.outputs) do -- each compared alone: order does not matter
        lu.assertEquals(one[i](t), results[i](t), c.graph.name .. " " .. name .. " depends on the threads")
      end
    end
  end
  r:close()
end

function TestOps.test_c_v3() fast("x86-64-v3", { "c" }) end
function TestOps.test_all_backends_v3() fast("x86-64-v3", { "onednn", "openblas", "c" }) end
if runner.have_avx512() then
  function TestOps.test_c_v4() fast("x86-64-v4", { "c" }) end
  function TestOps.test_all_backends_v4() fast("x86-64-v4", { "onednn", "openblas", "c" }) end
end

os.exit(lu.LuaUnit.run())
