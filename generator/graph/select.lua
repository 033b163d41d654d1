-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Which tensors a spec means: names and patterns over the persistent tensors of a graph. The one
-- place for it; parameter groups, freezing and everything else that picks layers asks here.
--
-- A pattern is
--   "layer1.0.conv1.weight"  a tensor by its name
--   "layer1"                 a layer: all tensors in it
--   "layer*.bn?", "*.bias"   a shell pattern over either: `*` any characters, `?` one
--   "head"                   the last layer that has parameters; "backbone": everything before it
--   "vectors"                tensors of one dimension: biases, the scales and shifts of norms
-- or a list of those, which means all of them together. The words win over layers of that name, which
-- "head.*" still means. A pattern that matches nothing is a mistake.
--
--   select.tensors(g, pattern, roles) → list of tensors in the graph's order, set of their names
--                                     | nil, message
--   select.match(pattern, names, head, vectors) → the same over a list of names; head is select.head's,
--                                       vectors the set of names of vectors
--   select.head(g) → "fc": the path of the last layer with parameters; "" for a bare layer

local M = {}
local nearest = require "generator.base.nearest"

local function layer_of(name) return name:match("^(.*)%.[^.]*$") or "" end

--- The path of the last layer that has parameters; nil where the graph has none.
function M.head(g)
  local last
  for _, t in ipairs(g.state) do
    if t.role == "parameter" then last = layer_of(t.name) end
  end
  return last
end

-- A shell pattern as a Lua pattern for the whole text.
local function lua_pattern(pattern)
  local text = pattern:gsub("[^%w_*?]", "%%%0"):gsub("%*", ".*"):gsub("%?", ".")
  return "^" .. text .. "$"
end

-- The name itself and every layer it is in: "a.b.weight", "a.b", "a".
local function each_part(name)
  local text
  return function()
    if text == nil then text = name else text = text:match("^(.*)%.[^.]*$") end
    return text
  end
end

local function in_head(name, head) return head ~= nil and layer_of(name) == head end

-- The function of one pattern: whether a name is meant.
local function meant(pattern, head, vectors)
  if pattern == "vectors" then return function(name) return vectors and vectors[name] end end
  if pattern == "head" then return function(name) return in_head(name, head) end end
  if pattern == "backbone" then return function(name) return not in_head(name, head) end end
  local wanted = lua_pattern(pattern)
  return function(name)
    for part in each_part(name) do
      if part:find(wanted) then return true end
    end
    return false
  end
end

-- What to say of a pattern that matches nothing: the nearest names, or what there is.
local function unmatched(pattern, names)
  local words, seen, top = {}, {}, {}
  local function add(word)
    if not seen[word] and word ~= pattern then
      seen[word] = true
      words[#words + 1] = word
    end
  end
  for _, name in ipairs(names) do
    for part in each_part(name) do
      if not part:find(".", 1, true) and not seen[part] then top[#top + 1] = part end
      add(part)
    end
    add("*." .. name:match("[^.]*$"))
    if layer_of(name) ~= "" then add("*" .. layer_of(name):match("%.?[^.]*$")) end
  end
  for i = 1, #words do add(words[i] .. ".*") end
  if #top > 0 then
    add "backbone"
    add "head"
    add "vectors"
  end
  local ranked = {}
  for i, word in ipairs(words) do
    if nearest.find(pattern, { word }) then
      ranked[#ranked + 1] = { word = word, distance = nearest.distance(pattern, word), place = i }
    end
  end
  table.sort(ranked, function(a, b)
    if a.distance ~= b.distance then return a.distance < b.distance end
    return a.place < b.place
  end)
  local message = ('"%s" matches no tensor of the model'):format(pattern)
  if #ranked > 0 then
    local near = {}
    for i = 1, math.min(3, #ranked) do near[i] = '"' .. ranked[i].word .. '"' end
    return message .. "; the nearest: " .. table.concat(near, ", ")
  end
  return message .. "; its layers: " .. (#top > 0 and table.concat(top, ", ") or "none")
end

--- Those of `names` that the pattern, or any of a list of patterns, means: a list in the order of
--- `names` and a set. nil and a message where one of the patterns matches nothing.
function M.match(pattern, names, head, vectors)
  local set, list = {}, {}
  for _, one in ipairs(type(pattern) == "table" and pattern or { pattern }) do
    local test, any = meant(one, head, vectors), false
    for _, name in ipairs(names) do
      if test(name) then set[name], any = true, true end
    end
    if not any then return nil, unmatched(one, names) end
  end
  for _, name in ipairs(names) do
    if set[name] then list[#list + 1] = name end
  end
  return list, set
end

--- The persistent tensors of `g` that a pattern means, of the given roles (parameters alone where
--- none are given), in the graph's order.
function M.tensors(g, pattern, roles)
  local wanted = {}
  for _, role in ipairs(roles or { "parameter" }) do wanted[role] = true end
  local names, vectors = {}, {}
  for _, t in ipairs(g.state) do
    if wanted[t.role] then names[#names + 1] = t.name end
    vectors[t.name] = #t.shape == 1
  end
  local list, set = M.match(pattern, names, M.head(g), vectors)
  if not list then return nil, set end
  local tensors = {}
  for i, name in ipairs(list) do tensors[i] = g.state_by_name[name] end
  return tensors, set
end

return M
