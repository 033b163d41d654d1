-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- DVC's cache beside a project: where an object lies, and data copied out of it. Nothing is written into it.
--
--   cache.root(path)                 -> the folder above `path` that has `.dvc/`, or nil
--   cache.object(path, md5, legacy)  -> the object's file in the cache that `path` belongs to, or nil
--   cache.manifest(path, out)        -> the list of a folder's manifest (hash.lua); nil, message or nil, nil where the
--                                       cache has none
--   cache.checkout(path, out, options) -> true: out.path is there now; nil, message; false where the cache lacks it
-- `path` is that of the .dvc file or dvc.lock. options: scanner.

local lfs = require("lfs")
local file = require("generator.dvc.file")
local files = require("generator.base.files")
local hash = require("generator.dvc.hash")
local shell = require("generator.toolchain.shell")

local cache = {}

local piece = 1 << 20

function cache.root(path)
  local folder = file.normal(path):match("^(.*)/[^/]*$")
  while folder and folder ~= "" do
    if lfs.attributes(folder .. "/.dvc", "mode") == "directory" then return folder end
    folder = folder:match("^(.*)/[^/]*$")
  end
  return nil
end

-- `dir` of [cache] in a configuration of DVC's, or nil; it starts from the folder of the configuration.
local function configured(folder, name)
  local section
  for line in ((files.read(folder .. "/" .. name) or "") .. "\n"):gmatch("(.-)\r?\n") do
    section = line:match("^%s*%[%s*['\"]?([^%]'\"]*)['\"]?%s*%]") or section
    local dir = section == "cache" and line:match("^%s*dir%s*=%s*(.-)%s*$")
    if dir and dir ~= "" then return dir:sub(1, 1) == "/" and dir or folder .. "/" .. dir end
  end
  return nil
end

local function folder_of(path)
  local root = cache.root(path)
  if not root then return nil end
  local dvc = root .. "/.dvc"
  return configured(dvc, "config.local") or configured(dvc, "config") or dvc .. "/cache"
end

function cache.object(path, md5, legacy)
  local folder = folder_of(path)
  if not folder then return nil end
  local object = folder .. (legacy and "/" or "/files/md5/") .. md5:sub(1, 2) .. "/" .. md5:sub(3)
  return lfs.attributes(object, "mode") == "file" and object or nil
end

function cache.manifest(path, out)
  local object = cache.object(path, out.md5, out.legacy)
  if not object then return nil end
  local text, why = files.read(object)
  if not text then return nil, why end
  return hash.parse_manifest(text, object)
end

local function copy(from, to)
  local input, why = io.open(from, "rb")
  if not input then return nil, why end
  local output
  output, why = io.open(to, "wb")
  if not output then
    input:close()
    return nil, why
  end
  local ok, failed = true, nil
  while ok do
    local bytes, wrong = input:read(piece)
    if not bytes then
      ok, failed = not wrong, wrong and from .. ": " .. wrong
      break
    end
    ok, failed = output:write(bytes)
  end
  input:close()
  local closed, unflushed = output:close()
  if ok and closed then return true end
  return nil, to .. ": " .. tostring(failed or unflushed)
end

-- Copies objects to `folder`/relpath and compares what was written: true; false and which is not in the cache; nil
-- and a message.
local function fill(path, folder, list, legacy, options)
  local names = {}
  for i, entry in ipairs(list) do
    local object = cache.object(path, entry.md5, legacy)
    if not object then return false, entry.relpath end
    local to = folder .. "/" .. entry.relpath
    local ok, why = shell.make_folder(to:match("^(.*)/"))
    if ok then ok, why = copy(object, to) end
    if not ok then return nil, why end
    names[i] = entry.relpath
  end
  local made, why = hash.files(folder, names, { scanner = options.scanner, legacy = legacy })
  if not made then return nil, why end
  for i, entry in ipairs(list) do
    if made[i].md5 ~= entry.md5 then
      return nil, ("%s: is damaged: its MD5 is %s"):format(cache.object(path, entry.md5, legacy), made[i].md5)
    end
  end
  return true
end

local function put_in_place(path, out, folder, options)
  local list = { { md5 = out.md5, relpath = "data" } }
  if out.md5:find("%.dir$") then
    local why
    list, why = cache.manifest(path, out)
    if not list then
      if why then return nil, why end
      return false, out.path
    end
    local manifest
    manifest, why = hash.text(hash.manifest(list), options)
    if not manifest then return nil, why end
    if manifest .. ".dir" ~= out.md5 then
      return nil, ("%s: is damaged: its MD5 is %s"):format(cache.object(path, out.md5, out.legacy), manifest)
    end
    for i, entry in ipairs(list) do list[i] = { md5 = entry.md5, relpath = "data/" .. entry.relpath } end
    local made, refused = shell.make_folder(folder .. "/data")
    if not made then return nil, refused end
  end
  local ok, why = fill(path, folder, list, out.legacy, options)
  if not ok then return ok, why end
  ok, why = os.rename(folder .. "/data", out.path)
  if not ok then return nil, why end
  return true
end

function cache.checkout(path, out, options)
  local parent = out.path:match("^(.*)/[^/]*$") or "."
  local folder, why = shell.temporary_folder(parent == "" and "/" or parent)
  if not folder then return nil, why end
  local ok
  ok, why = put_in_place(path, out, folder, options)
  shell.remove_folder(folder)
  return ok, why
end

return cache
