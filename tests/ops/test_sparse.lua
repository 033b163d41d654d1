-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The gradient of sparse_linear by rows against the whole one, and ten steps of every optimizer on rows against the
-- reference framework (tests/vectors/make_sparse.py): what programs carry, compiled with `real` = double.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local graph = require "generator.graph.graph"
local json = require "generator.base.json"
local ops = require "generator.ops"
local registry = require("generator.spec.registry").default()
local runner = require "tests.support.graph_runner"
local safetensors = require "tests.support.safetensors"
local sorted = require "generator.base.sorted"
local update = require "generator.passes.update"

local whole = safetensors.read("tests/vectors/ops/sparse_linear_dw.safetensors")

TestSparse = {}

-- For each case of sparse_linear_dw: by rows, and what it has to give.
function TestSparse.test_gradients_of_rows_are_those_of_the_whole()
  local cases, graphs = {}, {}
  for i, case in ipairs(ops.by_name.sparse_linear_dw.tests) do
    local g = graph.new("rows" .. i, { registry = ops.by_name, training = true, batch = 1 })
    local x = g:input("x", { table.unpack(case.int.x) }, "input", "i32")
    local dy = g:input("dy", case.dy)
    local made = g:node("sparse_linear_rows", "op", { x = x, dy = dy }, { rows = case.attrs.rows })
    g.outputs.rows, g.outputs.values = made.rows, made.values
    cases[i] = { x = x, dy = dy, made = made, width = case.dy[2], rows = case.attrs.rows }
    graphs[i] = g
  end
  for _, real in ipairs { "double", "float" } do
    local r = runner.build { graphs = graphs, real = real, backends = { "c" } }
    local requests = {}
    for threads = 1, 2 do
      for i, c in ipairs(cases) do
        requests[#requests + 1] = { entry = graphs[i].name, threads = threads, values = {
          [c.x] = whole[i .. ".x"].values, [c.dy] = whole[i .. ".dy"].values } }
      end
    end
    local results = r:run(requests)
    for i, c in ipairs(cases) do
      local rows, values = results[i](c.made.rows), results[i](c.made.values)
      local want, seen = whole[i .. ".out.dw"].values, {}
      for k = 1, rows[1] do
        local row = rows[1 + k] | 0
        lu.assertNil(seen[row])
        seen[row] = true
        for j = 1, c.width do
          lu.assertAlmostEquals(values[(k - 1) * c.width + j], want[row * c.width + j], real == "double" and 1e-12
            or 2e-5)
        end
      end
      for row = 0, c.rows - 1 do -- what does not occur has no gradient
        for j = 1, seen[row] and 0 or c.width do lu.assertEquals(want[row * c.width + j], 0) end
      end
      local again = results[#cases + i](c.made.values)
      for k = 1, rows[1] * c.width do lu.assertEquals(again[k], values[k]) end
    end
    r:close()
  end
end

local vectors, metadata = safetensors.read("tests/vectors/sparse_updates.safetensors")
local settings = assert(json.decode(metadata.cases))
local rows, width = table.unpack(vectors.start.shape)
local steps, each = vectors.rows.shape[1], vectors.rows.shape[2]

local function case_graph(name, optimizer)
  local module = registry.kinds[optimizer.kind].module
  local train = { optimizer = optimizer }
  local g = graph.new(name, { registry = ops.by_name, training = true, batch = 1 })
  local p = g:parameter("p", { rows, width }, { kind = "constant", a = 0 })
  p.state.by_rows = true
  local gradient, which = g:input("gradient", { each, width }), g:input("which", { 1 + each }, "input", "i32")
  gradient.of_rows = which
  g.gradients = { [p.id] = gradient }
  local layout = update.layout(g, train, module)
  update.run(g, train, module, layout)
  local values = {}
  for i = 1, layout.count do values[i] = 0 end
  for _, t in ipairs(layout.tensors) do
    for i = 1, t.count do values[t.offset + i] = t.name == "p" and vectors.start.values[i] or t.init.a end
  end
  return { graph = g, gradient = gradient, which = which, layout = layout, values = values,
           begin = layout.offsets.p, state = { space = "state", offset = 0, shape = { layout.count }, dtype = "f32" } }
end

function TestSparse.test_ten_steps_on_rows_equal_the_reference()
  local names, list, graphs, most = sorted.keys(settings), {}, {}, 0
  for i, name in ipairs(names) do
    list[i] = case_graph(name, settings[name])
    graphs[i], most = list[i].graph, math.max(most, list[i].layout.count)
  end
  local r = runner.build { graphs = graphs, real = "double", layout = { offsets = { p = 0 }, count = most } }
  for step = 1, steps do
    local requests, which = {}, { each }
    table.move(vectors.rows.values, (step - 1) * each + 1, step * each, 2, which)
    for i, c in ipairs(list) do
      local rate = settings[names[i]].learning_rate * (step > steps // 2 and 0.5 or 1)
      requests[i] = { entry = c.graph.name, step = step - 1, learning_rate = rate, values = {
        [c.state] = c.values, [c.which] = which,
        [c.gradient] = table.move(vectors.gradients.values, (step - 1) * each * width + 1, step * each * width, 1, {}),
      } }
    end
    for i, read in ipairs(r:run(requests)) do
      local c, name = list[i], names[i]
      c.values = read(c.state)
      local want = table.move(vectors[name .. ".after"].values, (step - 1) * rows * width + 1, step * rows * width, 1,
        {})
      local d = runner.difference(table.move(c.values, c.begin + 1, c.begin + rows * width, 1, {}), want)
      lu.assertTrue(d <= 1e-9, string.format("%s is off by %g after step %d", name, d, step))
    end
  end
  r:close()
end

os.exit(lu.LuaUnit.run())
