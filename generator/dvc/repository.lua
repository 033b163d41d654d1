-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Writes dvc.yaml and dvc.lock of a spec (docs/stages.md), and puts outputs where DVC keeps them.
--
--   repository.write(spec_path, variants, options) -> { yaml =, lock = or nil, stages = names, notes = lines },
--                                                     nil and a message
-- options: those of stages.of, and
--   to        folder of dvc.yaml, the current one or one below it
--   lock      also write dvc.lock from the files as they are, and put the outputs into DVC's cache
--   scanner   path of ingot-scan, for lock
--
-- A dvc.yaml with a line that is not ours is never replaced: its first line is a comment with the SHA-256 of what
-- follows.

local lfs = require("lfs")
local files = require("generator.base.files")
local sha256 = require("generator.toolchain.sha256")
local shell = require("generator.toolchain.shell")
local stages = require("generator.dvc.stages")

local repository = {}

local banner = "# Written by Ingot (lua build.lua dvc), which replaces it while it is as written: sha256 "

local function with_banner(text)
  return banner .. sha256.text(text) .. "\n" .. text
end

local function is_ours(text)
  local first, rest = text:match("^([^\n]*\n)(.*)$")
  return first ~= nil and first .. rest == with_banner(rest)
end

-- "a/b" -> "../..": the current folder seen from one below it; nil for the current folder itself. False for
-- another place.
local function way_back(to)
  local ups = {}
  if to:find("^/") then return false end
  for name in to:gmatch("[^/]+") do
    if name == ".." then return false end
    if name ~= "." then ups[#ups + 1] = ".." end
  end
  return #ups > 0 and table.concat(ups, "/") or nil
end

-- DVC's folder of cached files for the repository that `folder` lies in; nil where there is none.
local function cache_of(folder)
  local at = folder
  while lfs.attributes(at .. "/.dvc", "mode") ~= "directory" do
    if at == "" then return nil end
    at = at:match("^(.*)/[^/]*$")
  end
  for _, name in ipairs { "config.local", "config" } do
    local section
    for line in (files.read(at .. "/.dvc/" .. name) or ""):gmatch("[^\n]+") do
      section = line:match("^%s*%[(.-)%]") or section
      local path = section == "cache" and line:match("^%s*dir%s*=%s*(.-)%s*$")
      if path then return (path:find("^/") and path or at .. "/.dvc/" .. path) .. "/files/md5" end
    end
  end
  return at .. "/.dvc/cache/files/md5"
end

-- Puts a file into the cache, whole or not at all, read-only as DVC does.
local function keep(cache, path, md5)
  local folder, name = cache .. "/" .. md5:sub(1, 2), md5:sub(3)
  if files.exists(folder .. "/" .. name) then return true end
  local made, why = shell.make_folder(folder)
  if not made then return nil, why end
  local temporary = folder .. "/" .. name .. ".ingot"
  local output, status = shell.capture(shell.command { "install", "-m", "444", "--", path, temporary }, true)
  if status == 0 and os.rename(temporary, folder .. "/" .. name) then return true end
  os.remove(temporary)
  return nil, ("%s: cannot be put into %s: %s"):format(path, folder, output)
end

-- git is to pass over what DVC keeps; DVC says so itself where it makes an output.
local function ignore(path)
  local folder, name = path:match("^(.*)/([^/]*)$")
  local list, line = folder .. "/.gitignore", "/" .. name .. "\n"
  local before = files.read(list) or ""
  if ("\n" .. before):find("\n" .. line, 1, true) then return true end
  return files.write(list, before:gsub("([^\n])$", "%1\n") .. line)
end

local function write_lock(list, path, options)
  local hash, known = require("generator.dvc.hash"), {}
  local function digest(of)
    if not known[of] then
      if not files.exists(of) then
        return nil, of .. ": is not there yet; `dvc repro` makes it, and dvc.lock with it"
      end
      local found, why = hash.of(of, { scanner = options.scanner })
      if not found then return nil, why end
      known[of] = found
    end
    return known[of]
  end
  local text, why = stages.lock(list, digest)
  if not text then return nil, why end
  local cache = cache_of(options.here)
  for _, out in ipairs(cache and stages.cached(list) or {}) do
    local ok, failed = keep(cache, out, known[out].md5)
    if ok then ok, failed = ignore(out) end
    if not ok then return nil, failed end
  end
  return files.write(path, text)
end

function repository.write(spec_path, variants, options)
  local list, names, notes = {}, {}, {}
  local wdir = way_back(options.to)
  if wdir == false then return nil, "--to " .. options.to .. ": must be the current folder or one below it" end
  local path = (wdir and options.to .. "/" or "") .. "dvc.yaml"
  for _, variant in ipairs(variants) do
    if variant.errors then return nil, tostring(variant.errors[1]) end
    if not files.exists(variant.lock) then
      return nil, ("%s: is not there; DVC wants it before it builds: lua build.lua lock %s"):format(variant.lock,
        spec_path)
    end
    variant.listed = variants.list
    table.move({ stages.of(spec_path, variant, options) }, 1, 2, #list + 1, list)
  end
  local ok, why = stages.check(list)
  if not ok then return nil, path .. ": " .. why end
  local before = files.read(path)
  if before and not is_ours(before) then
    return nil, path .. ": holds what `lua build.lua dvc` did not write, and is left as it is; --to DIR writes into "
      .. "another folder"
  end
  if wdir then
    ok, why = shell.make_folder(options.to)
    if not ok then return nil, why end
  end
  ok, why = files.write(path, with_banner(stages.yaml(list, wdir)))
  if not ok then return nil, why end
  local lock = options.lock and path:gsub("yaml$", "lock") or nil
  if lock then
    ok, why = write_lock(list, lock, options)
    if not ok then return nil, why end
  end
  if not cache_of(options.here) then notes[1] = "this is no DVC repository yet: `dvc init` makes it one" end
  for i, stage in ipairs(list) do names[i] = stage.name end
  return { yaml = path, lock = lock, stages = names, notes = notes }
end

return repository
