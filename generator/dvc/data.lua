-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Data that DVC versions, before a lock is made of it: fetched from DVC's cache where it is not there, and compared
-- with the MD5 that DVC recorded; and a .dvc file written for data (docs/data.md, "DVC").
--
--   data.check(data, options) -> { file =, md5 =, path = } for the lock; nil, message, true where the data differs
--   data.add(path, options)   -> { file =, md5 =, size =, nfiles =, changed = }; nil, message
-- data: that of an experiment, with `dvc` and `path`. options: scanner; say = function(line).

local lfs = require("lfs")
local cache = require("generator.dvc.cache")
local file = require("generator.dvc.file")
local files = require("generator.base.files")
local hash = require("generator.dvc.hash")
local sorted = require("generator.base.sorted")

local data = {}

local max_names = 5

local function plural(count, word)
  return ("%d %s%s"):format(count, word, count == 1 and "" or "s")
end

-- The .dvcignore above or at a folder that has a pattern, or nil.
local function ignoring(path, root)
  local folder = file.normal(path)
  while root and #folder >= #root do
    local text = files.read(folder .. "/.dvcignore") or ""
    for line in text:gmatch("[^\n]+") do
      if line:find("^%s*[^#%s]") then return folder .. "/.dvcignore" end
    end
    folder = folder:match("^(.*)/[^/]*$") or ""
  end
end

-- Lines of how the files of a folder differ from its manifest.
local function differences(found, recorded)
  local is, was, paths = {}, {}, {}
  for _, entry in ipairs(found) do is[entry.relpath], paths[entry.relpath] = entry.md5, true end
  for _, entry in ipairs(recorded) do was[entry.relpath], paths[entry.relpath] = entry.md5, true end
  local lines, count = {}, 0
  for _, path in ipairs(sorted.keys(paths)) do
    local what = not is[path] and "is missing" or not was[path] and "is not among DVC's files"
      or is[path] ~= was[path] and ("has MD5 %s, DVC's is %s"):format(is[path], was[path])
    if what then
      count = count + 1
      if count <= max_names then lines[count] = ("  %s: %s"):format(path, what) end
    end
  end
  if count > max_names then lines[#lines + 1] = ("  and %d more"):format(count - max_names) end
  return lines
end

local function mismatch(dvc, out, found)
  local lines = { ("%s: is not the data of %s: its MD5 is %s, DVC's is %s"):format(out.path, dvc, found.md5, out.md5) }
  if found.files and out.md5:find("%.dir$") then
    local list, why = cache.manifest(dvc, out)
    if list then
      table.move(differences(found.files, list), 1, max_names + 1, 2, lines)
    else
      lines[2] = "  which files differ cannot be said: " .. (why or "the list of its files is not in DVC's cache here")
    end
  end
  local ignore = found.files and ignoring(out.path, cache.root(dvc))
  if ignore then lines[#lines + 1] = ("  (%s has patterns, which are not followed here)"):format(ignore) end
  lines[#lines + 1] = "  `dvc checkout` brings back the data, `dvc commit` records what is there"
  return table.concat(lines, "\n")
end

function data.check(of, options)
  local out, why = file.out(of.dvc, of.path, options)
  if not out then return nil, "data.dvc: " .. why end
  local fact = { file = of.dvc, md5 = out.md5, path = out.path }
  if not lfs.attributes(out.path, "mode") then
    local fetched, lacks = cache.checkout(of.dvc, out, options)
    if not fetched then
      if fetched == nil then return nil, lacks end
      return nil, ("%s: is not there, nor is %s in DVC's cache; `dvc pull` fetches it"):format(out.path,
        lacks == out.path and "it" or out.md5:find("%.dir$") and "its file " .. lacks:gsub("^data/", "") or "it")
    end
    options.say(("%s: copied from DVC's cache"):format(out.path))
    return fact
  end
  local found
  found, why = hash.of(out.path, { scanner = options.scanner, legacy = out.legacy })
  if not found then return nil, why end
  if found.md5 ~= out.md5 then return nil, mismatch(of.dvc, out, found), true end
  return fact
end

-- Why a .dvc file that is there already cannot be written again without losing what a person put into it.
local function kept(path)
  for line in (files.read(path) or ""):gmatch("[^\n]+") do
    local key = line:match("^[%s-]*([%w_]+):")
    if key ~= "outs" and key ~= "md5" and key ~= "size" and key ~= "nfiles" and key ~= "hash" and key ~= "path" then
      return ("%s: has `%s`, which would be lost; `dvc add` keeps it"):format(path, key or line)
    end
  end
end

function data.add(path, options)
  path = path:gsub("(.)/+$", "%1")
  local name = path:match("([^/]+)$")
  if not name or name == "." or name == ".." then return nil, path .. ": is no name of a file or folder" end
  if name:find("%c") or not utf8.len(name) then return nil, path .. ": its name cannot be in a .dvc file" end
  local to = path .. ".dvc"
  local why = kept(to)
  if why then return nil, why end
  local ignore = ignoring(path, cache.root(to))
  if ignore then return nil, ignore .. ": has patterns, which are not followed here; use `dvc add`" end
  local found
  found, why = hash.of(path, options)
  if not found then return nil, why end
  for _, entry in ipairs(found.files or {}) do
    if entry.relpath:match("[^/]*$") == ".dvcignore" then
      return nil, ("%s/%s: DVC takes no .dvcignore in its data"):format(path, entry.relpath)
    end
  end
  local text, before = file.text(found, name), files.read(to)
  local ok
  ok, why = files.write(to, text)
  if not ok then return nil, why end
  return { file = to, md5 = found.md5, size = found.size, nfiles = found.nfiles, changed = before ~= text,
    line = ("%s %s: %s%s, MD5 %s"):format(before ~= text and "wrote" or "unchanged:", to,
      found.nfiles and plural(found.nfiles, "file") .. ", " or "", plural(found.size, "byte"), found.md5) }
end

return data
