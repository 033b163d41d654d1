-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What was made once and may be used again, under out/.objects/: objects of C files, and Ingot's own
-- sources as the executables carry them. A file there is called <key>.<digest>: the SHA-256 of what it was
-- made from (a text that names all of it), and of its bytes, which are compared whenever it is taken: a
-- damaged file is removed and made again. Files come and go whole (hard links and renames), so that builds
-- beside each other and a collection in the middle do no harm. The time of last use is the file's time
-- of modification.

local lfs = require("lfs")
local files = require("generator.base.files")
local sha256 = require("generator.toolchain.sha256")
local shell = require("generator.toolchain.shell")

local M = {}

local function folder_of(store, key)
  return store .. "/" .. key:sub(1, 2)
end

-- One file under two names, or a copy where the file system has no hard links.
local function place(from, to)
  os.remove(to)
  if lfs.link(from, to) then return true end
  local text, why = files.read(from)
  if not text then return nil, why end
  return files.write(to, text)
end

-- Files of a key: normally none or one.
local function found(store, key)
  local list, folder = {}, folder_of(store, key)
  if lfs.attributes(folder, "mode") ~= "directory" then return list end
  for name in lfs.dir(folder) do
    local digest = name:sub(1, #key) == key and name:sub(#key + 1):match("^%.(%x+)$")
    if digest and #digest == 64 then list[#list + 1] = { path = folder .. "/" .. name, digest = digest } end
  end
  return list
end

--- Takes what is there of `wanted`, a list of { key, path }: the file appears at `path`, and the element gets
--- taken = true. What does not have its digest is removed. Without a store (nil) nothing is there.
function M.take(store, wanted)
  local candidates, paths = {}, {}
  for _, one in ipairs(store and wanted or {}) do
    one.taken = nil
    for _, file in ipairs(found(store, one.key)) do
      if place(file.path, one.path) then
        candidates[#candidates + 1] = { one = one, file = file }
        paths[#paths + 1] = one.path
        break
      end
    end
  end
  local digests = sha256.files("/", paths) or {}
  for _, candidate in ipairs(candidates) do
    if digests[candidate.one.path] == candidate.file.digest then
      candidate.one.taken = true
      lfs.touch(candidate.file.path)
    else
      os.remove(candidate.file.path)
      os.remove(candidate.one.path)
    end
  end
end

--- Puts files into the store: a list of { key, path (absolute) }, which stay where they are. A store that cannot be
--- written only costs time the next time.
function M.put(store, made)
  if not store or #made == 0 then return end
  local paths = {}
  for i, one in ipairs(made) do paths[i] = one.path end
  local digests = sha256.files("/", paths) or {}
  for _, one in ipairs(made) do
    local digest = digests[one.path]
    if digest and shell.make_folder(folder_of(store, one.key)) then
      place(one.path, string.format("%s/%s.%s", folder_of(store, one.key), one.key, digest))
    end
  end
end

--- Removes what was not used for `days` days, or says what would be: { removed = count, kept, bytes }.
function M.collect(store, days, options)
  local result, oldest = { removed = 0, kept = 0, bytes = 0 }, os.time() - days * 86400
  for _, folder in ipairs(files.list(store)) do
    for _, name in ipairs(files.list(store .. "/" .. folder)) do
      local path = store .. "/" .. folder .. "/" .. name
      local attributes = lfs.symlinkattributes(path)
      if attributes and attributes.mode == "file" then
        if attributes.modification < oldest then
          local gone, why = true, nil
          if not (options and options.dry_run) then gone, why = os.remove(path) end
          if not gone then return nil, why end
          result.removed, result.bytes = result.removed + 1, result.bytes + attributes.size
        else
          result.kept = result.kept + 1
        end
      end
    end
  end
  return result
end

return M
