-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- From what a spec returned to an experiment: checks every value against the field it stands for,
-- fills in defaults, and collects all errors instead of stopping at the first. The result is new
-- tables with known keys only; nothing of the spec's own tables survives in it.
--
-- An error is { file, line, field, message }; `field` is the path a person would write:
-- `train.optimizer.momentum`, `model[3].kernel`.

local fields = require("generator.spec.fields")
local nearest = require("generator.base.nearest")
local sorted = require("generator.base.sorted")

local schema = {}
schema.__index = schema

local max_depth, max_values = 64, 100000

-- `made` maps a table that a constructor returned to { kind, file, line }; `constructors` maps the
-- constructors themselves to their names; `lines` finds lines in the source; `set_paths` holds the
-- fields that were set from the command line.
function schema.new(options)
  return setmetatable({
    registry = options.registry, made = options.made, constructors = options.constructors,
    lines = options.lines, file = options.file, set_paths = options.set_paths or {},
    errors = {}, values = 0, places = {},
  }, schema)
end

-- A place: where in the spec a value stands.
--   path: for people; anchor: the nearest table made by a constructor; steps: from there to here
local function below(at, key, text)
  local steps = table.move(at.steps, 1, #at.steps, 1, {})
  steps[#steps + 1] = key
  local path = type(key) == "number" and ("%s[%d]"):format(at.path, key)
    or (at.path == "" and key or at.path .. "." .. key)
  return { path = text or path, anchor = at.anchor, steps = steps, depth = at.depth + 1 }
end

local function anchored(at, raw)
  return { path = at.path, anchor = raw, steps = {}, depth = at.depth }
end

function schema:locate(at)
  local path = at.path
  while path ~= "" do -- set from the command line, itself or something around it
    if self.set_paths[path] then return "--set " .. path end
    path = path:match("^(.*)[.%[][^.%[]*$") or ""
  end
  local origin = at.anchor and self.made[at.anchor]
  if not origin then return self.file end
  return origin.file, self.lines:line_of(origin.line, origin.kind, at.steps)
end

-- The place of a field of what stands at a place; "train.groups[2].match" goes down several steps.
local function field_of(at, name)
  for step in name:gmatch("[^.%[%]]+") do at = below(at, math.tointeger(tonumber(step)) or step) end
  return at
end

-- The same of a field of what stands at a place.
function schema:locate_field(at, name)
  return self:locate(field_of(at, name))
end

function schema:fail(at, message, ...)
  if select("#", ...) > 0 then message = message:format(...) end
  local file, line = self:locate(at)
  self.errors[#self.errors + 1] = { file = file, line = line, field = at.path, message = message }
end

-- What was found, in words.
function schema:describe(value)
  local kind = type(value)
  if kind == "string" then
    return #value > 40 and ("the string \"%s…\""):format(value:sub(1, 40)) or ("the string \"%s\""):format(value)
  elseif kind == "number" then
    return "the number " .. fields.number_text(value)
  elseif kind == "boolean" then
    return tostring(value)
  elseif kind == "function" then
    return self.constructors[value] and ("the bare name `%s`"):format(self.constructors[value]) or "a function"
  elseif self.made[value] then
    local def = self.registry.kinds[self.made[value].kind]
    if not def then return ("`%s { … }`"):format(self.made[value].kind) end
    return ("%s `%s`"):format(self.registry.sections[def.section].noun:gsub("^an? ", "the "), def.kind)
  end
  return next(value) == nil and "an empty table {}" or "a table { … }"
end

function schema:wrong(at, field, value)
  local hint = ""
  if type(value) == "function" and self.constructors[value] then
    hint = ("; write `%s { … }`"):format(self.constructors[value])
  elseif type(value) == "string" and field.type == "kind" and self.registry.kinds[value] then
    hint = ("; write `%s { … }`"):format(value)
  elseif type(value) == "string" and field.type == "enum" then
    local words = {}
    for _, word in ipairs(field.allowed) do words[#words + 1] = tostring(word) end
    hint = nearest.hint(value, words)
  end
  self:fail(at, "found %s, expected %s%s", self:describe(value), fields.expected(field, self.registry), hint)
end

local function out_of_bounds(field, value)
  return field.min and value < field.min or field.max and value > field.max
    or field.above and value <= field.above or field.below and value >= field.below
end

local checks = {}

function checks.number(self, field, value, at)
  if type(value) ~= "number" then return self:wrong(at, field, value) end
  if value ~= value or value == math.huge or value == -math.huge then
    return self:fail(at, "is %s; a finite number is needed",
      value ~= value and "not a number (0/0)" or value > 0 and "infinite" or "minus infinity")
  end
  if out_of_bounds(field, value) then
    return self:fail(at, "must be%s, is %s", fields.bounds(field), fields.number_text(value))
  end
  return value + 0.0
end

function checks.integer(self, field, value, at)
  if type(value) ~= "number" then return self:wrong(at, field, value) end
  local whole = math.tointeger(value)
  if not whole then return self:wrong(at, field, value) end
  if out_of_bounds(field, whole) then
    return self:fail(at, "must be%s, is %d", fields.bounds(field), whole)
  end
  return whole
end

function checks.boolean(self, field, value, at)
  if type(value) ~= "boolean" then return self:wrong(at, field, value) end
  return value
end

function checks.string(self, field, value, at)
  if type(value) ~= "string" then return self:wrong(at, field, value) end
  if value:find("\0", 1, true) then return self:fail(at, "the string holds a zero byte") end
  if not utf8.len(value) then return self:fail(at, "the string is not UTF-8") end
  if field.min_length and #value < field.min_length then
    return self:fail(at, value == "" and "the string is empty" or "must have at least %d characters", field.min_length)
  end
  if field.max_length and #value > field.max_length then
    return self:fail(at, "must have at most %d characters, has %d", field.max_length, #value)
  end
  if field.pattern and not value:match("^" .. field.pattern .. "$") then return self:wrong(at, field, value) end
  return value
end

function checks.name(self, field, value, at)
  value = checks.string(self, field, value, at)
  if value == nil then return nil end
  if not value:match("^[%w_][%w_.-]*$") then
    return self:fail(at, "\"%s\" is not a name: letters, digits, `_`, `-`, `.`, not beginning with `-` or `.`", value)
  end
  return value
end

checks["function"] = function(self, field, value, at)
  if type(value) ~= "function" or self.constructors[value] then return self:wrong(at, field, value) end
  return value
end

function checks.enum(self, field, value, at)
  for _, allowed in ipairs(field.allowed) do
    if value == allowed then return allowed end
  end
  return self:wrong(at, field, value)
end

-- A plain table whose keys are 1 … n.
function schema:sequence(field, value, at)
  if type(value) ~= "table" or self.made[value] then self:wrong(at, field, value) return nil end
  local count = 0
  for key in next, value do
    if math.type(key) ~= "integer" then
      self:fail(at, "expected a list, found the named entry `%s` in it", tostring(key))
      return nil
    end
    count = count + 1
  end
  for i = 1, count do
    if value[i] == nil then self:fail(at, "the list has a hole: nothing at %d", i) return nil end
  end
  return count
end

function checks.list(self, field, value, at)
  local count = self:sequence(field, value, at)
  if not count then return nil end
  if field.min_length and count < field.min_length then
    return self:fail(at, "needs at least %d %s, has %d", field.min_length,
      field.min_length == 1 and "entry" or "entries", count)
  end
  if field.max_length and count > field.max_length then
    return self:fail(at, "has %d entries, at most %d are allowed", count, field.max_length)
  end
  local list, seen = {}, {}
  for i = 1, count do
    local inner = below(at, i)
    local item = self:value(field.of, value[i], inner)
    if field.unique and item ~= nil and type(item) ~= "table" then
      if seen[item] then self:fail(inner, "%s is in the list twice", fields.literal(item)) end
      seen[item] = true
    end
    list[i] = item
  end
  return list
end

function checks.pair(self, field, value, at)
  local part = { type = "integer", min = field.min, max = field.max, above = field.above, below = field.below }
  if type(value) == "number" then
    local both = checks.integer(self, part, value, at)
    return both and { both, both }
  end
  if type(value) ~= "table" or self.made[value] then return self:wrong(at, field, value) end
  local count = self:sequence(field, value, at)
  if not count then return nil end
  if count ~= 2 then return self:fail(at, "a pair has two integers, { height, width }; found %d", count) end
  local first = self:value(part, value[1], below(at, 1))
  local second = self:value(part, value[2], below(at, 2))
  return first and second and { first, second }
end

local shape_of = { number = "number", integer = "number", boolean = "boolean", string = "string", name = "string",
  list = "table", record = "table", kind = "made", ["function"] = "function", pair = "table" }

-- The choice whose Lua type fits decides which message is given.
function checks.any_of(self, field, value, at)
  local shape = type(value) == "table" and self.made[value] and "made" or type(value)
  local likely
  for _, choice in ipairs(field.of) do
    if choice.type == "enum" then
      for _, allowed in ipairs(choice.allowed) do
        if value == allowed then return value end
      end
    elseif not likely and (shape_of[choice.type] == shape or choice.type == "pair" and shape == "number") then
      likely = choice
    end
  end
  if likely then return self:value(likely, value, at) end
  return self:wrong(at, field, value)
end

-- The fields of `def` from the named entries of `raw`, with defaults. `what` names it in messages.
function schema:fill(def, raw, at, node, what)
  local before = #self.errors
  for key in sorted.pairs(self:text_keys(raw, at, def)) do
    if not def.by_name[key] then
      local allowed = {}
      for i, field in ipairs(def.fields) do allowed[i] = field.name end
      self:fail(below(at, key), "unknown field of %s%s; %s", what, nearest.hint(key, allowed),
        #allowed > 0 and "it has: " .. table.concat(allowed, ", ") or "it has none")
    end
  end
  local later = {}
  for _, field in ipairs(def.fields) do
    local value, inner = raw[field.name], below(at, field.name)
    if value ~= nil then
      node[field.name] = self:value(field, value, inner)
    elseif field.required then
      self:fail(inner, "is missing; expected %s: %s", fields.expected(field, self.registry), field.doc)
    elseif type(field.default) == "function" then
      later[#later + 1] = field
    elseif field.default ~= nil then
      node[field.name] = self:default(field, inner)
    elseif field.type == "record" and not field.optional then
      node[field.name] = self:value(field, {}, inner)
    end
  end
  for _, field in ipairs(#self.errors == before and later or {}) do
    local value = field.default(node, self.root)
    if value ~= nil then node[field.name] = self:value(field, value, below(at, field.name)) end
  end
  return node
end

-- A default is given as plain tables; kinds in it become constructed ones.
function schema:default(field, at)
  local function construct(value)
    if type(value) ~= "table" then return value end
    local copy = {}
    for key, inner in sorted.pairs(value) do
      if key ~= "kind" then copy[key] = construct(inner) end
    end
    if value.kind then
      local origin = at.anchor and self.made[at.anchor]
      self.made[copy] = { kind = value.kind, file = origin and origin.file or self.file, line = origin and origin.line }
    end
    return copy
  end
  return self:value(field, construct(field.default), at)
end

-- The named entries of a table; complains about the others, unless they are children.
function schema:text_keys(raw, at, def)
  local named = {}
  for key, value in next, raw do
    if type(key) == "string" then
      named[key] = value
    elseif not def.children then
      self:fail(at, "takes named fields only (`name = value`); found %s without a name", self:describe(value))
      break
    elseif math.type(key) ~= "integer" then
      self:fail(at, "has an entry whose key is not a name but %s", self:describe(key))
      break
    end
  end
  return named
end

function checks.record(self, field, value, at)
  if type(value) ~= "table" or self.made[value] then return self:wrong(at, field, value) end
  field.by_name = field.by_name or fields.index(field.fields, field.name)
  local def = { fields = field.fields, by_name = field.by_name }
  return self:fill(def, value, at, {}, "`" .. field.name .. "`")
end

-- A table whose names the user chooses, as a list in their order.
function checks.map(self, field, value, at)
  if type(value) ~= "table" or self.made[value] then return self:wrong(at, field, value) end
  local list = {}
  for key in next, value do
    if type(key) ~= "string" then
      return self:fail(at, "expected names with values (`name = value`), found %s without a name",
        self:describe(value[key]))
    end
  end
  for key, inner in sorted.pairs(value) do
    local place = below(at, key)
    local checked = self:value(field.of, inner, place)
    local why = checked ~= nil and field.entry and field.entry(key, checked)
    if why then self:fail(place, "%s", why) end
    list[#list + 1] = { name = key, value = checked }
  end
  return list
end

-- The layers between the braces of a container. A plain list among them is spliced in, so that a
-- function can return several layers.
function schema:children(raw, at, node)
  local layer = { type = "kind", section = "layer" }
  local function take(list, place)
    local count = 0
    for key in next, list do
      if math.type(key) == "integer" then count = math.max(count, key) end
      if count > max_values then break end
    end
    for i = 1, math.min(count, max_values) do
      local child, inner = list[i], below(place, i)
      if child == nil then
        self:fail(inner, "nothing is here: the list of layers has a hole (a nil)")
        break
      elseif type(child) == "table" and not self.made[child] and (#child > 0 or next(child) == nil) then
        if inner.depth > max_depth then self:fail(inner, "lists are nested too deeply") return end
        take(child, inner)
      else
        inner.path = ("%s[%d]"):format(at.path, #node + 1)
        node[#node + 1] = self:value(layer, child, inner) or false
      end
      if #self.errors > max_values then return end
    end
  end
  take(raw, at)
end

function checks.kind(self, field, value, at)
  local origin = type(value) == "table" and self.made[value]
  if not origin then return self:wrong(at, field, value) end
  local def = self.registry.kinds[origin.kind]
  if not def or not self.registry:fits(def, field.section) then return self:wrong(at, field, value) end
  if at.depth > max_depth then return self:fail(at, "is nested too deeply (or holds itself)") end
  return self:construct(def, value, anchored(at, value))
end

function schema:construct(def, raw, at)
  local node = { kind = def.section ~= "experiment" and def.kind or nil }
  local before = #self.errors
  self.places[node] = at
  if def.section == "experiment" then self.root = node end
  self:fill(def, raw, at, node, "`" .. def.kind .. "`")
  if def.children then self:children(raw, at, node) end
  if def.check and #self.errors == before then
    local name, message = def.check(node, self.registry)
    if name then self:fail(field_of(at, name), message) end
  end
  return node
end

-- Checks a value against its field. Returns the value as it will be used, or nil and has complained.
function schema:value(field, value, at)
  self.values = self.values + 1
  if self.values > max_values then
    if self.values == max_values + 1 then self:fail(at, "the spec holds more than %d values", max_values) end
    return nil
  end
  return checks[field.type](self, field, value, at)
end

return schema
