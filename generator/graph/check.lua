-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Invariants of a graph, checked after every pass. A violation is a bug of ours, so it is an error
-- with the pass's name, not a message for users.

local M = {}
local graph = require "generator.graph.graph"
local print_ir = require "generator.graph.print"

--- Raises where `g` is not well-formed: every tensor is defined before it is read and at most once,
--- ports are the op's, only update nodes (and ops that say so) change persistent tensors, and an
--- op's shape rule still gives the shapes its outputs have.
function M.check(g, pass)
  local function fail(n, message)
    error(string.format("after pass %s: %s\n  %s", pass, message, n and print_ir.node(g, n) or g.name), 0)
  end
  local defined = {}
  for _, t in ipairs(g.inputs or {}) do defined[t.id] = true end
  for _, t in ipairs(g.state) do defined[t.id] = true end
  for _, t in ipairs(g.tensors) do
    if t.block then defined[t.id] = true end -- defined by the views that make it up
  end
  for i, n in ipairs(g.nodes) do
    if n.id ~= i then fail(n, "node ids are not consecutive") end
    local op = g.registry[n.op]
    if not op then fail(n, "unknown op") end
    local known = {}
    for _, port in ipairs(op.inputs) do known[port:gsub("%?$", "")] = true end
    for port in pairs(n.inputs) do
      if not known[port] then fail(n, "input port '" .. port .. "' is not the op's") end
    end
    for port, t in g:ports(n, "inputs") do
      local base = graph.base(t)
      if not defined[t.id] and not (t.view_of and defined[base.id]) then
        fail(n, string.format("input %s (%s) is read before it is defined", port, t.name))
      end
    end
    for port, t in g:ports(n, "outputs") do
      if defined[t.id] then fail(n, string.format("output %s (%s) is defined twice", port, t.name)) end
      defined[t.id] = true
      if t.space == "state" and n.phase ~= "update" then fail(n, "changes a persistent tensor outside update") end
    end
    local shapes, message = op.infer(n)
    if not shapes then fail(n, "shape rule: " .. tostring(message)) end
    for port, t in g:ports(n, "outputs") do
      if graph.count(shapes[port].shape) ~= graph.count(t.shape) then
        fail(n, string.format("output %s has %s, its shape rule says %s", port, graph.shape_text(t.shape),
          graph.shape_text(shapes[port].shape)))
      end
    end
  end
  for name, t in pairs(g.outputs) do -- each checked alone: order does not matter
    if not defined[t.id] then fail(nil, "graph output " .. name .. " is never defined") end
  end
end

return M
