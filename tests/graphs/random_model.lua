-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Random small models that are valid: every layer a spec can write, in any order its shapes allow,
-- with residual sums and concatenations. The same seed gives the same model on every machine.
--
--   random_model.make(seed, registry) -> case
--
-- case = { seed =, batch =, channels =, height =, width =, classes =, model = layer tree }
-- A layer says in its own file which fields may stand together: layer.random(pick, shape) returns them,
-- or nil where the layer does not fit the shape; one without it stands with its defaults. Containers are
-- put together here.

local builder = require "generator.graph.builder"
local entries = require "generator.graph.entries"
local graph = require "generator.graph.graph"
local ops = require "generator.ops"

local M = {}

local MOST_FLOATS = 12000 -- of an activation, per sample

local Pick = {}
Pick.__index = Pick

-- Marsaglia's xorshift64: no library's version changes a case.
function Pick:bits()
  local s = self.state
  s = s ~ (s << 13)
  s = s ~ (s >> 7)
  s = s ~ (s << 17)
  self.state = s
  return s >> 11
end

function Pick:int(least, most) return least + self:bits() % (most - least + 1) end
function Pick:of(list) return list[self:int(1, #list)] end
function Pick:chance(p) return self:bits() % 1000 < 1000 * p end

--- Numbers by a seed.
function M.pick(seed)
  local pick = setmetatable({ state = (seed + 1) * 0x9E3779B97F4A7C15 | 1 }, Pick)
  for _ = 1, 8 do pick:bits() end
  return pick
end

-- Whether a layer can stand on `x`; its output in a scratch graph.
local function try(b, layer, x)
  local ok, y = pcall(b.child, b, layer, 1, x)
  if not ok then
    if type(y) == "table" and y.model_error then
      b.names = {}
      return nil
    end
    error(y, 0)
  end
  if graph.count(y.shape) // y.shape[1] > MOST_FLOATS then return nil end
  for _, size in ipairs(y.shape) do
    if size < 1 then return nil end
  end
  return y
end

local function copy(layer)
  if type(layer) ~= "table" then return layer end
  local new = {}
  for key, value in next, layer do new[key] = copy(value) end
  return new
end
M.copy = copy

local grow

-- Two or three branches that fit together: copies of one another, or nothing beside a branch that
-- keeps the shape.
local function joined(pick, b, x, kinds, depth)
  local kind = pick:of { "add", "concat" }
  local layers, y = grow(pick, b, x, kinds, pick:int(1, 3), depth + 1)
  if #layers == 0 then return nil end
  layers.kind = "sequential"
  local container = { kind = kind, layers }
  for _ = 1, pick:int(1, 2) do
    if graph.shape_text(y.shape) == graph.shape_text(x.shape) and pick:chance(0.5) then
      container[#container + 1] = { kind = "identity" }
    else
      container[#container + 1] = copy(layers)
    end
  end
  return container
end

-- Up to `count` layers on x; returns them and the output.
function grow(pick, b, x, kinds, count, depth)
  local layers = {}
  for _ = 1, count do
    for _ = 1, 8 do -- tries
      local layer
      if depth < 2 and #x.shape == 4 and pick:chance(0.2) then
        layer = joined(pick, b, x, kinds, depth)
      else
        local name = pick:of(kinds)
        local random = b.layers[name].random
        local fields = {}
        if random then fields = random(pick, x.shape) end
        if fields then
          fields.kind = name
          layer = fields
        end
      end
      local y = layer and try(b, layer, x)
      if y then
        layers[#layers + 1], x = layer, y
        break
      end
    end
  end
  return layers, x
end

--- The layers by kind that can be drawn, sorted; all but containers and what says random = false.
function M.kinds(registry)
  local layers = entries.layers(registry)
  local names = {}
  for _, name in ipairs(registry.names) do
    local layer = layers[name]
    if layer and not layer.children and layer.random ~= false then names[#names + 1] = name end
  end
  return names, layers
end

-- A graph that shapes are tried on.
local function scratch(case, layers)
  local g = graph.new("scratch", { registry = ops.by_name, training = true, batch = case.batch })
  return builder.new(g, layers), g:input("x", { case.batch, case.channels, case.height, case.width })
end

function M.make(seed, registry)
  local pick = M.pick(seed)
  local kinds, layers = M.kinds(registry)
  local case = {
    seed = seed, batch = pick:int(2, 5), channels = pick:of { 1, 2, 3, 8, 16, 17, 20 },
    height = pick:int(3, 13), width = pick:int(3, 13), classes = pick:int(2, 12),
  }
  local b, x = scratch(case, layers)
  local model, y = grow(pick, b, x, kinds, pick:int(1, 7), 0)
  if #y.shape == 4 then
    model[#model + 1] = { kind = pick:chance(0.5) and "flatten" or "global_avg_pool" }
  end
  model[#model + 1] = { kind = "linear", outputs = case.classes }
  model.kind = "sequential"
  case.model = model
  return case
end

--- The model as a spec would have it.
function M.text(layer, indent)
  indent = indent or "  "
  local parts, names = {}, {}
  for key in next, layer do
    if type(key) == "string" and key ~= "kind" then names[#names + 1] = key end
  end
  table.sort(names)
  for _, key in ipairs(names) do
    local v = layer[key]
    if type(v) == "table" then v = "{ " .. table.concat(v, ", ") .. " }" end
    parts[#parts + 1] = string.format("%s = %s", key, type(v) == "string" and string.format("%q", v) or tostring(v))
  end
  if #layer == 0 then
    return #parts == 0 and layer.kind .. " {}" or string.format("%s { %s }", layer.kind, table.concat(parts, ", "))
  end
  for _, child in ipairs(layer) do parts[#parts + 1] = "\n" .. indent .. M.text(child, indent .. "  ") end
  return string.format("%s { %s\n%s}", layer.kind, table.concat(parts, ","), indent:sub(3))
end

return M
