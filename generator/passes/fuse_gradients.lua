-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Where the gradients of two branches meet in front of a batch norm (behind every residual block), the
-- sum is made inside batch_norm_dx, which reads the gradient anyway: one pass over memory less. Where they
-- meet behind one (what a layer of a dense block sees goes on to the next concat as well), its gradient adds
-- the first channels of the wider one while it writes. And the mask of a ReLU in front of a max pool moves behind
-- the pool's gradient, to the smaller image: a window passes its gradient to its largest value, which is what the
-- pool gave.

local M = {}

-- relu_dx(max_pool_dx(dy), y) where the pool read y: becomes max_pool_dx(relu_dx(dy, pooled)).
local function move_masks(g)
  local readers, is_output, list = g:readers(), {}, {}
  for _, t in pairs(g.outputs) do is_output[t.id] = true end -- a set: order does not matter
  for _, n in ipairs(g.nodes) do
    local d = n.op == "relu_dx" and n.inputs.dy
    local back = d and d.producer
    local pool = back and back.op == "max_pool_dx" and back.outputs.dx == d and #readers[d.id] == 1
      and not is_output[d.id] and back.inputs.index.producer
    if pool and pool.op == "max_pool" and pool.inputs.x == n.inputs.y and list[#list] == back then
      list[#list] = n
      list[#list + 1] = back
      local masked = g:tensor { name = n.path .. ".masked", shape = back.inputs.dy.shape, dtype = back.inputs.dy.dtype }
      back.outputs.dx, n.outputs.dx.producer = n.outputs.dx, back
      n.inputs.dy, n.inputs.y = back.inputs.dy, pool.outputs.y
      n.outputs.dx, masked.producer, back.inputs.dy = masked, n, masked
    else
      list[#list + 1] = n
    end
  end
  g:set_nodes(list)
end

-- add(channel_slice(wide, from 0), batch_norm_dx.dx), in either order: the slice and the batch norm.
local function meets_slice(add, alone, block)
  for _, ports in ipairs { { "a", "b" }, { "b", "a" } } do
    local sliced, dx = add.inputs[ports[1]], add.inputs[ports[2]]
    local slice, norm = sliced.producer, dx.producer
    if slice and norm and slice.op == "channel_slice" and norm.op == "batch_norm_dx" and slice.attrs.first == 0
      and #dx.shape == 4 and dx.shape[2] % block == 0 and norm.outputs.dx == dx and not norm.inputs.more
      and slice.id < norm.id and alone(sliced) and alone(dx) then
      return slice, norm
    end
  end
end

--- `target` says what a block is: a range of channels of a blocked image ends at one. `ranges`: whether batch
--- norms can read a range of channels.
function M.run(g, target, ranges)
  move_masks(g)
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
  local function alone(t) return #readers[t.id] == 1 and not is_output[t.id] end
  for _, n in ipairs(g.nodes) do
    if ranges and n.op == "add" and not swallowed[n] then
      local slice, norm = meets_slice(n, alone, target.block)
      if slice then
        norm.inputs.more, norm.outputs.dx = slice.inputs.x, n.outputs.y
        n.outputs.y.producer = norm
        swallowed[slice], swallowed[n] = true, true
      end
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
