-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Layer trees to nodes. A layer is a plain table with a `kind`, as a spec or a model file writes it;
-- the op file of that kind says in `layer.build(b, x, layer)` which parameters and nodes it becomes.
-- Containers (sequential, identity) live here in the models folder's kinds; add and concat are ops.
--
-- Names. A layer's path is the dotted list of the names around it. Without a `name` a layer is called
-- by its index in its container, from 0, as torch.nn.Sequential does; `name = ""` adds nothing to the
-- path. So `layer1.0.conv1.weight` of the reference framework can be spelt exactly.

local graph = require "generator.graph.graph"

local M = {}
local Builder = {}
Builder.__index = Builder

--- A builder over graph `g`. `layers` maps a kind to its layer table (registry.layers).
function M.new(g, layers)
  return setmetatable({ graph = g, layers = layers, training = g.training, names = {} }, Builder)
end

--- An integer or a pair to a pair (height, width).
function Builder.pair(value)
  if type(value) == "table" then return { value[1], value[2] } end
  return { value or 0, value or 0 }
end

function Builder:path()
  local parts = {}
  for _, name in ipairs(self.names) do
    if name ~= "" then parts[#parts + 1] = name end
  end
  return #parts > 0 and table.concat(parts, ".") or "model"
end

--- Reports a user's mistake at the current layer.
function Builder:fail(message, ...) graph.fail(self:path(), message, ...) end

function Builder:op(name, inputs, attrs) return self.graph:node(name, self:path(), inputs, attrs) end

local function full_name(self, name)
  local path = self:path()
  return path == "model" and name or path .. "." .. name
end

--- A trainable tensor of the current layer. options.transposed: `shape` is (in, out) in memory and the
--- tensor is saved as (out, in). options.by_rows: its gradient is one of some rows (`of_rows` of that tensor says
--- which), and only those are updated.
function Builder:parameter(name, shape, init, options)
  local t = self.graph:parameter(full_name(self, name), shape, init, options and options.transposed)
  t.state.by_rows = options and options.by_rows or nil
  return t
end

--- A persistent tensor that is not trained, such as a running mean.
function Builder:buffer(name, shape, init) return self.graph:buffer(full_name(self, name), shape, init) end

--- A number no other layer of the graph has, for sequences of random numbers.
function Builder:stream()
  self.graph.streams = self.graph.streams + 1
  return self.graph.streams
end

--- Builds the layer at `index` (from 1) of the current container on `x`; returns its output.
function Builder:child(layer, index, x)
  self.names[#self.names + 1] = layer.name or tostring(index - 1)
  local y = self:build(layer, x)
  self.names[#self.names] = nil
  return y
end

--- Builds a layer under the current path.
function Builder:build(layer, x)
  local definition = self.layers[layer.kind] or error("no layer kind " .. tostring(layer.kind))
  local full = {}
  for i, child in ipairs(layer) do full[i] = child end
  for _, f in ipairs(definition.fields) do
    full[f.name] = layer[f.name]
    if full[f.name] == nil then full[f.name] = f.default end
  end
  if x.sparse and not definition.sparse and not definition.children then
    self:fail("`%s` takes numbers, found sparse vectors; the first layer on them is `linear`", layer.kind)
  end
  return definition.build(self, x, full)
end

return M
