-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- `train.cache_backbone`: cuts a training step in two where what it computes of a sample stops being the
-- same in every epoch. What lies before is the program's entry `backbone`, run once per sample; the step
-- begins with what that gives in place of the sample.
--
-- Before the cut is what depends on the sample and frozen tensors alone and draws nothing by chance, so
-- that a dropout in the frozen part still is drawn anew in every step: the cut lies before it.

local M = {}
local graph = require "generator.graph.graph"

local function fail(message, ...) graph.fail_field("train.cache_backbone", message, ...) end

-- What the nodes before the cut are: a list in their order, and the set of the tensors they define.
local function before(g)
  local same, list, from = {}, {}, {} -- same: alike in every step; from: and depends on the sample
  for _, t in ipairs(g.state) do same[t.id] = t.role == "buffer" or t.state.frozen or nil end
  for _, t in ipairs(g.inputs) do
    if t.role == "input" then same[t.id], from[t.id] = true, true end
  end
  for _, n in ipairs(g.nodes) do
    local op, all, any = g.registry[n.op], true, false
    for _, t in g:ports(n, "inputs") do
      all, any = all and same[t.id], any or from[t.id]
    end
    if all and n.frozen and #(op.mutates or {}) > 0 then
      fail("%s goes on averaging its statistics and normalises with the batch (train.freeze_statistics = false): "
        .. "what it gives for a sample is another in every step", n.path)
    end
    if all and any and n.frozen and not op.random then
      list[#list + 1] = n
      for _, t in g:ports(n, "outputs") do same[t.id], from[t.id] = true, true end
    end
  end
  return list, from
end

-- The one tensor that crosses, and the layer that gives it.
local function crossing(g, list, from)
  local inside, found, seen, reader = {}, {}, {}, nil
  for _, n in ipairs(list) do inside[n] = true end
  for _, n in ipairs(g.nodes) do
    for _, t in g:ports(n, "inputs") do
      if not inside[n] and from[t.id] and not seen[t.id] then
        seen[t.id], reader = true, reader or n
        found[#found + 1] = t
      end
    end
  end
  if #list == 0 then
    fail("there is nothing to keep: %s, which reads the sample itself, %s", reader.path,
      reader.frozen and "draws by chance" or "is trained")
  end
  if #found > 1 then
    local names = {}
    for i, t in ipairs(found) do names[i] = t.producer and t.producer.path or "the sample itself" end
    fail("more than one activation goes from the frozen part into what is trained: those of %s; freeze up to a layer "
      .. "that everything behind it goes through", table.concat(names, ", "))
  end
  return found[1]
end

--- Leaves of the graph of a training step, frozen parts marked, what lies behind the cut; its input "x" is
--- what crosses.
function M.step(g)
  local list, from = before(g)
  local t = crossing(g, list, from)
  local inside, kept, inputs = {}, {}, {}
  for _, n in ipairs(list) do inside[n] = true end
  for _, n in ipairs(g.nodes) do
    if not inside[n] then kept[#kept + 1] = n end
  end
  for _, input in ipairs(g.inputs) do
    if input.role ~= "input" then inputs[#inputs + 1] = input end
  end
  g.inputs, g.names.x = inputs, nil
  local x = g:input("x", t.shape)
  g:replace(t, x)
  g:set_nodes(kept)
  return g
end

--- Leaves what lies before it; its output "activation" is what crosses. It stays a graph of training, with
--- nothing to train: kernels are chosen for it as for the same nodes of a step that is not cut.
function M.backbone(g)
  local list, from = before(g)
  local t = crossing(g, list, from)
  g.cut = { path = t.producer.path, values = graph.count(t.shape) // g.batch }
  local inputs = {}
  for _, input in ipairs(g.inputs) do
    if input.role == "input" then inputs[#inputs + 1] = input end
  end
  g.inputs, g.outputs = inputs, { activation = t }
  g:set_nodes(list)
  return g
end

--- The persistent tensors that what lies before the cut reads, in the order of the graph's.
function M.tensors(g)
  local read, list = {}, {}
  for _, n in ipairs(g.nodes) do
    for _, t in g:ports(n, "inputs") do read[graph.base(t).id] = true end
  end
  for _, t in ipairs(g.state) do
    if read[t.id] then list[#list + 1] = t end
  end
  return list
end

return M
