-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Prints, as JSON, what tests/vectors/make_ops.py needs of every op that names a reference: its
-- ports, the reference expression and its test cases with every attribute's default filled in.
--
--   lua5.4 tests/support/dump_ops.lua            every op with a reference
--   lua5.4 tests/support/dump_ops.lua relu add   those named
--
-- A list of { name, inputs, optional, outputs, differentiable, mutates, reference, cases }; a case is
-- { shapes = {port = {…}}, int = {port = {shape = {…}, max =}}, attrs = {…}, outputs = {…}, int having in place of max
-- values = {…}, or rows = n: sparse rows of indices below n;
-- positive = {…}, share = {…} }; outputs are those the reference gives, in its order (all of the op's where the
-- test does not say), positive the inputs that must be above zero, share those between 0 and 1.
-- Keys are sorted and ops are in the registry's order, so that the text is the same each time.

package.path = "./?.lua;./?/init.lua;" .. package.path

local json = require "dkjson"
local ops = require "generator.ops"
local sorted = require "generator.base.sorted"

local function list(t) return setmetatable(t, { __jsontype = "array" }) end
local function object(t) return setmetatable(t, { __jsontype = "object" }) end

-- Collects every string key that occurs anywhere in a value.
local function collect_keys(value, seen)
  if type(value) ~= "table" then return seen end
  for key, inner in sorted.pairs(value) do
    if type(key) == "string" then seen[key] = true end
    collect_keys(inner, seen)
  end
  return seen
end

local function encode(value)
  return json.encode(value, { indent = true, keyorder = sorted.keys(collect_keys(value, {})) })
end

local function is_port(name, ports)
  for _, port in ipairs(ports) do
    if port == name then return true end
  end
  return false
end

-- One test case of an op file: shapes by port, integer inputs and attributes apart.
local function case_of(op, ports, test, index)
  local case = { shapes = object {}, int = object {}, attrs = object {},
                 outputs = list { table.unpack(test.outputs or op.outputs) },
                 positive = list { table.unpack(test.positive or {}) },
                 share = list { table.unpack(test.share or {}) } }
  for _, attr in ipairs(op.attrs) do
    if attr.default ~= nil then case.attrs[attr.name] = attr.default end
  end
  for name, value in sorted.pairs(test.attrs or {}) do case.attrs[name] = value end
  for name, shape in sorted.pairs(test.int or {}) do
    case.int[name] = { shape = list { table.unpack(shape) }, max = shape.max, rows = shape.rows,
                       values = shape.values and list { table.unpack(shape.values) } }
  end
  for name, shape in sorted.pairs(test) do
    if not ({ attrs = true, int = true, outputs = true, positive = true, share = true })[name] then
      if not is_port(name, ports) then
        error(string.format("generator/ops/%s.lua: test %d: '%s' is not an input", op.name, index, name), 0)
      end
      case.shapes[name] = list { table.unpack(shape) }
    end
  end
  return case
end

local function describe(op)
  local ports, optional = {}, {}
  for i, port in ipairs(op.inputs) do
    ports[i] = port:gsub("%?$", "")
    if port:sub(-1) == "?" then optional[#optional + 1] = ports[i] end
  end
  local cases = {}
  for i, test in ipairs(op.tests) do cases[i] = case_of(op, ports, test, i) end
  return {
    name = op.name, inputs = list(ports), optional = list(optional), outputs = list { table.unpack(op.outputs) },
    differentiable = op.grad ~= false, mutates = list { table.unpack(op.mutates or {}) },
    reference = op.reference, cases = list(cases),
  }
end

local wanted = { table.unpack(arg) }
for _, name in ipairs(wanted) do
  if not ops.by_name[name] then error("there is no op called '" .. name .. "'", 0) end
end
local described = list {}
for _, op in ipairs(ops.list) do
  if op.reference and (#wanted == 0 or is_port(op.name, wanted)) then described[#described + 1] = describe(op) end
end
print(encode(described))
