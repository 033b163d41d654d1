-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The optimizer as one node. Parameters lie one after another at the start of the state block; their
-- gradients are written by their producers straight into one block of the arena, in the same order,
-- so that the update of everything is a single loop.

local M = {}
local graph = require "generator.graph.graph"

--- Lays out the state block: parameters (those whose size keeps the next one aligned first), then
--- each of the optimizer's buffers in the parameters' order, then frozen parameters and buffers. Offsets are
--- in elements. Returns { count, parameters, offsets = {[name] = offset}, tensors = list of records }.
function M.layout(g, optimizer_state)
  local aligned, odd, buffers = {}, {}, {}
  for _, t in ipairs(g.state) do
    if t.role == "parameter" and not t.state.frozen then
      table.insert(t.state.count % 16 == 0 and aligned or odd, t)
    else
      buffers[#buffers + 1] = t
    end
  end
  local layout = { offsets = {}, tensors = {}, regions = {} }
  local at = 0
  local function place(record)
    record.offset = at
    layout.offsets[record.name] = at
    layout.tensors[#layout.tensors + 1] = record
    at = at + record.count
  end
  local parameters = {}
  for _, list in ipairs { aligned, odd } do
    for _, t in ipairs(list) do
      parameters[#parameters + 1] = t
      place(t.state)
    end
  end
  layout.parameters = at
  local function align() at = (at + 15) // 16 * 16 end
  for _, name in ipairs(optimizer_state) do
    align()
    layout.regions[name] = at
    for _, t in ipairs(parameters) do
      local s = t.state
      place { name = s.name .. "." .. name, role = "optimizer", shape = s.shape, transposed = s.transposed,
              count = s.count, init = { kind = "constant", a = 0 } }
    end
  end
  align()
  for _, t in ipairs(buffers) do
    place(t.state)
    align()
  end
  layout.frozen = 0
  for _, t in ipairs(buffers) do
    if t.role == "parameter" then layout.frozen = layout.frozen + t.state.count end
  end
  layout.count = at
  return layout
end

--- Adds the update node. Every parameter's gradient tensor becomes a part of one block.
function M.run(g, optimizer, module, layout)
  local block = g:tensor { name = "gradients", shape = { layout.parameters }, role = "gradient", block = true }
  for _, t in ipairs(g.state) do
    if t.role == "parameter" and not t.state.frozen then
      local d = g.gradients[t.id]
      if not d then graph.fail(t.name, "the loss does not depend on this parameter") end
      if d.view_of or d.role == "gradient" then
        -- the same tensor is the gradient of two parameters, or a view: give this one its own
        error("gradient of " .. t.name .. " is shared")
      end
      d.view_of, d.view_offset, d.role = block, layout.offsets[t.name], "gradient"
    end
  end
  g:node("optimizer_update", "optimizer", { gradients = block }, {
    optimizer = optimizer, module = module, count = layout.parameters, regions = layout.regions,
  }, "update")
  g.parameters = layout.parameters
  return g
end

return M
