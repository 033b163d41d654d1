-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The language in which kinds declare their fields. A field is a table:
--
--   name, doc                     what it is called, one line for the docs
--   type                          one of `fields.types` below
--   required = true               must be given
--   default = v                   else this holds; a function computes it from the kind's other
--                                 fields (then `default_doc` says in words what it does); neither
--                                 required nor default: the field may be absent
--   min, max, above, below        bounds of a number, of the parts of a pair
--   allowed = { … }               the values of an enum
--   of = field                    what a list holds; of = { field, … }: the choices of any_of
--   min_length, max_length        of a list or string; unique = true: a list without repetition
--   section = "optimizer"         of a kind: which constructors are welcome
--   fields = { … }                of a record: a table with fields of its own, written `{ … }`
--   optional = true               of a record: absent where it is not given, not its defaults
--   entry = function(key, value)  of a map, a table whose keys the user chooses: what is wrong with an
--                                 entry, or nil. It becomes a list of { name, value }, by name; `of` is
--                                 the field of a value, expected_doc says in words what is wanted
--   pattern, pattern_doc          a Lua pattern a string must match whole, and that in words

local fields = {}

fields.types = {
  number = "a number",
  integer = "an integer",
  boolean = "true or false",
  string = "a string",
  name = "a name", -- a string safe as a file name: letters, digits, `_`, `-`, `.`
  enum = "one of",
  list = "a list",
  kind = "a kind",
  pair = "an integer or two of them",
  any_of = "any of",
  record = "a table",
  map = "a table of names",
  ["function"] = "a function",
}

local known = {}
for word in ([[name doc type required default default_doc min max above below allowed of min_length
    max_length unique section fields optional pattern pattern_doc entry expected_doc]]):gmatch("[%w_]+") do
  known[word] = true
end

local function check(field, file, label)
  local function fail(text, ...) error(("%s: field `%s` %s"):format(file, label, text:format(...)), 0) end
  if not fields.types[field.type] then fail("has the unknown type %s", tostring(field.type)) end
  for key in next, field do
    if not known[key] then fail("has the unknown property `%s`", tostring(key)) end
  end
  if field.required and field.default ~= nil then fail("is required and has a default") end
  if type(field.default) == "function" and not field.default_doc then fail("needs `default_doc`") end
  if field.type == "enum" and type(field.allowed) ~= "table" then fail("needs `allowed`") end
  if field.type == "list" then
    if type(field.of) ~= "table" then fail("needs `of`") end
    check(field.of, file, label .. "[]")
  elseif field.type == "any_of" then
    if type(field.of) ~= "table" or #field.of < 2 then fail("needs `of`, a list of fields") end
    for _, choice in ipairs(field.of) do check(choice, file, label) end
  elseif field.type == "kind" then
    if type(field.section) ~= "string" then fail("needs `section`") end
  elseif field.type == "map" then
    if type(field.of) ~= "table" then fail("needs `of`") end
    if not field.expected_doc then fail("needs `expected_doc`") end
  elseif field.type == "record" then
    if type(field.fields) ~= "table" then fail("needs `fields`") end
    fields.index(field.fields, file)
  end
  if field.optional and (field.type ~= "record" or field.required) then
    fail("cannot be `optional`: only a record that is not required has defaults to leave out")
  end
end

-- Fields by name; throws where a declaration cannot work.
function fields.index(list, file)
  local by_name = {}
  for i, field in ipairs(list) do
    if type(field.name) ~= "string" then error(("%s: field %d needs `name`"):format(file, i), 0) end
    if type(field.doc) ~= "string" then error(("%s: field `%s` needs `doc`"):format(file, field.name), 0) end
    if field.name == "kind" then error(file .. ": a field cannot be called `kind`", 0) end
    if by_name[field.name] then error(("%s: field `%s` is declared twice"):format(file, field.name), 0) end
    check(field, file, field.name)
    by_name[field.name] = field
  end
  return by_name
end

-- Throws where a field names a section that does not exist.
function fields.check_sections(field, sections, file)
  if field.section and not sections[field.section] then
    error(("%s: field `%s` names the unknown section `%s`"):format(file, field.name or "?", field.section), 0)
  end
  if field.type == "list" then fields.check_sections(field.of, sections, file) end
  for _, inner in ipairs(field.type == "any_of" and field.of or field.fields or {}) do
    fields.check_sections(inner, sections, file)
  end
end

local function number_text(x)
  return math.type(x) == "float" and x == math.floor(x) and math.abs(x) < 1e15 and ("%d"):format(x)
    or tostring(x)
end
fields.number_text = number_text

-- " from 1 to 10", " above 0 and below 1", ""
local function bounds(field)
  local low = field.min and "at least " .. number_text(field.min)
    or field.above and "above " .. number_text(field.above)
  local high = field.max and "at most " .. number_text(field.max)
    or field.below and "below " .. number_text(field.below)
  if field.min and field.max then return (" from %s to %s"):format(number_text(field.min), number_text(field.max)) end
  if low and high then return (" %s and %s"):format(low, high) end
  return low and " " .. low or high and " " .. high or ""
end
fields.bounds = bounds

-- A value as a spec would write it.
function fields.literal(value)
  if type(value) == "string" then return '"' .. value .. '"' end
  if type(value) == "number" then return number_text(value) end
  if type(value) == "table" then
    if value.kind then return value.kind .. " { … }" end
    local parts = {}
    for i, part in ipairs(value) do parts[i] = fields.literal(part) end
    return #parts == 0 and "{}" or "{ " .. table.concat(parts, ", ") .. " }"
  end
  return tostring(value)
end

-- What a field accepts, in words: "a number above 0", "one of \"same\", \"valid\"".
function fields.expected(field, registry)
  local kind = field.type
  if kind == "number" or kind == "integer" then return fields.types[kind] .. bounds(field) end
  if kind == "pair" then return "an integer" .. bounds(field) .. ", or two of them: { height, width }" end
  if kind == "enum" then
    local words = {}
    for i, word in ipairs(field.allowed) do words[i] = fields.literal(word) end
    return (#words > 1 and "one of " or "") .. table.concat(words, ", ")
  end
  if kind == "list" then return "a list, each " .. fields.expected(field.of, registry) end
  if kind == "kind" then return registry:expected(field.section) end
  if kind == "name" then return "a name of letters, digits, `_`, `-` and `.`" end
  if kind == "record" then return "a table { … } of its fields" end
  if kind == "map" then return field.expected_doc end
  if kind == "string" and field.pattern_doc then return field.pattern_doc end
  if kind == "any_of" then
    local words = {}
    for i, choice in ipairs(field.of) do words[i] = fields.expected(choice, registry) end
    return table.concat(words, ", or ")
  end
  return fields.types[kind]
end

return fields
