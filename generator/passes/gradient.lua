-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Reverse-mode differentiation: walks the nodes backwards and lets each op's gradient rule build
-- nodes. A tensor read by several nodes gets the sum of what they give, added in a fixed order.
-- Nothing is built for what no trainable parameter depends on.

local M = {}

-- Tensors whose gradient is wanted: parameters and what is computed from them.
local function needing(g)
  local needs = {}
  for _, t in ipairs(g.state) do needs[t.id] = t.role == "parameter" and not t.state.frozen or nil end
  for _, t in ipairs(g.inputs or {}) do needs[t.id] = t.wants_gradient or nil end
  for _, n in ipairs(g.nodes) do
    local any = false
    for _, t in g:ports(n, "inputs") do any = any or needs[t.id] end
    if any then
      for _, t in g:ports(n, "outputs") do needs[t.id] = true end
    end
  end
  return needs
end

--- Adds the gradient of `g.outputs.loss`. `seeds` (tests) maps tensors to given gradients instead.
--- Sets g.gradients: tensor id → gradient tensor, for every parameter and wanted input, and
--- g.forward_nodes, how many of the nodes are not of the backward pass.
function M.run(g, seeds)
  local needs = needing(g)
  local d = {} -- tensor id → gradient so far
  for t, dt in pairs(seeds or {}) do d[t.id] = dt end -- one entry per tensor: order does not matter
  local forward = #g.nodes
  g.forward_nodes = forward
  for i = forward, 1, -1 do
    local n = g.nodes[i]
    local op = g.registry[n.op]
    local wanted, have = false, {}
    for _, t in g:ports(n, "outputs") do wanted = wanted or needs[t.id] end
    for port, t in g:ports(n, "outputs") do have[port] = d[t.id] end
    local is_loss = not seeds and n.outputs.loss and n.outputs.loss == g.outputs.loss
    if wanted and (next(have) or is_loss) then
      if not op.grad then error("op " .. n.op .. " has no gradient (" .. n.path .. ")") end
      have.needs = {}
      for port, t in g:ports(n, "inputs") do have.needs[port] = needs[t.id] end
      local given = op.grad(g, n, have)
      for port, t in g:ports(n, "inputs") do
        local dt = needs[t.id] and given[port]
        if dt then
          if d[t.id] then dt = g:node("add", n.path, { a = d[t.id], b = dt }).y end
          d[t.id] = dt
        end
      end
    end
  end
  g.gradients = {}
  for _, t in ipairs(g.state) do
    if t.role == "parameter" then g.gradients[t.id] = d[t.id] end
  end
  for _, t in ipairs(g.inputs or {}) do g.gradients[t.id] = d[t.id] end
  return g
end

return M
