-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Removes nodes whose outputs nobody reads and which change nothing that lasts.

local M = {}
local graph = require "generator.graph.graph"

function M.run(g)
  local live = {}
  for _, t in pairs(g.outputs) do live[t.id] = true end -- a set: order does not matter
  local kept = {}
  for i = #g.nodes, 1, -1 do
    local n = g.nodes[i]
    local op = g.registry[n.op]
    local needed = n.phase == "update" or n.phase == "accumulate" or (op.mutates and #op.mutates > 0)
    for _, t in g:ports(n, "outputs") do
      local base = graph.base(t)
      needed = needed or live[t.id] or (base.block and live[base.id])
    end
    if needed then
      table.insert(kept, 1, n)
      for _, t in g:ports(n, "inputs") do
        live[t.id] = true
        live[graph.base(t).id] = true
      end
    end
  end
  g:set_nodes(kept)
  return g
end

return M
