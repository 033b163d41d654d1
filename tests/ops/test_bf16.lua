-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Every op in mixed precision, with all that can be bf16 stored so: the plain C kernels with casts
-- around them against the vectors (bf16 has 8 bits), the fast kernels against the plain ones (the same
-- values are rounded, only sums have another order), the same bits with one and two threads.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local cases_of = require "tests.support.op_cases"
local check = require "generator.graph.check"
local isas = require "generator.isas"
local ops = require "generator.ops"
local precision = require "generator.passes.precision"
local runner = require "tests.support.graph_runner"
local runtime = require "generator.toolchain.runtime"

-- bf16 on both sides of an op: what follows its inputs sees them rounded.
local function in_bf16(c)
  local g, op = c.graph, c.op
  if op.pointwise or op.bf16 == "follow" or op.kernels.view or op.name == "channel_sum" then
    local casts, nodes = {}, g.nodes
    for _, t in ipairs(g.inputs) do
      if t.dtype == "f32" then
        local out, node = g:node("cast", "op", { x = t }, { to = "bf16" })
        g.nodes[#g.nodes] = nil
        for _, n in ipairs(nodes) do
          for port, read in g:ports(n, "inputs") do
            if read == t then n.inputs[port] = out.y end
          end
          for _, y in g:ports(n, "outputs") do
            if y.view_of == t then y.view_of = out.y end
          end
        end
        casts[#casts + 1] = node
      end
    end
    table.move(nodes, 1, #nodes, #casts + 1, casts)
    g:set_nodes(casts)
  end
  precision.run(g)
  check.check(g, "precision")
  return c
end

local function all()
  local list, seen = {}, {}
  for _, c in ipairs(cases_of.all_cases()) do
    in_bf16(c)
    local any = false
    for _, n in ipairs(c.graph.nodes) do any = any or n.op == "cast" end
    if any then
      list[#list + 1] = c
      seen[c.op.name] = true
    end
  end
  for _, op in ipairs(ops.list) do
    local narrow = op.bf16 or op.pointwise
    if narrow and op.reference and not op.name:find("^linear") then -- whose cases are too small to be bf16
      lu.assertTrue(seen[op.name], op.name .. " has no case in bf16")
    end
  end
  lu.assertTrue(#list > 30)
  return list
end

local function build(cases, isa, backends)
  return runner.build { graphs = cases_of.graphs_of(cases), real = "float", isa = isa, backends = backends,
    flags = "-O2" }
end

-- Names of the outputs, sorted.
local function outputs(c)
  local names = {}
  for name in pairs(c.graph.outputs) do names[#names + 1] = name end
  table.sort(names)
  return names
end

TestBf16 = {}

function TestBf16.setUp()
  if not isas.by_name[runtime.isa_here("x86-64-v4-amx")].bf16 then lu.skip("this CPU has no bf16") end
end

function TestBf16.test_plain_c_is_near_the_vectors()
  local cases, compared = all(), {}
  local r = build(cases, "x86-64-v4-bf16", { "c" })
  local results = r:run(cases_of.requests_of(cases))
  for i, c in ipairs(cases) do
    -- what is rounded to the other side of a ReLU has another gradient, and of values that have become
    -- equal another one is the largest; the fast kernels are still compared
    local jumps = c.case.attrs and c.case.attrs.relu or c.op.name:find("relu") or c.op.name == "max_pool"
    for port in pairs(jumps and c.inputs or {}) do c.case.vectors["d." .. port] = nil end
    -- batch norm over a few values magnifies what rounding its input moved
    cases_of.compare(c, results[i], c.op.name:find("^batch_norm") and 0.03 or 0.02, compared)
  end
  r:close()
end

local function fast(isa)
  if runtime.isa_here(isa) ~= isa then lu.skip("this CPU has no " .. isa) end
  local plain, vector = all(), all()
  local a, b = build(plain, isa, { "c" }), build(vector, isa, { "onednn", "openblas", "c" })
  local want, got = a:run(cases_of.requests_of(plain)), b:run(cases_of.requests_of(vector))
  local one = b:run(cases_of.requests_of(vector, 1))
  for i, c in ipairs(vector) do
    for _, name in ipairs(outputs(c)) do
      local values = got[i](c.graph.outputs[name])
      local d = runner.difference(values, want[i](plain[i].graph.outputs[name]))
      lu.assertTrue(d <= 2 ^ -7, string.format("%s %s is off by %g", c.graph.name, name, d))
      if not c.op.name:find("^conv2d") then
        lu.assertEquals(one[i](c.graph.outputs[name]), values, c.graph.name .. " " .. name .. " depends on the threads")
      end
    end
  end
  a:close()
  b:close()
end

function TestBf16.test_fast_kernels_amx() fast("x86-64-v4-amx") end
function TestBf16.test_fast_kernels_bf16() fast("x86-64-v4-bf16") end

-- Every way to round, against the definition.
function TestBf16.test_cast_rounds_to_nearest_even()
  local graph = require "generator.graph.graph"
  local bits = { 0x00000000, 0x80000000, 0x3f800000, 0x3f807fff, 0x3f808000, 0x3f808001, 0x3f818000, 0x3f817fff,
    0x3f818001, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7f800001, 0xffc00000, 0x42f6e979, 0x00800000,
    0x807fffff, 0x7f7f7fff }
  local state = 7
  for i = 1, 500 do
    state = (state * 6364136223846793005 + 1442695040888963407)
    bits[#bits + 1] = state >> 32 & 0xffffffff
    if (bits[#bits] & 0x7f800000) == 0 then bits[#bits] = i end -- few denormals
  end
  local g = graph.new("casts", { registry = ops.by_name, batch = 1 })
  local x = g:input("x", { #bits })
  local y = g:node("cast", "op", { x = x }, { to = "bf16" }).y
  g.outputs.y, g.outputs.z = y, g:node("cast", "op", { x = y }, { to = "f32" }).y
  local values = {}
  for i, b in ipairs(bits) do values[i] = string.unpack("<f", string.pack("<I4", b)) end
  local r = runner.build { graphs = { g }, real = "float", isa = "x86-64-v4-bf16", backends = { "c" }, flags = "-O2" }
  local read = r:run({ { entry = "casts", values = { [x] = values } } })[1]
  local halves, back = read(y), read(g.outputs.z)
  for i, b in ipairs(bits) do
    local got = string.unpack("<I4", string.pack("<f", halves[i])) >> 16
    if values[i] ~= values[i] then
      lu.assertTrue(halves[i] ~= halves[i], string.format("%08x", b))
    else
      local low, high = b & 0xffff, b >> 16
      local want = high + ((low > 0x8000 or low == 0x8000 and high & 1 == 1) and 1 or 0)
      lu.assertEquals(got, want, string.format("%08x", b))
      lu.assertEquals(back[i], halves[i])
    end
  end
  r:close()
end

os.exit(lu.LuaUnit.run())
