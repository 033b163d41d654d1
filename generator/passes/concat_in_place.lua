-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- A chain of concats, each adding channels behind the last (a dense block), as one image that grows in
-- place: it has room for all channels from the start, and each layer's are copied into it once. Batch norms
-- on the way read its first channels, and what reads an earlier state later on (their gradients) reads the
-- last one: its first channels are the same. Without this every concat copies, and for the gradients keeps,
-- everything before it, which for a block of L layers is L^2 / 2 times a layer's channels.
--
-- Only where all parts end at a block, so that a range of channels is a run of memory in either layout.

local M = {}

-- Ops that can read the first channels of a wider image, and the port by which they do.
local reads_first = { batch_norm = "x", batch_norm_inference = "x", batch_norm_dx = "x" }

-- Whether `reader` reads t by that port and no other.
local function can_read_first(g, reader, t)
  local port, count = reads_first[reader.op], 0
  for _, input in g:ports(reader, "inputs") do count = count + (input == t and 1 or 0) end
  return port and reader.inputs[port] == t and count == 1
end

local function whole(t, block) return #t.shape == 4 and t.shape[2] % block == 0 end

-- The chain that begins with `first`: concats of which each is the next one's `a` and otherwise only read
-- where its first channels can be. nil where it is one concat alone.
local function chain(g, first, readers, is_output, block)
  local list, n = {}, first
  while n and whole(n.inputs.a, block) and whole(n.inputs.b, block) do
    list[#list + 1] = n
    local y, next = n.outputs.y, nil
    for _, reader in ipairs(is_output[y.id] and {} or readers[y.id] or {}) do
      if reader.op == "concat" and reader.inputs.a == y and reader.inputs.b ~= y and not next then
        next = reader
      elseif not can_read_first(g, reader, y) then
        return #list > 1 and list or nil
      end
    end
    n = next
  end
  return #list > 1 and list or nil
end

function M.run(g, target)
  if not target.blocked then return g end
  local readers, is_output, taken = g:readers(), {}, {}
  for _, t in pairs(g.outputs) do is_output[t.id] = true end -- a set: order does not matter
  local replaced = {} -- concat → the nodes in its place
  for _, n in ipairs(g.nodes) do
    local list = n.op == "concat" and not taken[n] and chain(g, n, readers, is_output, target.block)
    if list then
      local last = list[#list]
      local channels = last.outputs.y.shape[2]
      local function into(at, to, b, first)
        local out, node = g:node("concat_into", at.path, { to = to, b = b }, { first = first, channels = channels },
          at.phase)
        g.nodes[#g.nodes] = nil
        return out.y, node
      end
      local state, start = into(n, nil, n.inputs.a, 0)
      local states = {} -- the image after each concat, with the place of that in the step
      for i, concat in ipairs(list) do
        taken[concat] = true
        local node
        state, node = into(concat, state, concat.inputs.b, concat.inputs.a.shape[2])
        replaced[concat] = i == 1 and { start, node } or { node }
        if i == #list then -- the whole of it
          node.outputs.y = concat.outputs.y
          node.outputs.y.producer = node
          state = node.outputs.y
        end
        states[i] = { id = concat.id, tensor = state }
      end
      for i = 1, #list - 1 do
        for _, reader in ipairs(readers[list[i].outputs.y.id]) do
          local port = reads_first[reader.op]
          if port then
            for _, s in ipairs(states) do
              if s.id < reader.id then reader.inputs[port] = s.tensor end
            end
          end
        end
      end
    end
  end
  local list = {}
  for _, n in ipairs(g.nodes) do
    for _, node in ipairs(replaced[n] or { n }) do list[#list + 1] = node end
  end
  g:set_nodes(list)
  return g
end

return M
