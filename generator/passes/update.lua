-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The optimizer as nodes, one for each group of parameters. Parameters lie one after another at the
-- start of the state block, group by group; their gradients are written by their producers straight
-- into one block of the arena, in the same order, so that the update of a group is a single loop.
-- Where the norm of all gradients is limited, a node before them computes it.

local M = {}
local graph = require "generator.graph.graph"
local groups = require "generator.passes.groups"

-- Parameters in the order in which they are initialised and listed, whatever their groups: those whose
-- size keeps the next one aligned first. Then everything else that persists.
local function ordered(g)
  local parameters, odd, buffers = {}, {}, {}
  for _, t in ipairs(g.state) do
    local list = t.role ~= "parameter" and buffers or t.state.count % 16 == 0 and parameters or odd
    list[#list + 1] = t
  end
  table.move(odd, 1, #odd, #parameters + 1, parameters)
  return parameters, buffers
end

-- Names of the buffers that any group's optimizer keeps, in the order of their first mention.
local function buffer_names(list, module)
  local names, seen = {}, {}
  for _, group in ipairs(list) do
    for _, name in ipairs(module.state(group.optimizer)) do
      if not seen[name] then names[#names + 1] = name end
      seen[name] = true
    end
  end
  return names
end

local function keeps(group, module, wanted)
  for _, name in ipairs(module.state(group.optimizer)) do
    if name == wanted then return true end
  end
  return false
end

-- Parameters of which only some rows change in a step lie apart, each with its buffers: { state, group, begin,
-- regions }.
local function rows_of(parameters, layout, place, align, module)
  local list = {}
  for _, t in ipairs(parameters) do
    for _, group in ipairs(t.state.by_rows and not t.state.frozen and layout.groups or {}) do
      for _, name in ipairs(group.names) do
        if name == t.name then
          local one = { state = t.state, group = group, regions = {} }
          align()
          place(t.state)
          one.begin = t.state.offset
          layout.parameters = layout.parameters + t.state.count
          for _, buffer in ipairs(module.state(group.optimizer)) do
            local first = module.initial and module.initial(group.optimizer, buffer) or 0
            local record = { name = name .. "." .. buffer, role = "optimizer", shape = t.state.shape,
                             transposed = t.state.transposed, count = t.state.count,
                             init = { kind = "constant", a = first } }
            layout.tensors[#layout.tensors + 1] = record
            align()
            place(record)
            one.regions[buffer] = record.offset
          end
          list[#list + 1] = one
        end
      end
    end
  end
  return list
end

--- Lays out the state block: trained parameters, group by group; each of the optimizer's buffers in
--- the same order; then frozen parameters and buffers. Offsets are in elements. Returns
---   count        elements of the block           parameters   trained scalars
---   frozen       scalars of frozen parameters
---   span         elements from the first trained parameter to the end of the last
---   offsets      { [name] = offset }             tensors      list of records
---   gathered     where gradients of several batches are summed, with train.accumulate
---   rows         parameters that are updated by rows: list of { state, group, begin, regions }
---   groups       what groups.resolve gave, each with begin, count and regions { [buffer] = offset }
function M.layout(g, train, module)
  local parameters, buffers = ordered(g)
  local layout = { offsets = {}, tensors = {}, groups = groups.resolve(g, train), parameters = 0,
                   frozen = 0 }
  local at = 0
  local function align() at = (at + 15) // 16 * 16 end
  local function place(record)
    record.offset = at
    layout.offsets[record.name] = at
    at = at + record.count
  end
  for _, t in ipairs(parameters) do layout.tensors[#layout.tensors + 1] = t.state end
  for _, group in ipairs(layout.groups) do
    align()
    group.begin, group.regions, group.tensors = at, {}, {}
    local mine = {}
    for _, name in ipairs(group.names) do mine[name] = true end
    for _, t in ipairs(parameters) do
      if mine[t.name] and not t.state.by_rows then
        group.tensors[#group.tensors + 1] = t.state
        place(t.state)
      end
    end
    group.count = at - group.begin
    layout.parameters = layout.parameters + group.count
  end
  layout.span = at
  layout.rows = rows_of(parameters, layout, place, align, module)
  for _, field in ipairs(#layout.rows > 0 and { "clip_gradient_norm", "accumulate" } or {}) do
    if train[field] and (field ~= "accumulate" or train[field] > 1) then
      graph.fail_field("train." .. field, "is for gradients of all weights; on sparse vectors it needs "
        .. "`sparse_updates = \"all\"` (%s is updated by rows)", layout.rows[1].state.name)
    end
  end
  for _, name in ipairs(buffer_names(layout.groups, module)) do
    for _, group in ipairs(layout.groups) do
      if keeps(group, module, name) then
        align()
        group.regions[name] = at
        local first = module.initial and module.initial(group.optimizer, name) or 0
        for _, s in ipairs(group.tensors) do
          local record = { name = s.name .. "." .. name, role = "optimizer", shape = s.shape,
                           transposed = s.transposed, count = s.count, init = { kind = "constant", a = first } }
          layout.tensors[#layout.tensors + 1] = record
          place(record)
        end
      end
    end
  end
  align()
  for _, t in ipairs(parameters) do
    if t.state.frozen then
      layout.frozen = layout.frozen + t.state.count
      place(t.state)
      align()
    end
  end
  for _, t in ipairs(buffers) do
    layout.tensors[#layout.tensors + 1] = t.state
    place(t.state)
    align()
  end
  if (train.accumulate or 1) > 1 then
    layout.gathered = at
    at = at + (layout.span + 15) // 16 * 16
  end
  layout.count = at
  return layout
end

-- The gradients of a group: the whole block, or a part of it.
local function part(g, block, group)
  if not group.name then return block end
  return g:tensor { name = "gradients." .. group.name, shape = { group.count }, role = "gradient", view_of = block,
                    view_offset = group.begin }
end

--- Adds the update nodes. Every trained parameter's gradient tensor becomes a part of one block.
function M.run(g, train, module, layout)
  local block = g:tensor { name = "gradients", shape = { math.max(layout.span, 1) }, role = "gradient", block = true }
  for _, t in ipairs(g.state) do
    if t.role == "parameter" and not t.state.frozen and not t.state.by_rows then
      local d = g.gradients[t.id]
      if not d then graph.fail(t.name, "the loss does not depend on this parameter") end
      if d.view_of or d.role == "gradient" then
        -- the same tensor is the gradient of two parameters, or a view: give this one its own
        error("gradient of " .. t.name .. " is shared")
      end
      d.view_of, d.view_offset, d.role = block, layout.offsets[t.name], "gradient"
    end
  end
  local norm, parts = nil, {}
  for _, group in ipairs(layout.groups) do
    if group.count > 0 then parts[#parts + 1] = { group.begin, group.count } end -- 0: all its parameters go by rows
  end
  if layout.gathered then
    local attrs = { parts = parts, gathered = layout.gathered, samples = g.batch }
    g:node("gather_gradients", "optimizer", { gradients = block }, attrs, "accumulate")
    g:node("mean_gradients", "optimizer", { gradients = block }, attrs, "update")
  end
  if train.clip_gradient_norm then
    norm = g:node("gradient_norm", "optimizer", { gradients = block },
      { parts = parts, clip_value = train.clip_gradient_value }, "update").norm
    g.outputs.gradient_norm = norm
  end
  for _, group in ipairs(layout.groups) do
    if group.count > 0 then
      g:node("optimizer_update", group.name and "optimizer." .. group.name or "optimizer",
        { gradients = part(g, block, group), norm = norm }, {
          optimizer = group.optimizer, module = module, begin = group.begin, count = group.count,
          regions = group.regions, rate = group.rate, clip_value = train.clip_gradient_value,
          clip_norm = train.clip_gradient_norm,
        }, "update")
    end
  end
  for _, one in ipairs(layout.rows) do
    local d = g.gradients[g.state_by_name[one.state.name].id]
    if not d then graph.fail(one.state.name, "the loss does not depend on this parameter") end
    g:node("row_update", "optimizer." .. one.state.name, { rows = d.of_rows, gradients = d }, {
      optimizer = one.group.optimizer, module = module, begin = one.begin, width = d.shape[2], regions = one.regions,
      rate = one.group.rate, clip_value = train.clip_gradient_value }, "update")
  end
  g.parameters = layout.parameters
  return g
end

return M
