-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- `--set train.epochs=2`: puts values into what a spec returned, before it is checked. The path is
-- followed through the fields that the kinds declare, so that a misspelt one is an error, and the
-- field's type says how the text is read: a string or one of a few words as it stands, anything
-- else as a Lua expression in which the constructors can be used
-- (`--set train.schedule="cosine {}"`). `model[3].outputs=64` reaches into a list of layers.

local nearest = require("generator.base.nearest")

local sets = {}

local function names(def)
  local list = {}
  for i, field in ipairs(def.fields) do list[i] = field.name end
  return list
end

local function reads_as_text(field)
  if field.type == "string" or field.type == "name" then return true end
  if field.type == "enum" then
    for _, word in ipairs(field.allowed) do
      if type(word) == "string" then return true end
    end
  end
  if field.type == "any_of" then
    for _, choice in ipairs(field.of) do
      if not reads_as_text(choice) then return false end
    end
    return true
  end
  return false
end

-- The table in which `field`'s own fields are found when its value is `value`.
local function definition(field, value, context)
  if field.type == "record" then
    field.by_name = field.by_name or require("generator.spec.fields").index(field.fields, field.name)
    return field
  end
  if field.type == "kind" then
    local origin = type(value) == "table" and context.made[value]
    return origin and context.registry.kinds[origin.kind]
  end
  if field.type == "any_of" then
    for _, choice in ipairs(field.of) do
      local def = definition(choice, value, context)
      if def then return def end
    end
  end
  return nil
end

-- Applies one "path=value". context: { registry, made, evaluate(text) -> value | nil, message }.
-- Returns the path, or nil and an error.
function sets.apply(root, def, text, context)
  local path, value_text = text:match("^%s*([^=%s]+)%s*=%s*(.-)%s*$")
  if not path then
    return nil, { file = "--set", field = text, message = "expected FIELD=VALUE, such as train.epochs=2" }
  end
  local function fail(message, ...)
    return nil, { file = "--set " .. path, field = path, message = message:format(...) }
  end
  local steps = {}
  for step in path:gmatch("[^.%[%]]+") do steps[#steps + 1] = step end
  if path ~= table.concat(steps, "."):gsub("%.(%d+)", "[%1]") then
    return fail("is not the path of a field, such as train.optimizer.momentum or model[2].outputs")
  end
  local holder, so_far = root, ""
  for i, step in ipairs(steps) do
    local last = i == #steps
    local field
    local index = math.tointeger(tonumber(step))
    if index and def.children then
      if holder[index] == nil then return fail("%s has no layer %d", so_far, index) end
      field, step = { name = step, type = "kind", section = "layer" }, index
    else
      field = def.by_name[step]
    end
    if not field then
      return fail("unknown field `%s`%s%s; there %s: %s", step, so_far ~= "" and " of " .. so_far or "",
        nearest.hint(tostring(step), names(def)), #def.fields == 1 and "is" or "are", table.concat(names(def), ", "))
    end
    if last then
      local value, why
      local quoted = value_text:match('^"(.*)"$') or value_text:match("^'(.*)'$")
      if reads_as_text(field) then
        value = quoted or value_text
      elseif value_text == "" then
        return fail("has no value after the `=`")
      else
        value, why = context.evaluate(value_text)
        if why then
          if not field.type:find("any_of") then return fail("cannot read `%s`: %s", value_text, why) end
          value = value_text
        end
        if type(value) == "function" and context.constructors[value] and field.type == "kind" then
          value = value {}
        end
      end
      holder[step] = value
    else
      local inner = holder[step]
      if inner == nil then -- not in the spec: its default, to be changed
        if field.type == "record" then
          inner = {}
        elseif field.type == "kind" and type(field.default) == "table" then
          inner = context.construct(field.default)
        else
          return fail("the spec does not say what `%s` is", (so_far ~= "" and so_far .. "." or "") .. step)
        end
        holder[step] = inner
      end
      local inner_def = definition(field, inner, context)
      if not inner_def or type(inner) ~= "table" then
        return fail("`%s` has no fields", (so_far ~= "" and so_far .. "." or "") .. step)
      end
      so_far = index and ("%s[%d]"):format(so_far, index) or (so_far ~= "" and so_far .. "." or "") .. step
      holder, def = inner, inner_def
    end
  end
  return path
end

return sets
