-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What depends on persistent tensors only that nothing changes (in inference all of them, in training
-- the frozen ones) is computed once, when weights are loaded: such nodes go to the `prepare` phase and
-- their results to the prepared block.

local freeze = require "generator.passes.freeze"

local M = {}

function M.run(g)
  local constant = freeze.constants(g)
  local prepare, compute = {}, {}
  for _, n in ipairs(g.nodes) do
    local all = true
    for _, t in g:ports(n, "inputs") do all = all and constant[t.id] end
    if all then
      n.phase = "prepare"
      for _, t in g:ports(n, "outputs") do
        constant[t.id] = true
        if t.space == "arena" then t.space = "prepared" end
      end
      prepare[#prepare + 1] = n
    else
      compute[#compute + 1] = n
    end
  end
  table.move(compute, 1, #compute, #prepare + 1, prepare)
  g:set_nodes(prepare)
  return g
end

return M
