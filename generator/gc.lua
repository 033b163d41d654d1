-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Removes from WORK/cache what no experiment refers to, and nothing else.
--
-- An experiment is a folder of results, WORK/<name>-<stamp12>/ with a stages.json; what it refers to are the
-- keys of its stages. Only folders called <stage>-<key> (and <stage>-<key>.tmp, which a process that died left)
-- are ever removed, each under the lock of its key (flock, as runtime/base/cache.c and cli/shared.c take it): one
-- that a process computes or waits for stays. Lock files stay too: another process may be about to take one.
--
--   gc.run(work, { dry_run = true }) -> { removed = { { name, bytes } … }, kept, busy, bytes } | nil, message

local lfs = require("lfs")
local files = require("generator.base.files")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")

local gc = {}

local stages = { backbone = true, evaluate = true, features = true, train = true }

-- "train", key where the name is that of an entry, or of what is left of one.
local function entry_of(name)
  local stage, key = name:match("^(%l+)%-(%x+)$")
  if not stage then stage, key = name:match("^(%l+)%-(%x+)%.tmp$") end
  if stage and stages[stage] and #key == 64 then return stage, key end
end

-- The keys that results refer to: { ["train-<key>"] = true }. A stages.json that cannot be read may refer to
-- anything: then nothing is removed.
local function references(work)
  local found = {}
  for _, name in ipairs(files.list(work)) do
    local path = work .. "/" .. name .. "/stages.json"
    if files.exists(path) then
      local text, why = files.read(path)
      local ledger = text and json.decode(text)
      if type(ledger) ~= "table" then
        return nil, ("%s: cannot be read (%s); nothing was removed"):format(path, why or "not a JSON object")
      end
      for stage in next, stages do
        local key = type(ledger[stage]) == "table" and ledger[stage].key
        if type(key) == "string" then found[stage .. "-" .. key] = true end
      end
    end
  end
  return found
end

local function bytes_of(path)
  local sum = 0
  for _, name in ipairs(shell.list_files(path)) do
    sum = sum + (lfs.symlinkattributes(path .. "/" .. name, "size") or 0)
  end
  return sum
end

-- Removes a folder while holding the lock of its key. False where somebody else holds it.
local function remove(cache, stage, key, name)
  local lock, path = ("%s/%s-%s.lock"):format(cache, stage, key), cache .. "/" .. name
  local _, status = shell.capture(shell.command { "flock", "-n", "-E", "75", lock, "rm", "-rf", "--", path }, true)
  if status == 75 then return false end
  if status ~= 0 then return nil, path .. ": cannot be removed" end
  return true
end

function gc.run(work, options)
  if lfs.attributes(work, "mode") ~= "directory" then return nil, work .. ": there is no such folder" end
  local used, why = references(work)
  if not used then return nil, why end
  local cache = work .. "/cache"
  local result = { removed = json.list {}, kept = 0, busy = 0, bytes = 0 }
  for _, name in ipairs(files.list(cache)) do
    local stage, key = entry_of(name)
    local is_folder = lfs.symlinkattributes(cache .. "/" .. name, "mode") == "directory"
    if stage and is_folder and not used[name] then
      local bytes, gone = bytes_of(cache .. "/" .. name), true
      if not options.dry_run then
        gone, why = remove(cache, stage, key, name)
        if gone == nil then return nil, why end
      end
      if gone then
        result.removed[#result.removed + 1] = { name = name, bytes = bytes }
        result.bytes = result.bytes + bytes
      else
        result.busy = result.busy + 1
      end
    elseif stage and is_folder then
      result.kept = result.kept + 1
    end
  end
  return result
end

return gc
