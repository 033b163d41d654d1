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
--   variant  its name, where the spec returns a list of experiments (spec.load_all)
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
local variants = require("generator.spec.variants")

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

-- A copy of what a spec built, so that an override of one variant does not reach another that shares a
-- table with it. Constructed tables stay constructed.
local function copy_of(value, made, copies, depth)
  if type(value) ~= "table" or depth > 200 then return value end -- deeper is refused later
  if not copies[value] then
    local copy = {}
    copies[value], made[copy] = copy, made[value]
    for key, inner in next, value do copy[key] = copy_of(inner, made, copies, depth + 1) end
  end
  return copies[value]
end

local function is_experiment(value, made)
  return type(value) == "table" and made[value] ~= nil and made[value].kind == "experiment"
end

-- What a spec returned as a list of raw experiments and whether it was a list, or nil and a message.
local function experiments_of(root, made)
  if is_experiment(root, made) then return { root }, false end
  if type(root) == "table" and not made[root] and (#root > 0 or next(root) == nil) then
    local list, count = {}, 0
    for _ in next, root do count = count + 1 end
    for i = 1, #root do
      if not is_experiment(root[i], made) then
        return nil, ("a list of variants holds `experiment { … }` only; number %d is %s"):format(i,
          type(root[i]) == "table" and made[root[i]] and ("`%s { … }`"):format(made[root[i]].kind)
            or "a " .. type(root[i]))
      end
      list[i] = root[i]
    end
    if #list == 0 then return nil, "the list of variants that the spec returns is empty" end
    if count ~= #list then return nil, "the list of variants has a hole or a named entry; it is a plain list" end
    return list, true
  end
  return nil, "a spec ends with `return experiment { … }`, or with a list of them; this one returns "
    .. (root == nil and "nothing" or type(root) == "table" and made[root] and ("`%s { … }`"):format(made[root].kind)
      or "a " .. type(root))
end

-- Names of a list of variants: each has its own, no two the same.
local function check_names(list, path, made)
  local errors, first = {}, {}
  for i, raw in ipairs(list) do
    local line = made[raw].line
    if raw.name == nil then
      errors[#errors + 1] = { file = path, line = line, field = "name",
        message = ("is missing; each experiment of a list needs a name of its own (this is number %d)"):format(i) }
    elseif first[raw.name] then
      errors[#errors + 1] = { file = path, line = line, field = "name", message =
        ("\"%s\" is the name of two variants, number %d (line %s) and number %d (line %s)"):format(tostring(raw.name),
          first[raw.name], made[list[first[raw.name]]].line or "?", i, line or "?") }
    else
      first[raw.name] = i
    end
  end
  return errors
end

-- Which overrides are meant for which variant: "name:field=value" is for those the name or pattern
-- means, anything else for all. Returns a list of texts per variant, and errors.
local function share_out(given, names)
  local of, errors = {}, {}
  for i in ipairs(names) do of[i] = {} end
  for _, text in ipairs(given) do
    local pattern, rest = text:match("^%s*([%w_.*?-]+):(.*=.*)$")
    local matches = pattern and variants.matcher(pattern)
    local any = false
    for i, name in ipairs(names) do
      if not pattern or matches(name) then
        table.insert(of[i], rest or text)
        any = true
      end
    end
    if not any then
      errors[#errors + 1] = { file = "--set " .. text, message = variants.unmatched(pattern, names) }
    end
  end
  return of, errors
end

-- Checks one raw experiment: the experiment, or nil and its errors. context: { text, path, kinds, made,
-- place, globals, constructors, lines }.
local function check_one(root, sets_given, context)
  local made, kinds, place, path = context.made, context.kinds, context.place, context.path
  local errors, set_paths, applied = {}, {}, {}
  if root.name == nil then root.name = path:match("([^/]*)%.lua$") or path:match("[^/]*$") end
  for number, text_of_set in ipairs(sets_given) do
    local function evaluate(expression)
      place.file, place.line = "--set", 0
      local value, why = sandbox.run("return " .. expression, context.globals, number)
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
      registry = kinds, made = made, constructors = context.constructors, evaluate = evaluate, construct = construct,
    })
    if set_path then
      set_paths[set_path] = true
      applied[#applied + 1] = text_of_set
    else
      errors[#errors + 1] = why
    end
  end

  for _, twice in ipairs(context.lines:duplicates()) do
    errors[#errors + 1] = { file = path, line = twice.line, field = twice.name,
      message = ("is given twice in the same table, first on line %d"):format(twice.first) }
  end

  local checker = schema.new { registry = kinds, made = made, constructors = context.constructors,
    lines = context.lines, file = path, set_paths = set_paths }
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
  experiment.spec = { path = path, text = context.text }
  return experiment
end

-- Loads everything a spec returns, from its text: a list of { name, experiment } or { name, errors }
-- with `list` set where the spec returned a list, or nil and errors that concern the file as a whole.
-- options: sets = { "path=value", … }, registry = another set of kinds. An experiment of a list knows
-- that it is one: `variant` is its name.
function spec.parse_all(text, path, options)
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
  local raw, is_list = experiments_of(root, made)
  if not raw then return nil, sort_errors { { file = path, message = is_list } } end
  local errors = is_list and check_names(raw, path, made) or {}
  if #errors > 0 then return nil, sort_errors(errors) end
  local names = {}
  for i, one in ipairs(raw) do names[i] = tostring(one.name or "") end
  local sets_of = { options.sets or {} }
  if is_list then sets_of, errors = share_out(options.sets or {}, names) end
  if #errors > 0 then return nil, sort_errors(errors) end
  local context = { text = text, path = path, kinds = kinds, made = made, place = place, globals = globals,
    constructors = constructors, lines = source.new(text) }
  local all = { list = is_list }
  for i, one in ipairs(raw) do
    local experiment, why = check_one(is_list and copy_of(one, made, {}, 0) or one, sets_of[i], context)
    if experiment and is_list then experiment.variant = experiment.name end
    all[i] = { name = experiment and experiment.name or names[i], experiment = experiment, errors = why }
  end
  return all
end

-- The one experiment of a spec; of a list the one that options.only names.
local function the_one(all, path, options)
  local found = all
  if all.list and options.only then
    local why
    found, why = variants.choose(all, options.only)
    if not found then return nil, { spec.error { file = path, message = why } } end
  end
  if #found > 1 then
    return nil, { spec.error { file = path,
      message = ("returns %d variants; --only NAME says which"):format(#found) } }
  end
  return found[1].experiment, found[1].errors
end

-- Loads a spec from its text. options: those of parse_all, and only = the name of a variant.
function spec.parse(text, path, options)
  local all, errors = spec.parse_all(text, path, options)
  if not all then return nil, errors end
  return the_one(all, path, options or {})
end

local function read(path)
  local text, why = files.read(path)
  if text then return text end
  return nil, { spec.error { file = path, message = (why:gsub("^" .. path:gsub("%p", "%%%0") .. ": ", "")) } }
end

-- Loads a spec from its file.
function spec.load(path, options)
  local text, errors = read(path)
  if not text then return nil, errors end
  return spec.parse(text, path, options)
end

-- The same of all its variants (parse_all).
function spec.load_all(path, options)
  local text, errors = read(path)
  if not text then return nil, errors end
  return spec.parse_all(text, path, options)
end

-- Where a part of an experiment (a kind's table), or one of its fields, stands: { file, line, field }
-- or nil.
function spec.where(node, field)
  return locations[node] and locations[node](field)
end

spec.canonical = canonical.experiment

return spec
