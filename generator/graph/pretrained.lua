-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Whether the weights that training starts from (`train.pretrained`) fit the model: names and shapes of
-- the file, as the lock has them, against the persistent tensors of the graph.
--
--   pretrained.fit(g, file, skip, other_names) → { fresh = names, unused = names, renamed = pairs } | nil, message
--
-- file: { path, tensors = { [name] = { dtype =, shape = } } }. skip: what of `train.pretrained_skip`;
-- such tensors of the model keep their fresh values (`fresh`), such of the file are not used (`unused`).
-- other_names, where the model's file has it, gives for a tensor the names it may have in a file instead, the
-- first that is there counts; `renamed` lists { name here, name in the file }.

local M = {}
local select = require "generator.graph.select"
local sorted = require "generator.base.sorted"

local most = 20 -- names in a message

local function listed(names)
  local shown = table.concat(names, ", ", 1, math.min(#names, most))
  return #names > most and ("%s and %d more"):format(shown, #names - most) or shown
end

-- The shape as saved: a matrix that lies transposed in memory is saved as it was.
local function saved_shape(t)
  if t.state.transposed then return { t.shape[2], t.shape[1] } end
  return t.shape
end

local function text(shape) return "[" .. table.concat(shape, ", ") .. "]" end

-- What frameworks save and no model here has: PyTorch's counters, and 0, 1, 2 … as numbers of positions.
local function is_counter(name)
  return name:find("num_batches_tracked$") ~= nil or name:find("position_ids$") ~= nil
end

-- Names here by the name in the file, for tensors that the file calls otherwise.
local function renamings(g, file, other_names)
  local here, list = {}, {}
  for _, t in ipairs(g.state) do
    if not file.tensors[t.name] then
      for _, other in ipairs(other_names(t.name)) do
        if file.tensors[other] and not here[other] and not g.state_by_name[other] then
          here[other] = t.name
          list[#list + 1] = { t.name, other }
          break
        end
      end
    end
  end
  return here, list
end

function M.fit(g, file, skip, other_names)
  local names, known = {}, {}
  local here, renamed = renamings(g, file, other_names or function() return {} end)
  local tensors = {}
  for name, t in sorted.pairs(file.tensors) do tensors[here[name] or name] = t end
  for _, t in ipairs(g.state) do
    names[#names + 1] = t.name
    known[t.name] = true
  end
  local in_file = sorted.keys(tensors)
  for _, name in ipairs(in_file) do
    if not known[name] then names[#names + 1] = name end
  end
  local skipped = {}
  if skip then
    local list, why = select.match(skip, names, select.head(g))
    if not list then return nil, "pretrained_skip: " .. why end
    skipped = why
  end
  local fit, missing, shapes, others = { fresh = {}, unused = {}, renamed = {} }, {}, {}, {}
  for _, t in ipairs(g.state) do
    local saved = tensors[t.name]
    if skipped[t.name] then
      fit.fresh[#fit.fresh + 1] = t.name
    elseif not saved then
      missing[#missing + 1] = t.name
    elseif text(saved.shape) ~= text(saved_shape(t)) then
      shapes[#shapes + 1] = ("%s is %s in the file, %s here"):format(t.name, text(saved.shape), text(saved_shape(t)))
    end
  end
  for _, name in ipairs(in_file) do
    if skipped[name] then
      fit.unused[#fit.unused + 1] = name
    elseif not known[name] and not is_counter(name) then
      others[#others + 1] = name
    end
  end
  for _, pair in ipairs(renamed) do
    if skipped[pair[1]] then fit.unused[#fit.unused + 1] = pair[2] else fit.renamed[#fit.renamed + 1] = pair end
  end
  local parts = {}
  if #missing > 0 then parts[#parts + 1] = "it lacks " .. listed(missing) end
  if #shapes > 0 then parts[#parts + 1] = listed(shapes) end
  if #others > 0 then parts[#parts + 1] = "it has tensors that the model does not: " .. listed(others) end
  if #parts > 0 then
    return nil, ("%s does not fit the model: %s (train.pretrained_skip = \"head\", or patterns, leaves layers out)")
      :format(file.path, table.concat(parts, "; "))
  end
  return fit
end

return M
