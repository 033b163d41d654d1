-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Makes a failing model small: takes layers away, replaces containers by what they hold, lowers
-- numbers, for as long as something still fails.
--
--   shrink.smallest(case, fails) -> case, what fails     fails(case) -> text or nil

local random_model = require "tests.graphs.random_model"

local M = {}

-- All models one step smaller than `layer`, each with `replace` applied from the outside.
local function smaller_models(layer, replace, list)
  local copy = random_model.copy
  if layer.kind == "sequential" then
    for i = #layer, 1, -1 do
      local less = copy(layer)
      table.remove(less, i)
      list[#list + 1] = replace(less)
      for c = 1, layer[i].kind ~= "sequential" and #layer[i] or 0 do -- one branch instead of the container
        local one = copy(layer)
        one[i] = copy(layer[i][c])
        list[#list + 1] = replace(one)
      end
    end
  end
  for key, value in next, layer do -- a case is a case: their order decides nothing but the way there
    local least = key == "padding" and 0 or 1
    if type(key) == "string" and math.type(value) == "integer" and value > least and key ~= "outputs" then
      for _, n in ipairs { least, value // 2, value - 1 } do
        local less = copy(layer)
        less[key] = n
        list[#list + 1] = replace(less)
      end
    end
  end
  for i, child in ipairs(layer) do
    smaller_models(child, function(new)
      local whole = copy(layer)
      whole[i] = new
      return replace(whole)
    end, list)
  end
end

local function candidates(case)
  local list = {}
  smaller_models(case.model, function(model)
    local new = random_model.copy(case)
    new.model = model
    return new
  end, list)
  for _, key in ipairs { "batch", "channels", "height", "width" } do
    for _, n in ipairs { 1, case[key] // 2, case[key] - 1 } do
      if n >= 1 and n < case[key] and not (key == "batch" and n < 2) then
        local new = random_model.copy(case)
        new[key] = n
        list[#list + 1] = new
      end
    end
  end
  return list
end

function M.smallest(case, fails)
  local text = fails(case)
  for _ = 1, 60 do
    local better
    for _, candidate in ipairs(candidates(case)) do
      local why = fails(candidate)
      -- what only fails because it is no valid model any more is another story
      if why and not why:find("does not compile:", 1, true) then
        better, text = candidate, why
        break
      end
    end
    if not better then break end
    case = better
  end
  return case, text
end

return M
