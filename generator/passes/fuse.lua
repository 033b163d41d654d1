-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Fusions that make one node of several, before the gradient pass (a fused op has a gradient rule of
-- its own, which is better than what a pattern match could find in the gradients):
--
--   training   batch_norm → [add →] relu      linear → relu      conv1d → relu      (relu6 as relu, but for linear)
--   inference, and what is frozen in training
--              conv2d → batch_norm_inference  becomes conv2d with folded weights
--              conv2d → [add →] relu          linear → relu     batch_norm_inference → relu
--
-- A node is only swallowed where nobody else reads what it made. The fused node takes the place of
-- the last one it replaces, so that a residual computed in between is there.

local M = {}

-- The only reader of an output, if there is exactly one and the graph itself does not return it.
local function only_reader(g, readers, t)
  for _, out in pairs(g.outputs) do -- any hit ends it: order does not matter
    if out == t then return nil end
  end
  local list = readers[t.id]
  return list and #list == 1 and list[1] or nil
end

-- Makes `n` produce what `last` produced, at last's place.
local function take_over(order, n, last, removed)
  n.outputs.y = last.outputs.y
  n.outputs.y.producer = n
  removed[n] = last -- n moves to where last stands
  removed[last] = true
  order.changed = true
end

local takes_residual = { batch_norm = true, conv2d = true }
local takes_relu = { batch_norm = true, conv2d = true, conv1d = true, linear = true, batch_norm_inference = true }
local takes_ceiling = { batch_norm = true, conv2d = true, batch_norm_inference = true }

local function is_frozen(t) return t == nil or (t.state ~= nil and t.state.frozen == true) end

-- In training only batch_norm carries residual and ReLU: a convolution keeps its plain output, which
-- its gradient does not need but batch_norm's does. Below what trains nothing has a gradient.
local function may_take(g, n, next, what)
  if what == "residual" then
    return takes_residual[n.op] and not n.inputs.residual and not n.attrs.relu
      and not (g.training and not (n.frozen and next.frozen) and n.op == "conv2d")
  end
  return takes_relu[n.op] and not n.attrs.relu
end

local function fuse_once(g, order)
  local readers = g:readers()
  local removed = {}
  for _, n in ipairs(g.nodes) do
    local y = n.outputs.y
    local next = not removed[n] and y and only_reader(g, readers, y)
    if next and not removed[next] then
      if next.op == "relu" and may_take(g, n, next, "relu") then
        n.attrs.relu = true
        take_over(order, n, next, removed)
      elseif next.op == "relu6" and takes_ceiling[n.op] and may_take(g, n, next, "relu") then
        n.attrs.relu, n.attrs.ceiling = true, next.attrs.ceiling
        take_over(order, n, next, removed)
      elseif next.op == "add" and may_take(g, n, next, "residual") then
        local other = next.inputs.a == y and next.inputs.b or next.inputs.a
        -- in `add { main, shortcut }` both may be candidates: the first one met swallows it
        if other ~= y then
          n.inputs.residual = other
          take_over(order, n, next, removed)
        end
      elseif next.op == "batch_norm_inference" and n.op == "conv2d" and not n.attrs.relu
        and not n.inputs.residual and (not g.training or is_frozen(n.inputs.w) and is_frozen(n.inputs.b)) then
        local i = next.inputs
        local folded, fold = g:node("fold_batch_norm", n.path, {
          w = n.inputs.w, b = n.inputs.b, gamma = i.gamma, beta = i.beta,
          running_mean = i.running_mean, running_var = i.running_var,
        }, { eps = next.attrs.eps })
        g.nodes[#g.nodes] = nil
        n.inputs.w, n.inputs.b = folded.folded_w, folded.folded_b
        n.attrs.relu, n.attrs.ceiling = next.attrs.relu, next.attrs.ceiling
        n.fold = fold
        take_over(order, n, next, removed)
      end
    end
  end
  -- rebuild the list: moved nodes stand where the swallowed one stood
  local moved_to, list = {}, {}
  for _, n in ipairs(g.nodes) do
    if removed[n] and removed[n] ~= true then moved_to[removed[n]] = n end
  end
  for _, n in ipairs(g.nodes) do
    local keep = n
    if moved_to[n] then keep = moved_to[n] elseif removed[n] then keep = nil end
    if keep then
      if keep.fold then
        list[#list + 1] = keep.fold
        keep.fold = nil
      end
      list[#list + 1] = keep
    end
  end
  g:set_nodes(list)
end

--- Fuses until nothing changes.
function M.run(g)
  repeat
    local order = { changed = false }
    fuse_once(g, order)
  until not order.changed
  return g
end

return M
