-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The IR: an SSA graph of tensors and nodes. It knows no op; what an op infers, costs and computes
-- is asked of the registry (generator/ops). Forward, backward and update are nodes of one graph.
--
-- tensor = {
--   id, name,                    unique within the graph
--   shape,                       list of integers, row-major order; images are (N, C, H, W)
--   dtype = "f32"|"bf16"|"i32"|"u8",  f32 is `real` in C: float, or double in tests
--   role = "input"|"label"|"parameter"|"buffer"|"optimizer"|"gradient"|"activation"|"token"|"scratch",
--   space = "arena"|"state"|"prepared"|"none",
--   layout = "plain"|"blocked"|"channels_last",  see docs/architecture.md, "Graph"
--   view_of, view_offset,        shares memory with another tensor, offset in elements
--   state,                       for space "state": the record of graph.state (init, offset, ...)
-- }
-- node = { id, op, path, inputs = {port = tensor}, outputs = {port = tensor}, attrs, phase, kernel,
--          training }    whether the graph is a training step
--
-- A "token" tensor orders nodes without memory of the plan (weights packed by a backend); "scratch" is memory of one
-- node's kernel, which nobody reads.

local M = {}
local Graph = {}
Graph.__index = Graph

--- A new graph. `registry` maps op names to op tables; `training` tells layers which form to build.
function M.new(name, options)
  return setmetatable({
    name = name, registry = options.registry, training = options.training, batch = options.batch,
    tensors = {}, nodes = {}, state = {}, state_by_name = {}, outputs = {}, names = {},
    streams = 0,
  }, Graph)
end

--- An error that belongs to the user's model: caught by the compiler, reported with the layer path.
function M.fail(path, message, ...)
  error({ model_error = true, path = path, message = string.format(message, ...) }, 0)
end

--- The same of a field of the spec that only the built model can show to be wrong.
function M.fail_field(field, message, ...)
  error({ model_error = true, path = "model", field = field, message = string.format(message, ...) }, 0)
end

function M.shape_text(shape) return "(" .. table.concat(shape, ", ") .. ")" end

--- Elements of a shape.
function M.count(shape)
  local n = 1
  for _, d in ipairs(shape) do n = n * d end
  return n
end

function Graph:unique(name)
  if not self.names[name] then
    self.names[name] = 1
    return name
  end
  self.names[name] = self.names[name] + 1
  return self:unique(name .. "." .. self.names[name])
end

function Graph:tensor(t)
  t.id = #self.tensors + 1
  t.name = self:unique(t.name)
  t.dtype = t.dtype or "f32"
  t.role = t.role or "activation"
  t.space = t.space or (t.role == "token" and "none" or "arena")
  t.layout = t.layout or "plain"
  self.tensors[t.id] = t
  return t
end

function Graph:input(name, shape, role, dtype)
  local t = self:tensor { name = name, shape = shape, role = role or "input", dtype = dtype }
  self.inputs = self.inputs or {}
  self.inputs[#self.inputs + 1] = t
  return t
end

--- A persistent tensor. `init` = {kind = "constant"|"uniform"|"normal", a, b}. `transposed`: a
--- matrix kept as (columns, rows) in memory; its shape here is the canonical one.
function Graph:persistent(role, name, shape, init, transposed)
  if self.state_by_name[name] then M.fail(name, "two tensors are called '%s'; give one layer another name", name) end
  local t = self:tensor { name = name, shape = shape, role = role, space = "state" }
  t.state = { name = name, role = role, shape = shape, init = init, transposed = transposed or false,
              count = M.count(shape) }
  self.state[#self.state + 1] = t
  self.state_by_name[name] = t
  return t
end

function Graph:parameter(name, shape, init, transposed)
  return self:persistent("parameter", name, shape, init, transposed)
end

function Graph:buffer(name, shape, init)
  return self:persistent("buffer", name, shape, init)
end

--- Adds a node and returns its outputs by port. Checks ports and attributes against the op, and
--- asks the op for the output shapes; a misfit is the user's error, told with `path`.
function Graph:node(op_name, path, inputs, attrs, phase)
  local op = self.registry[op_name] or error("no op '" .. tostring(op_name) .. "'", 2)
  local n = { id = #self.nodes + 1, op = op_name, path = path, inputs = {}, outputs = {},
              attrs = {}, phase = phase or self.phase or "compute", training = self.training or nil }
  for port, t in pairs(inputs) do n.inputs[port] = t end -- a copy: passes rewrite ports
  for _, a in ipairs(op.attrs) do
    local value = attrs and attrs[a.name]
    if value == nil then value = a.default end
    if value == nil and not a.optional then
      error(string.format("%s: op %s needs attribute %s", path, op_name, a.name), 2)
    end
    n.attrs[a.name] = value
  end
  for _, port in ipairs(op.inputs) do
    local optional = port:sub(-1) == "?"
    if not optional and not inputs[port] then
      error(string.format("%s: op %s needs input %s", path, op_name, port), 2)
    end
  end
  local shapes, message = op.infer(n)
  if not shapes then M.fail(path, "%s: %s", op_name, message) end
  for _, port in ipairs(op.outputs) do
    local s = shapes[port]
    if s then
      n.outputs[port] = self:tensor {
        name = path .. "." .. op_name .. "." .. port, shape = s.shape, dtype = s.dtype, role = s.role,
        layout = s.layout,
      }
      n.outputs[port].producer = n
      if s.view_of then
        n.outputs[port].view_of, n.outputs[port].view_offset = s.view_of, 0
      end
    end
  end
  self.nodes[n.id] = n
  return n.outputs, n
end

--- Ports of a node in the op's order: iterator of (port, tensor). `which` is "inputs"/"outputs".
function M.ports(registry, n, which)
  local op, i = registry[n.op], 0
  local list = op[which]
  return function()
    while i < #list do
      i = i + 1
      local port = list[i]:gsub("%?$", "")
      local t = n[which][port]
      if t then return port, t end
    end
  end
end

function Graph:ports(n, which) return M.ports(self.registry, n, which) end

--- Nodes reading each tensor, by tensor id (views count as reads of the view only).
function Graph:readers()
  local r = {}
  for _, n in ipairs(self.nodes) do
    for _, t in self:ports(n, "inputs") do
      r[t.id] = r[t.id] or {}
      table.insert(r[t.id], n)
    end
  end
  return r
end

--- Replaces every read of `old` by `new` (in nodes and graph outputs).
function Graph:replace(old, new)
  for _, n in ipairs(self.nodes) do
    for port, t in self:ports(n, "inputs") do
      if t == old then n.inputs[port] = new end
    end
  end
  for name, t in pairs(self.outputs) do -- order does not matter: each entry is replaced alone
    if t == old then self.outputs[name] = new end
  end
end

--- Gives the graph a new list of nodes, renumbered. Tensors nobody defines or reads stay listed
--- and are ignored by the plan.
function Graph:set_nodes(nodes)
  for i, n in ipairs(nodes) do n.id = i end
  self.nodes = nodes
end

--- Where a tensor really lies: follows views. Returns base tensor, offset in elements.
function M.base(t)
  local offset = 0
  while t.view_of do
    offset = offset + (t.view_offset or 0)
    t = t.view_of
  end
  return t, offset
end

return M
