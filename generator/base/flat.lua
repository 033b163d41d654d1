-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- A tree of plain tables as a flat table of texts, as records of runs want it:
-- { train = { epochs = 10, optimizer = { kind = "sgd" } } } becomes
-- { ["train.epochs"] = "10", ["train.optimizer"] = "sgd" }. The kind of a constructor stands under the
-- name of its field; a list of plain values is one text; children are numbered from 1.

local sorted = require("generator.base.sorted")

local M = {}

local function text_of(value)
  if type(value) == "string" then return value end
  if math.type(value) == "float" then
    local text = ("%.15g"):format(value)
    return tonumber(text) == value and text or ("%.17g"):format(value)
  end
  return type(value) == "function" and "function" or tostring(value)
end

local function is_plain_list(value)
  for key, inner in next, value do
    if math.type(key) ~= "integer" or type(inner) == "table" then return false end
  end
  return #value > 0
end

local function walk(value, path, into)
  if type(value) ~= "table" then
    into[path] = text_of(value)
  elseif is_plain_list(value) then
    local texts = {}
    for i, inner in ipairs(value) do texts[i] = text_of(inner) end
    into[path] = table.concat(texts, ", ")
  else
    for key, inner in sorted.pairs(value) do
      if key == "kind" then
        into[path] = text_of(inner)
      else
        walk(inner, path == "" and tostring(key) or path .. "." .. key, into)
      end
    end
  end
end

-- What is about the file, or where runs are recorded, not about what is trained.
local left_out = { spec = true, sets = true, track = true }

--- The fields of an experiment by path.
function M.fields(experiment)
  local into = {}
  for key, value in sorted.pairs(experiment) do
    if not left_out[key] then walk(value, tostring(key), into) end
  end
  return into
end

return M
