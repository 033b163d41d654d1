-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Why two stamps differ: the inputs of both (toolchain/stamp.lua) compared component by component.
--
--   compare.inputs(before, now) -> { { component, details = { text … } } … }, in this order:
--     spec        the spec, or which of its variants is built
--     overrides   --set of the command line
--     lock        the lock file
--     generator   generator/, templates/, build.lua, and the two documents that are carried
--     runtime     runtime/
--     toolchain   tools, libraries, flags

local sorted = require("generator.base.sorted")

local M = {}

M.components = { "spec", "overrides", "lock", "generator", "runtime", "toolchain" }

local of_kind = { spec = "spec", variant = "spec", set = "overrides", lock = "lock", tune = "spec", tool = "toolchain",
  library = "toolchain", flags = "toolchain" }

local function component_of(input)
  if input.kind ~= "file" then return of_kind[input.kind] or "toolchain" end
  return input.name:find("^runtime/") and "runtime" or "generator"
end

local function index(inputs)
  local map = {}
  for _, input in ipairs(inputs) do map[input.kind .. " " .. input.name] = input end
  return map
end

-- What is said of an input that is other than it was: digests say nothing to a person.
local function detail(old, new)
  local input = new or old
  if input.kind == "set" then
    return (old and old.value or "none") .. " -> " .. (new and new.value or "none")
  end
  if input.kind == "tool" or input.kind == "library" then
    return string.format("%s %s -> %s", input.name, old and old.value or "absent", new and new.value or "absent")
  end
  if input.kind == "flags" then return "flags of " .. input.name end
  if input.kind == "variant" then return "variant " .. input.value end
  local what = not old and "new " or not new and "removed " or ""
  return what .. input.name
end

function M.inputs(before, now)
  local old, new, names, details = index(before), index(now), {}, {}
  for name in pairs(old) do names[name] = true end -- sets: order does not matter
  for name in pairs(new) do names[name] = true end
  for name in sorted.pairs(names) do
    local a, b = old[name], new[name]
    if not a or not b or a.value ~= b.value then
      local component = component_of(b or a)
      details[component] = details[component] or {}
      table.insert(details[component], detail(a, b))
    end
  end
  local list = {}
  for _, component in ipairs(M.components) do
    if details[component] then list[#list + 1] = { component = component, details = details[component] } end
  end
  return list
end

--- Fields of two flat tables (base/flat.lua) that differ: { "train.epochs 10 -> 12", … }.
function M.fields(before, now)
  local names, list = {}, {}
  for name in pairs(before) do names[name] = true end -- sets: order does not matter
  for name in pairs(now) do names[name] = true end
  for name in sorted.pairs(names) do
    if before[name] ~= now[name] then
      list[#list + 1] = string.format("%s %s -> %s", name, before[name] or "none", now[name] or "none")
    end
  end
  return list
end

return M
