-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What a spec may name. A kind is a constructor (`sgd`, `conv2d`, `resnet18`) with its fields; it
-- lives in one file of the folder of its room and is found by a sorted scan, never by a list kept
-- by hand. A file returns
--
--   { kind = "sgd", section = "optimizer", doc = "…", fields = { … }, check = function(o) … end, … }
--   { kinds = { "resnet18", "resnet34" }, … }           several constructors, one description
--   { …, layer = { kind = "conv2d", fields = { … } } }  an op that a spec can write as a layer
--   { { kind = … }, { kind = … } }                      a list of the first form
--
-- Whatever else is in the table is what the kind compiles to; it is reached as `def.module`. A file
-- that lacks something, or a field that cannot work, is an error of Ingot's developers and is thrown
-- with the file's name.

local files = require("generator.base.files")
local nearest = require("generator.base.nearest")
local sorted = require("generator.base.sorted")
local fields = require("generator.spec.fields")

local registry = {}

-- The sections of a spec: where a kind may stand. `noun` is used in messages; `common` fields are
-- added to every kind of the section that does not declare them itself; `also` names sections whose
-- kinds are welcome too (a model may be written with layers).
registry.sections = {
  reader = { noun = "a reader", plural = "readers" },
  features = { noun = "a kind of features", plural = "features" },
  split = { noun = "a split", plural = "splits" },
  model = { noun = "a model", plural = "models", also = { "layer" } },
  layer = { noun = "a layer", plural = "layers", common = {
    { name = "name", type = "name", doc = "name in layer paths and saved weights; default: its place" },
  } },
  optimizer = { noun = "an optimizer", plural = "optimizers" },
  loss = { noun = "a loss", plural = "losses" },
  schedule = { noun = "a learning-rate schedule", plural = "schedules" },
  augmentation = { noun = "an augmentation", plural = "augmentations" },
}

local home = debug.getinfo(1, "S").source:match("^@(.-)generator/spec/registry%.lua$") or ""

-- Folders that are scanned, with the prefix under which their files are required.
registry.folders = {}
for _, room in ipairs { "readers", "features", "splits", "models", "ops", "losses", "optimizers",
  "schedules", "augmentations" } do
  registry.folders[#registry.folders + 1] = {
    path = home .. "generator/" .. room,
    module = "generator." .. room .. ".",
    default_section = room == "ops" and "layer" or nil,
  }
end

local reserved = {} -- names a kind may not take: what a spec can already say
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
    return then true until while experiment assert error ipairs math pairs select string table
    tonumber tostring type]]):gmatch("%a+") do
  reserved[word] = true
end

local function fail(file, text, ...)
  error(file .. ": " .. text:format(...), 0)
end

local function add(self, module, entry, file, section)
  section = entry.section or section
  local known = registry.sections[section]
  if not known then fail(file, "a kind needs a known section, this one has %s", tostring(section)) end
  if type(entry.doc) ~= "string" then fail(file, "a kind needs `doc`") end
  if type(entry.fields) ~= "table" then fail(file, "a kind needs `fields` (an empty list is fine)") end
  local names = entry.kinds or { entry.kind }
  if #names == 0 then fail(file, "a kind needs `kind`, its constructor's name") end
  local all = { table.unpack(entry.fields) }
  for _, common in ipairs(known.common or {}) do
    local declared = false
    for _, field in ipairs(entry.fields) do declared = declared or field.name == common.name end
    if not declared then all[#all + 1] = common end
  end
  local by_name = fields.index(all, file)
  for _, name in ipairs(names) do
    if type(name) ~= "string" or not name:match("^[%a_][%w_]*$") or reserved[name] then
      fail(file, "`%s` cannot be the name of a kind", tostring(name))
    end
    if self.kinds[name] then
      fail(file, "the kind `%s` is already defined in %s", name, self.kinds[name].file)
    end
    self.kinds[name] = {
      kind = name, section = section, doc = entry.doc, fields = all, by_name = by_name,
      check = entry.check, children = entry.children and true or false,
      module = module, file = file,
    }
  end
end

-- Kinds of the folders given (default: Ingot's own), as a registry object.
function registry.new(folders)
  local self = setmetatable({ kinds = {}, names = {} }, { __index = registry })
  for _, folder in ipairs(folders or registry.folders) do
    for _, file in ipairs(files.list(folder.path, ".lua")) do
      if file ~= "init.lua" then
        local path = folder.path .. "/" .. file
        local module
        if folder.module then
          module = require(folder.module .. file:gsub("%.lua$", ""))
        else
          module = assert(loadfile(path))()
        end
        if type(module) ~= "table" then fail(path, "must return a table") end
        if module.layer then
          add(self, module, module.layer, path, "layer")
        elseif module.kind or module.kinds then
          add(self, module, module, path, folder.default_section)
        elseif #module > 0 then
          for _, entry in ipairs(module) do add(self, entry, entry, path, folder.default_section) end
        elseif folder.default_section == nil then
          fail(path, "has neither `kind` nor `kinds`")
        end -- an op that only the generator writes is no kind
      end
    end
  end
  self.names = sorted.keys(self.kinds)
  for _, name in ipairs(self.names) do
    local def = self.kinds[name]
    for _, field in ipairs(def.fields) do fields.check_sections(field, registry.sections, def.file) end
  end
  return self
end

local shared
-- The registry of Ingot's own kinds, scanned once.
function registry.default()
  shared = shared or registry.new()
  return shared
end

-- Names of the kinds welcome in a section, sorted: its own, then those of the sections it includes.
function registry:names_of(section)
  local own, also = {}, {}
  for _, name in ipairs(self.names) do
    local of = self.kinds[name].section
    if of == section then own[#own + 1] = name end
  end
  for _, other in ipairs(registry.sections[section].also or {}) do
    for _, name in ipairs(self:names_of(other)) do also[#also + 1] = name end
  end
  table.move(also, 1, #also, #own + 1, own)
  return own
end

-- Whether a kind may stand in a section.
function registry:fits(def, section)
  if def.section == section then return true end
  for _, other in ipairs(registry.sections[section].also or {}) do
    if def.section == other then return true end
  end
  return false
end

-- "an optimizer: adam, sgd"
function registry:expected(section)
  return registry.sections[section].noun .. ": " .. table.concat(self:names_of(section), ", ")
end

-- Hint for a name that is no constructor.
function registry:hint(name, more)
  local words = { "experiment" }
  table.move(self.names, 1, #self.names, 2, words)
  for _, word in ipairs(more or {}) do words[#words + 1] = word end
  return nearest.hint(name, words)
end

return registry
