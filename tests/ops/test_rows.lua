-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Ops on packed rows where the vectors of tests/ops do not reach: dropout inside layer_norm and attention (the plain
-- kernels against finite differences, the fast ones against the plain), and rows behind the last text, which hold
-- NaN and must not be read.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local check = require "generator.graph.check"
local dead_code = require "generator.passes.dead_code"
local gradient = require "generator.passes.gradient"
local graph = require "generator.graph.graph"
local ops = require "generator.ops"
local runner = require "tests.support.graph_runner"

local ROWS, STARTS, ALL = 17, { 0, 5, 6, 17 }, 24 -- three texts, rows in use, rows of the matrices
local LONG_ROWS, LONG_STARTS, LONG_ALL = 340, { 0, 1, 71, 340 }, 350 -- more than a block of queries, of keys

local function draw(count, seed)
  local state, list = seed, {}
  for i = 1, count do
    state = state * 6364136223846793005 + 1442695040888963407
    list[i] = string.unpack("<f", string.pack("<f", (state >> 11) / 2 ^ 52 - 1))
  end
  return list
end

-- A graph with one node and its gradients; inputs by port, and what to compare: each a list of tensor and columns
-- (nil where every number counts).
local cases = {
  layer_norm = function(g)
    local p = { x = g:input("x", { ALL, 40 }), residual = g:input("residual", { ALL, 40 }),
      gamma = g:input("gamma", { 40 }), beta = g:input("beta", { 40 }), rows = g:input("rows", { 4 }, nil, "i32") }
    return p, g:node("layer_norm", "op", p, { p = 0.3, stream = 5 }).y
  end,
  attention = function(g)
    local p = { q = g:input("q", { ALL, 64 }), k = g:input("k", { ALL, 64 }), v = g:input("v", { ALL, 64 }),
      rows = g:input("rows", { 4 }, nil, "i32") }
    return p, g:node("attention", "op", p, { heads = 2, p = 0.25, stream = 3, length = 11 }).y
  end,
  long_attention = function(g)
    local p = { q = g:input("q", { LONG_ALL, 32 }), k = g:input("k", { LONG_ALL, 32 }),
      v = g:input("v", { LONG_ALL, 32 }), rows = g:input("rows", { 4 }, nil, "i32") }
    return p, g:node("attention", "op", p, { heads = 1, p = 0.25, stream = 3, length = 280 }).y
  end,
  linear = function(g)
    local p = { x = g:input("x", { ALL, 33 }), w = g:input("w", { 33, 20 }), b = g:input("b", { 20 }),
      rows = g:input("rows", { 4 }, nil, "i32") }
    return p, g:node("linear", "op", p, { gelu = true, keep = true }).y
  end,
}

local function made(name)
  local g = graph.new(name, { registry = ops.by_name, training = true, batch = 3 })
  local ports, y = cases[name](g)
  local dy = g:input("dy", y.shape)
  for port, t in pairs(ports) do t.wants_gradient = port ~= "rows" end -- each alone: order does not matter
  gradient.run(g, { [y] = dy })
  g.outputs.y = y
  for port, t in pairs(ports) do
    if port ~= "rows" then g.outputs["d_" .. port] = g.gradients[t.id] end
  end
  dead_code.run(g)
  check.check(g, "test")
  local long = y.shape[1] == LONG_ALL
  local values, seed = { [ports.rows] = long and LONG_STARTS or STARTS }, 1
  for _, t in ipairs(g.inputs) do
    if t ~= ports.rows then
      seed = seed + 1
      values[t] = draw(graph.count(t.shape), seed)
      if t.shape[1] == y.shape[1] then
        for i = (long and LONG_ROWS or ROWS) * t.shape[2] + 1, #values[t] do values[t][i] = 0 / 0 end
      end
    end
  end
  return { graph = g, ports = ports, y = y, dy = dy, values = values }
end

-- The numbers of a result that count.
local function used(read, t)
  local list = read(t)
  local rows = t.shape[1] == ALL and ROWS or t.shape[1] == LONG_ALL and LONG_ROWS
  return rows and { table.unpack(list, 1, rows * t.shape[2]) } or list
end

TestRows = {}

for _, name in ipairs { "attention", "layer_norm", "linear" } do
  TestRows["test_" .. name .. "_against_differences"] = function()
    local c = made(name)
    local r = runner.build { graphs = { c.graph }, real = "double" }
    local requests, h = { { entry = name, values = c.values, seed = 9, step = 4 } }, 1e-6
    local direction = {}
    for _, sign in ipairs { 1, -1 } do
      local moved = {}
      for t, v in pairs(c.values) do moved[t] = v end -- copied by key: order does not matter
      for i, t in ipairs(c.graph.inputs) do
        if t ~= c.dy and t ~= c.ports.rows then
          direction[t] = direction[t] or draw(#c.values[t], 100 + i)
          moved[t] = {}
          for j, v in ipairs(c.values[t]) do moved[t][j] = v + sign * h * direction[t][j] end
        end
      end
      requests[#requests + 1] = { entry = name, values = moved, seed = 9, step = 4 }
    end
    local results = r:run(requests)
    r:close()
    local slope, dot = 0, 0
    local up, down = used(results[2], c.y), used(results[3], c.y)
    for i = 1, #up do slope = slope + c.values[c.dy][i] * (up[i] - down[i]) / (2 * h) end
    for _, t in ipairs(c.graph.inputs) do
      if direction[t] then
        for i, d in ipairs(used(results[1], c.graph.gradients[t.id])) do dot = dot + d * direction[t][i] end
      end
    end
    lu.assertAlmostEquals(slope, dot, 1e-5 * math.max(1, math.abs(dot)))
  end
end

for _, name in ipairs { "attention", "layer_norm", "linear", "long_attention" } do
  TestRows["test_" .. name .. "_fast_as_plain"] = function()
    local plain, fast = made(name), made(name)
    local r = runner.build { graphs = { plain.graph }, real = "double" }
    local want = r:run({ { entry = name, values = plain.values, seed = 9, step = 4 } })[1]
    r:close()
    r = runner.build { graphs = { fast.graph }, real = "float", isa = "x86-64-v3", flags = "-O2" }
    local got = r:run({ { entry = name, values = fast.values, seed = 9, step = 4 },
                        { entry = name, values = fast.values, seed = 9, step = 4, threads = 1 } })
    r:close()
    for output, t in pairs(fast.graph.outputs) do -- each compared alone: order does not matter
      local d = runner.difference(used(got[1], t), used(want, plain.graph.outputs[output]))
      lu.assertTrue(d <= 2e-5, ("%s %s is off by %g"):format(name, output, d))
      lu.assertEquals(used(got[1], t), used(got[2], t))
    end
  end
end

os.exit(lu.LuaUnit.run())
