-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Every op, from its own table: values and gradients of the plain C kernel in double against the
-- committed vectors, gradients against finite differences, then every other kernel in float against
-- the vectors, for both instruction sets.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local cases_of = require "tests.support.op_cases"
local ops = require "generator.ops"
local runner = require "tests.support.graph_runner"

local all_cases, values_of, compare = cases_of.all_cases, cases_of.values_of, cases_of.compare
local graphs_of, requests_of = cases_of.graphs_of, cases_of.requests_of

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
