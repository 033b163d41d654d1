-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Processes and folders for the toolchain: quoting, running with captured output, running many at
-- once, temporary folders. Functions return nil and a one-line message where the system refuses;
-- none of them prints. Reading and writing files whole is generator/base/files.lua.

local lfs = require("lfs")
local files = require("generator.base.files")
local sorted = require("generator.base.sorted")

local M = {}

--- `text` as one word of a POSIX shell.
function M.quote(text)
  if text:find("^[%w_@%%+=:,./-]+$") then return text end
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- A list of words as one shell command.
function M.command(words)
  local quoted = {}
  for i, word in ipairs(words) do quoted[i] = M.quote(word) end
  return table.concat(quoted, " ")
end

-- What a compiler may see of the environment: nothing that changes its output. PATH stays (that is
-- how the toolchain is found, and the toolchain is part of the stamp).
local function clean_environment()
  local words = { "umask 022; env -i LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=0" }
  for _, name in ipairs { "HOME", "PATH", "TMPDIR" } do
    local value = os.getenv(name)
    if value then words[#words + 1] = M.quote(name .. "=" .. value) end
  end
  return table.concat(words, " ")
end
M.clean_environment = clean_environment()

--- Runs a shell command in the clean environment; returns its standard output and its exit status.
--- Standard error comes with it when `with_errors`, and is dropped otherwise.
function M.capture(command, with_errors)
  local redirect = with_errors and "2>&1" or "2>/dev/null"
  local pipe = assert(io.popen(string.format("{ %s sh -c %s\n} %s", M.clean_environment, M.quote(command), redirect)))
  local output = pipe:read("a")
  local _, how, status = pipe:close()
  return output, how == "exit" and status or 128 + status
end

--- Makes a folder and its parents.
function M.make_folder(path)
  if lfs.attributes(path, "mode") == "directory" then return true end
  local parent = path:match("^(.+)/[^/]+/*$")
  if parent then
    local ok, why = M.make_folder(parent)
    if not ok then return nil, why end
  end
  local ok, why = lfs.mkdir(path)
  if not ok and lfs.attributes(path, "mode") ~= "directory" then
    return nil, path .. ": " .. tostring(why)
  end
  return true
end

--- A new, empty folder inside `parent`.
function M.temporary_folder(parent)
  local ok, why = M.make_folder(parent)
  if not ok then return nil, why end
  local output, status = M.capture("mktemp -d " .. M.quote(parent .. "/tmp.XXXXXXXX"), true)
  if status ~= 0 then return nil, (output:gsub("\n.*", "")) end
  return (output:gsub("\n$", ""))
end

--- Removes a folder that we made, with all it holds.
function M.remove_folder(path)
  assert(path and path:find("[^/.]"), "remove_folder: refusing " .. tostring(path))
  M.capture("rm -rf -- " .. M.quote(path))
end

--- A path that means the same from any folder; symbolic links stay.
function M.absolute(path)
  if path:sub(1, 1) == "/" then return path end
  return lfs.currentdir():gsub("/$", "") .. "/" .. path
end

--- The absolute path, without symbolic links or "..", or nil.
function M.real_path(path)
  local output, status = M.capture("realpath -- " .. M.quote(path))
  if status ~= 0 then return nil end
  return (output:gsub("\n$", ""))
end

--- Runs shell commands, up to `jobs` at once; none is started after one has failed. `folder` takes
--- scripts and logs. Returns the list of their outputs (both streams), or nil and {index, status,
--- output} of the first failure in the order given.
function M.parallel(commands, jobs, folder)
  local outputs = {}
  if #commands == 0 then return outputs end
  local bases = {}
  for i, command in ipairs(commands) do
    local base = string.format("%s/job%04d", folder, i)
    bases[i] = base
    os.remove(base .. ".status")
    local ok, why = files.write(base .. ".sh", command .. "\n")
    if not ok then return nil, { index = i, status = 1, output = why } end
  end
  local list = folder .. "/jobs"
  local ok, why = files.write(list, table.concat(bases, "\n") .. "\n")
  if not ok then return nil, { index = 1, status = 1, output = why } end
  -- 255 tells xargs to start no more
  local one = 'sh "$0.sh" >"$0.log" 2>&1; s=$?; echo $s >"$0.status"; [ $s = 0 ] || exit 255'
  M.capture(string.format("xargs -a %s -d '\\n' -n 1 -P %d sh -c %s", M.quote(list), jobs, M.quote(one)))
  local unfinished
  for i, base in ipairs(bases) do
    local status = math.tointeger(tonumber(files.read(base .. ".status") or ""))
    local output = files.read(base .. ".log") or ""
    if status and status ~= 0 then return nil, { index = i, status = status, output = output } end
    if not status then unfinished = unfinished or i end
    outputs[i] = output
  end
  if unfinished then
    return nil, { index = unfinished, status = 1, output = "it did not run to its end" }
  end
  return outputs
end

--- How many processors this process may use.
function M.processors()
  return math.max(1, math.tointeger(tonumber((M.capture("nproc")))) or 1)
end

--- Regular files below `folder`, as paths relative to it, in byte order; `keep(path)` filters.
function M.list_files(folder, keep)
  local found = {}
  local function walk(relative)
    for name in lfs.dir(relative == "" and folder or folder .. "/" .. relative) do
      if name ~= "." and name ~= ".." then
        local path = relative == "" and name or relative .. "/" .. name
        local mode = lfs.attributes(folder .. "/" .. path, "mode")
        if mode == "directory" then
          walk(path)
        elseif mode == "file" and (not keep or keep(path)) then
          found[#found + 1] = path
        end
      end
    end
  end
  if lfs.attributes(folder, "mode") == "directory" then walk("") end
  return sorted.sort(found)
end

return M
