-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The memory plan of an entry: every arena tensor gets a constant byte offset such that no two
-- tensors alive at the same time overlap. Lifetimes are intervals of node numbers; a node's outputs
-- may take the memory of an input that dies there, where the op says so. Placement is greedy, largest
-- first, each at the lowest offset that is free during its life (Pisarchyk and Lee 2020, "greedy by
-- size"). Sizes are rounded to 64 bytes.

local M = {}
local graph = require "generator.graph.graph"
local c = require "generator.backends.c"

local sizes = { f32 = 4, bf16 = 2, i32 = 4, u8 = 1 }
local align = 64

--- Bytes of a tensor in memory; real_size is 4, or 8 where `real` is double (tests).
function M.bytes(t, block, real_size)
  return (c.physical_count(t, block) * M.number_bytes(t, real_size) + align - 1) // align * align
end

--- Bytes of one number of a tensor.
function M.number_bytes(t, real_size) return t.dtype == "f32" and real_size or sizes[t.dtype] end

-- First and last node that touches each arena tensor, views counted for their base.
local function lifetimes(g)
  local live, order = {}, {}
  local function touch(t, i)
    local base = graph.base(t)
    if base.space ~= "arena" then return end
    if not live[base.id] then
      live[base.id] = { tensor = base, first = i, last = i }
      order[#order + 1] = live[base.id]
    end
    live[base.id].last = math.max(live[base.id].last, i)
    live[base.id].first = math.min(live[base.id].first, i)
  end
  for _, t in ipairs(g.inputs or {}) do touch(t, 0) end
  for i, n in ipairs(g.nodes) do
    for _, t in g:ports(n, "inputs") do touch(t, i) end
    for _, t in g:ports(n, "outputs") do touch(t, i) end
  end
  local names = {}
  for name in pairs(g.outputs) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do touch(g.outputs[name], #g.nodes + 1) end
  return live, order
end

-- Whether a node reads the memory `base` through a port that its output may not take the place of: a convolution of x
-- whose residual is x as well.
local function read_otherwise(g, n, base, candidates)
  local may = {}
  for _, port in ipairs(candidates) do may[port] = true end
  for port, t in g:ports(n, "inputs") do
    if not may[port] and graph.base(t) == base then return true end
  end
  return false
end

-- Joins outputs with dying inputs where the op allows it.
local function share_in_place(g, live, byte_size)
  local owner = {} -- base id → the record whose memory it uses
  local function record(t)
    local base = graph.base(t)
    local r = live[base.id]
    while r and owner[r] do r = owner[r] end
    return r, base
  end
  for i, n in ipairs(g.nodes) do
    local inplace, taken = g.registry[n.op].inplace or {}, {}
    for port, out in g:ports(n, "outputs") do
      local candidates = inplace[port] or {}
      if type(candidates) == "string" then candidates = { candidates } end
      local mine = live[out.id]
      if mine and not out.view_of and mine.first == i and not owner[mine] then
        for _, from in ipairs(candidates) do
          local t = n.inputs[from]
          local theirs, base = record(t or {})
          if t and theirs and not taken[theirs] and theirs.last == i and theirs.first < i and theirs ~= mine
            and not base.block and base.role ~= "label" and not read_otherwise(g, n, base, candidates)
            and byte_size(base) == byte_size(out) and base.dtype == out.dtype then
            owner[mine] = theirs
            theirs.last = math.max(theirs.last, mine.last)
            taken[theirs] = true
            break
          end
        end
      end
    end
  end
  return owner
end

--- Plans entry graph `g`. Sets `offset` (bytes in the arena, elements in state and prepared) on every
--- tensor that has memory; returns { arena_bytes, prepared_count, placed = list for reports }.
--- state_offsets maps persistent names to element offsets.
function M.run(g, state_offsets, options)
  local real_size = options.real_size or 4
  local function byte_size(t) return M.bytes(t, options.block, real_size) end
  local live, order = lifetimes(g)
  local owner = share_in_place(g, live, byte_size)
  local roots = {}
  for _, r in ipairs(order) do
    if not owner[r] then
      r.bytes = byte_size(r.tensor)
      roots[#roots + 1] = r
    end
  end
  local by_size = { table.unpack(roots) }
  table.sort(by_size, function(a, b)
    if a.bytes ~= b.bytes then return a.bytes > b.bytes end
    return a.tensor.id < b.tensor.id
  end)
  local placed, peak = {}, 0
  for _, r in ipairs(by_size) do
    local blockers = {}
    for _, p in ipairs(placed) do
      if p.first <= r.last and r.first <= p.last then blockers[#blockers + 1] = p end
    end
    table.sort(blockers, function(a, b)
      if a.offset ~= b.offset then return a.offset < b.offset end
      return a.tensor.id < b.tensor.id
    end)
    local at = 0
    for _, p in ipairs(blockers) do
      if at + r.bytes <= p.offset then break end
      at = math.max(at, p.offset + p.bytes)
    end
    r.offset = at
    peak = math.max(peak, at + r.bytes)
    placed[#placed + 1] = r
  end
  for _, r in ipairs(order) do
    local root = r
    while owner[root] do root = owner[root] end
    r.tensor.offset = root.offset
  end
  local prepared = 0
  for _, t in ipairs(g.tensors) do
    if t.space == "state" then
      t.offset = state_offsets[t.name] or error("no place in the state block for " .. t.name)
    elseif t.space == "prepared" and not t.view_of then
      t.offset = prepared
      prepared = prepared + byte_size(t) // real_size
    end
  end
  g.plan = { arena_bytes = peak, prepared_count = prepared, placed = placed }
  return g.plan
end

--- Bytes from the arena's (or elements from the block's) start to tensor `t`, views followed.
function M.address(t, real_size)
  local base, elements = graph.base(t)
  if base.space == "arena" then return base, base.offset + elements * M.number_bytes(t, real_size) end
  return base, base.offset + elements
end

return M
