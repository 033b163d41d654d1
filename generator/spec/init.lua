-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The language of specs.
--
--   local spec = require("generator.spec")
--   local experiment, errors = spec.load("specs/x.lua", { sets = { "train.epochs=2" } })
--
-- An experiment is a plain tree (docs/architecture.md). Besides what the spec says it holds
--   sets  the list of "path=value" that were applied (they are part of the stamp)
--   spec  { path =, text = }, the file as it was read
-- Errors are a list of { file, line, field, message }; `tostring(error)` is its line for a person,
-- `spec.format(errors)` the lines of all.

local files = require("generator.base.files")
local canonical = require("generator.spec.canonical")
local experiment_def = require("generator.spec.experiment")
local registry = require("generator.spec.registry")
local sandbox = require("generator.spec.sandbox")
local schema = require("generator.spec.schema")
local sets = require("generator.spec.sets")
local source = require("generator.spec.source")
local sorted = require("generator.base.sorted")

local spec = { max_errors = 20, max_bytes = 1024 * 1024 }

local locations = setmetatable({}, { __mode = "k" })

local error_meta = {
  __tostring = function(e)
    local place = e.line and ("%s:%d"):format(e.file, e.line) or e.file
    -- "--set train.epochs" already says which field
    if not e.field or e.field == "" or place == "--set " .. e.field then return place .. ": " .. e.message end
    return ("%s: %s: %s"):format(place, e.field, e.message)
  end,
}

function spec.error(e)
  return setmetatable(e, error_meta)
end

-- Lines for a person, one per error.
function spec.format(errors)
  local lines = {}
  for i, e in ipairs(errors) do lines[i] = tostring(e) end
  return table.concat(lines, "\n")
end

local function sort_errors(errors)
  sorted.sort(errors, function(a, b)
    if a.file ~= b.file then return a.file < b.file end
    return (a.line or 0) < (b.line or 0)
  end)
  local shown = {}
  for i = 1, math.min(#errors, spec.max_errors) do shown[i] = spec.error(errors[i]) end
  if #errors > spec.max_errors then
    shown[#shown + 1] = spec.error { file = shown[#shown].file,
      message = ("and %d more errors"):format(#errors - spec.max_errors) }
  end
  return shown
end

-- Constructors of all kinds. Each returns a new table and writes into `made` what it is and where it
-- was called; everything else is checked afterwards, when the whole spec is known.
local function make_constructors(kinds, made, place)
  local globals, names = {}, {}
  local function add(name)
    local function construct(...)
      local argument = ...
      if select("#", ...) > 1 or (argument ~= nil and type(argument) ~= "table") then
        error(("%s takes one table: %s { … }"):format(name, name), 2)
      end
      if argument and made[argument] then
        error(("%s takes a table of fields, found `%s { … }`; write %s { … { … } }"):format(name,
          made[argument].kind, name), 2)
      end
      local copy = {}
      for key, value in next, argument or {} do copy[key] = value end
      made[copy] = { kind = name, file = place.file, line = place.line or sandbox.caller_line() }
      return copy
    end
    globals[name], names[construct] = construct, name
  end
  add("experiment")
  for _, name in ipairs(kinds.names) do add(name) end
  return globals, names
end

-- Loads a spec from its text. options: sets = { "path=value", … }, registry = another set of kinds.
function spec.parse(text, path, options)
  options = options or {}
  local kinds = options.registry or registry.default()
  if #text > spec.max_bytes then
    return nil, sort_errors { { file = path,
      message = ("is %d bytes long; a spec has at most %d"):format(#text, spec.max_bytes) } }
  end
  local made, place = {}, { file = path }
  local globals, constructors = make_constructors(kinds, made, place)
  local root, failure = sandbox.run(text, globals)
  if failure then
    return nil, sort_errors { { file = path, line = failure.line, message = failure.message } }
  end
  local lines = source.new(text)
  if not (type(root) == "table" and made[root] and made[root].kind == "experiment") then
    return nil, sort_errors { { file = path, message = "a spec ends with `return experiment { … }`; this one returns "
      .. (root == nil and "nothing" or type(root) == "table" and made[root] and ("`%s { … }`"):format(made[root].kind)
        or "a " .. type(root)) } }
  end

  local errors, set_paths, applied = {}, {}, {}
  if root.name == nil then root.name = path:match("([^/]*)%.lua$") or path:match("[^/]*$") end
  for number, text_of_set in ipairs(options.sets or {}) do
    local function evaluate(expression)
      place.file, place.line = "--set", 0
      local value, why = sandbox.run("return " .. expression, globals, number)
      place.file, place.line = path, nil
      if why then return nil, why.message end
      return value
    end
    local function construct(default)
      local copy = {}
      for key, value in sorted.pairs(default) do if key ~= "kind" then copy[key] = value end end
      made[copy] = { kind = default.kind, file = path }
      return copy
    end
    local set_path, why = sets.apply(root, experiment_def, text_of_set, {
      registry = kinds, made = made, constructors = constructors, evaluate = evaluate, construct = construct,
    })
    if set_path then
      set_paths[set_path] = true
      applied[#applied + 1] = text_of_set
    else
      errors[#errors + 1] = why
    end
  end

  for _, twice in ipairs(lines:duplicates()) do
    errors[#errors + 1] = { file = path, line = twice.line, field = twice.name,
      message = ("is given twice in the same table, first on line %d"):format(twice.first) }
  end

  local checker = schema.new { registry = kinds, made = made, constructors = constructors, lines = lines,
    file = path, set_paths = set_paths }
  checker.errors = errors
  local experiment = checker:construct(experiment_def, root, { path = "", anchor = root, steps = {}, depth = 0 })
  if #errors > 0 then return nil, sort_errors(errors) end
  for node, at in next, checker.places do
    locations[node] = function(field)
      local file, line
      if field then file, line = checker:locate_field(at, field) else file, line = checker:locate(at) end
      return { file = file, line = line, field = at.path }
    end
  end
  experiment.sets = applied
  experiment.spec = { path = path, text = text }
  return experiment
end

-- Loads a spec from its file.
function spec.load(path, options)
  local text, why = files.read(path)
  if not text then
    return nil, { spec.error { file = path, message = (why:gsub("^" .. path:gsub("%p", "%%%0") .. ": ", "")) } }
  end
  return spec.parse(text, path, options)
end

-- Where a part of an experiment (a kind's table), or one of its fields, stands: { file, line, field }
-- or nil.
function spec.where(node, field)
  return locations[node] and locations[node](field)
end

spec.canonical = canonical.experiment

return spec
