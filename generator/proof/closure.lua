-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Every shared library that an executable makes the loader open, transitively, and those that it may
-- open itself while it runs (dlopen): name, file, version, digest, package. Nothing of the executable
-- is run for that: what is needed is read from the ELF files, and found as ld.so finds it, in its
-- cache and then in the default folders (ld.so(8)); LD_LIBRARY_PATH does not count.

local elf = require("generator.toolchain.needed")
local files = require("generator.base.files")
local identity = require("generator.toolchain.identity")
local licences = require("generator.proof.licences")
local packages = require("generator.proof.packages")
local sha256 = require("generator.toolchain.sha256")
local shell = require("generator.toolchain.shell")
local sorted = require("generator.base.sorted")

local M = {}

-- What the runtime opens only when it is asked to, and what for. Counted where the executable names it.
M.opened = {
  { soname = "libcurl.so.4", why = "sending runs to MLflow" },
}

-- glibc opens it by itself when a thread is cancelled or a stack is unwound.
M.unwinder = "libgcc_s.so.1"

local X86_64 = 62
local default_folders = { "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib",
  "/usr/lib" }

local function read_cache()
  local found = {}
  for soname, path in shell.capture("PATH=$PATH:/sbin:/usr/sbin ldconfig -p"):gmatch(
    "\n%s+(%S+) %(libc6,x86%-64[^)]*%) => (/[^\n]*)") do
    found[soname] = found[soname] or path
  end
  return found
end

local function finder(folders)
  local cache = read_cache()
  return function(soname)
    for _, folder in ipairs(folders or {}) do
      if files.exists(folder .. "/" .. soname) then return folder .. "/" .. soname end
    end
    if folders then return nil end
    if cache[soname] and files.exists(cache[soname]) then return cache[soname] end
    for _, folder in ipairs(default_folders) do
      local path = folder .. "/" .. soname
      local read = files.exists(path) and elf.read(path)
      if read and read.machine == X86_64 then return path end
    end
  end
end

-- Adds `soname` and what it needs; `how` is "linked" or "opened". Sonames without a file go to `missing`.
local function add(state, soname, how, by)
  local one = state.by_name[soname]
  if one then
    if how == "linked" then one.how = "linked" end
    one.needed_by[by] = true
    return true
  end
  if soname:find("/", 1, true) or soname == "." or soname == ".." then
    return nil, by .. " needs a library by a path, " .. soname .. ", and not by its name"
  end
  local path = state.find(soname)
  if not path then
    state.missing[#state.missing + 1] = { soname = soname, by = by, how = how }
    return true
  end
  local read, why = elf.read(path)
  if not read then return nil, why end
  if read.machine ~= X86_64 then return nil, path .. ": not a library for x86-64" end
  state.by_name[soname] = { soname = soname, path = path, how = how, needs = read.needed, needed_by = { [by] = true } }
  for _, needed in ipairs(read.needed) do
    local ok
    ok, why = add(state, needed, how, soname)
    if not ok then return nil, why end
  end
  return true
end

local function version_of(one, owner)
  local declared = licences.declared(one.soname)
  if declared then
    for _, library in ipairs(identity.present().libraries) do
      if library.name == declared.name and library.build_id == one.build_id then return library.version end
    end
  end
  -- the upstream part of Debian's version (deb-version(7)), or what the file's own name says
  local version = owner and owner.version:gsub("^%d+:", ""):gsub("%-[^-]*$", "")
  return version or one.real:match("%.so%.([%d.]+)$") or "unknown"
end

-- Facts of files that were looked at before in this process: many executables share their libraries.
local known = {}

local function learn(reals)
  local digests, why = sha256.files("/", reals)
  if not digests then return nil, why end
  local owners = packages.of_files(reals)
  for _, real in ipairs(reals) do
    local handle = assert(io.open(real, "rb"))
    known[real] = { size = handle:seek("end"), sha256 = digests[real], build_id = identity.build_id(real),
      package = owners[real] }
    handle:close()
  end
  return true
end

local function complete(list)
  local paths, reals = {}, {}
  for i, one in ipairs(list) do paths[i] = one.path end
  local output = shell.capture("realpath -- " .. shell.command(paths))
  local i = 0
  for real in output:gmatch("[^\n]+") do
    i = i + 1
    list[i].real = real
    if not known[real] then reals[#reals + 1] = real end
  end
  if i ~= #list then return nil, "the libraries' paths cannot be resolved" end
  if #reals > 0 then
    local ok, why = learn(reals)
    if not ok then return nil, why end
  end
  for _, one in ipairs(list) do
    for name, fact in pairs(known[one.real]) do one[name] = fact end
    one.version, one.licence = version_of(one, one.package), licences.of(one.soname)
    one.needed_by, one.needs = sorted.keys(one.needed_by), sorted.sort(one.needs)
  end
  return list
end

--- The libraries of the executable at `path`, sorted by soname: a list of
---   { soname, path, real, size, sha256, build_id, version, licence, package = { package, version, … } or nil,
---     how = "linked" or "opened", needs = sonames, needed_by = sonames or "" for the executable }
--- with `interpreter` (the loader's path; the loader is in the list as well). Nil and why where a library
--- that the loader must open is not here; an optional one that is not here is in `absent`. `folders`: look
--- there and nowhere else (a bundle's lib/).
function M.of(path, folders)
  local read, why = elf.read(path)
  if not read then return nil, why end
  if read.machine ~= X86_64 or not read.interpreter then
    return nil, path .. ": not an executable for x86-64 with a loader"
  end
  local state = { find = finder(folders), by_name = {}, missing = {} }
  local wanted = table.move(read.needed, 1, #read.needed, 1, {})
  wanted[#wanted + 1] = read.interpreter:match("[^/]+$")
  for _, soname in ipairs(wanted) do
    local ok
    ok, why = add(state, soname, "linked", "")
    if not ok then return nil, why end
  end
  local text = assert(files.read(path))
  for _, one in ipairs(M.opened) do
    if text:find(one.soname .. "\0", 1, true) then assert(add(state, one.soname, "opened", "")) end
  end
  if not state.by_name[M.unwinder] then assert(add(state, M.unwinder, "opened", "")) end
  local result = { interpreter = read.interpreter, absent = {} }
  for _, one in ipairs(state.missing) do
    if one.how == "linked" then
      return nil, string.format("%s: the library %s, which %s needs, is not here", path, one.soname,
        one.by == "" and "it" or one.by)
    end
    result.absent[#result.absent + 1] = one.soname
  end
  for _, one in sorted.pairs(state.by_name) do result[#result + 1] = one end
  local done
  done, why = complete(result)
  if not done then return nil, why end
  return result
end

return M
