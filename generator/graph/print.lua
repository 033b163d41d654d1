-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Prints a graph as text, one node a line, for `--print-ir` and for tests:
--
--   compute  3 layer1.0.conv1  conv2d[onednn](x=%2:(16, 64, 8, 8), w=@layer1.0.conv1.weight) -> y=%5:(…) blocked
--
-- `%n` is an activation, `@name` a persistent tensor.

local M = {}
local graph = require "generator.graph.graph"

local function tensor_text(t)
  local name = t.space == "state" and "@" .. t.name or "%" .. t.id
  local where = t.offset and t.space == "arena" and "+" .. t.offset or ""
  local view = t.view_of and " view of %" .. t.view_of.id or ""
  return string.format("%s:%s%s%s%s%s", name, graph.shape_text(t.shape),
    t.dtype == "f32" and "" or " " .. t.dtype, t.layout == "blocked" and " blocked" or "", where, view)
end

local function attr_text(value)
  if type(value) == "table" then
    local parts = {}
    for _, v in ipairs(value) do parts[#parts + 1] = attr_text(v) end
    return "{" .. table.concat(parts, ",") .. "}"
  end
  return tostring(value)
end

function M.node(g, n)
  local op = g.registry[n.op]
  local ins, outs, attrs = {}, {}, {}
  for port, t in g:ports(n, "inputs") do ins[#ins + 1] = port .. "=" .. tensor_text(t) end
  for port, t in g:ports(n, "outputs") do outs[#outs + 1] = port .. "=" .. tensor_text(t) end
  for _, a in ipairs(op.attrs) do
    if n.attrs[a.name] ~= nil then attrs[#attrs + 1] = a.name .. "=" .. attr_text(n.attrs[a.name]) end
  end
  return string.format("%-8s%4d %-28s %s%s(%s)%s -> %s", n.phase, n.id, n.path, n.op,
    n.kernel and "[" .. n.kernel.name .. "]" or "", table.concat(ins, ", "),
    #attrs > 0 and " {" .. table.concat(attrs, ", ") .. "}" or "", table.concat(outs, ", "))
end

function M.graph(g)
  local lines = { "graph " .. g.name }
  for _, n in ipairs(g.nodes) do lines[#lines + 1] = M.node(g, n) end
  return table.concat(lines, "\n") .. "\n"
end

return M
