-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Where the gradients of two branches meet in front of a batch norm (behind every residual block), the
-- sum is made inside batch_norm_dx, which reads the gradient anyway: one pass over memory less.

local M = {}

function M.run(g)
  local readers, is_output = g:readers(), {}
  for _, t in pairs(g.outputs) do is_output[t.id] = true end -- a set: order does not matter
  local swallowed = {}
  for _, n in ipairs(g.nodes) do
    local add = n.op == "batch_norm_dx" and not n.inputs.dy2 and n.inputs.dy.producer
    if add and add.op == "add" and #readers[n.inputs.dy.id] == 1 and not is_output[n.inputs.dy.id] then
      n.inputs.dy, n.inputs.dy2 = add.inputs.a, add.inputs.b
      swallowed[add] = true
    end
  end
  local list = {}
  for _, n in ipairs(g.nodes) do
    if not swallowed[n] then list[#list + 1] = n end
  end
  g:set_nodes(list)
  return g
end

return M
