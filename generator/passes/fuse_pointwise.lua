-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Element-wise chains become one loop: a pointwise node whose only reader is a pointwise node is
-- written into its reader's expression. Runs after the gradient pass, so it sees gradients too.

local M = {}
local c = require "generator.backends.c"
local render = require("generator.base.render").render

-- At most this many tensors in one loop; more would only spill registers and hide reuse.
local max_inputs = 6

-- Expression of a node over tensors: text with holes t<id>, and the tensors in order of first use.
local function expression(g, n)
  if n.op == "pointwise" then return n.attrs.expression, n.attrs.sources end
  local op = g.registry[n.op]
  local holes, sources = {}, {}
  for port, t in g:ports(n, "inputs") do
    holes[port] = "${t" .. t.id .. "}"
    sources[#sources + 1] = t
  end
  return "(" .. c.pointwise_expression(op, n.attrs, holes) .. ")", sources
end

function M.run(g)
  local readers = g:readers()
  local swallowed = {}
  local is_output = {}
  for _, t in pairs(g.outputs) do is_output[t.id] = true end -- a set: order does not matter
  for _, n in ipairs(g.nodes) do
    local op = g.registry[n.op]
    local out = op.pointwise and n.outputs[op.outputs[1]]
    local list = out and readers[out.id]
    local next = list and #list == 1 and not is_output[out.id] and not out.view_of and list[1]
    if next and g.registry[next.op].pointwise and next.phase == n.phase then
      local inner, sources = n.expression, n.sources
      if not inner then inner, sources = expression(g, n) end
      local outer, all = next.expression, next.sources
      if not outer then outer, all = expression(g, next) end
      local merged, seen = {}, {}
      for _, t in ipairs(all) do
        for _, s in ipairs(t == out and sources or { t }) do
          if not seen[s.id] then
            seen[s.id] = true
            merged[#merged + 1] = s
          end
        end
      end
      if #merged <= max_inputs then
        local holes = {}
        for _, t in ipairs(all) do holes["t" .. t.id] = t == out and inner or "${t" .. t.id .. "}" end
        next.expression, next.sources = render(outer, holes), merged
        next.chain = (n.chain or n.op) .. "+" .. (next.chain or next.op)
        swallowed[n] = true
      end
    end
  end
  local list = {}
  for _, n in ipairs(g.nodes) do
    if not swallowed[n] then
      if n.expression then
        local inputs, holes = {}, {}
        for i, t in ipairs(n.sources) do
          inputs["x" .. i] = t
          holes["t" .. t.id] = "${x" .. i .. "}"
        end
        local op = g.registry[n.op]
        local out = n.outputs[op.outputs[1]]
        n.attrs = { expression = render(n.expression, holes), chain = n.chain }
        n.op, n.inputs, n.outputs = "pointwise", inputs, { y = out }
        n.expression, n.sources, n.chain = nil, nil, nil
      end
      list[#list + 1] = n
    end
  end
  g:set_nodes(list)
  return g
end

return M
