-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Processes and files for the toolchain: quoting, running with captured output, running many at
-- once, temporary folders, atomic writes. Functions return nil and a one-line message where the
-- system refuses; none of them prints.

local lfs = require("lfs")

local M = {}

--- `text` as one word of a POSIX shell.
function M.quote(text)
  if text:match("^[%w_@%%+=:,./-]+$") then return text end
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- A list of words as one shell command.
function M.command(words)
  local quoted = {}
  for i, word in ipairs(words) do quoted[i] = M.quote(word) end
  return table.concat(quoted, " ")
end

-- What a compiler may see of the environment: nothing that changes its output. PATH stays (that is
-- how the toolchain is found, and the toolchain is part of the stamp), so does TMPDIR.
local function clean_environment()
  local words = { "umask 022; env -i LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=0" }
  for _, name in ipairs { "PATH", "TMPDIR", "HOME" } do
    local value = os.getenv(name)
    if value then words[#words + 1] = M.quote(name .. "=" .. value) end
  end
  return table.concat(words, " ")
end
M.clean_environment = clean_environment()

--- Runs a shell command in the clean environment; returns its standard output and exit status.
--- Standard error is captured with it when `with_errors`, else dropped.
function M.capture(command, with_errors)
  local wrapped = M.clean_environment .. " sh -c " .. M.quote(command)
  local pipe = assert(io.popen("{ " .. wrapped .. "\n} " .. (with_errors and "2>&1" or "2>/dev/null"), "r"))
  local output = pipe:read("a")
  local _, how, status = pipe:close()
  return output, how == "exit" and status or 128 + status
end

function M.read(path)
  local file, why = io.open(path, "rb")
  if not file then return nil, why end
  local text, read_why = file:read("a") -- nil for a folder
  file:close()
  if not text then return nil, path .. ": " .. tostring(read_why) end
  return text
end

--- Writes `text` to `path`. Not atomic: for files in a folder that is itself renamed into place.
function M.write(path, text)
  local file, why = io.open(path, "wb")
  if not file then return nil, why end
  local ok, write_why = file:write(text)
  local closed, close_why = file:close()
  if not ok then return nil, path .. ": " .. tostring(write_why) end
  if not closed then return nil, path .. ": " .. tostring(close_why) end
  return true
end

--- Writes a temporary file beside `path`, then renames it over.
function M.write_atomic(path, text)
  local temporary = path .. ".partial"
  local ok, why = M.write(temporary, text)
  if ok then ok, why = os.rename(temporary, path) end
  if not ok then
    os.remove(temporary)
    return nil, why
  end
  return true
end

function M.exists(path)
  return lfs.attributes(path, "mode") ~= nil
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
  local output, status = M.capture("mktemp -d " .. M.quote(parent .. "/build.XXXXXXXX"), true)
  if status ~= 0 then return nil, (output:gsub("\n.*", "")) end
  return (output:gsub("\n$", ""))
end

--- Removes a folder that we made, with all it holds.
function M.remove_folder(path)
  assert(path and path:match("[^/.]"), "remove_folder: refusing " .. tostring(path))
  M.capture("rm -rf -- " .. M.quote(path))
end

--- Absolute, without symbolic links or "..".
function M.real_path(path)
  local output, status = M.capture("realpath -- " .. M.quote(path))
  if status ~= 0 then return nil end
  return (output:gsub("\n$", ""))
end

--- Runs shell commands, up to `jobs` at once, and stops starting new ones after the first failure.
--- `folder` takes the logs. Returns true, or nil and {index, status, output} of the first that failed
--- in the order given, so that the message does not depend on timing.
function M.parallel(commands, jobs, folder)
  if #commands == 0 then return true end
  local scripts = {}
  for i, command in ipairs(commands) do
    local base = string.format("%s/job%04d", folder, i)
    local ok, why = M.write(base .. ".sh", command .. "\n")
    if not ok then return nil, { index = i, status = 1, output = why } end
    scripts[i] = base
  end
  local list = folder .. "/jobs"
  M.write(list, table.concat(scripts, "\n") .. "\n")
  -- 255 tells xargs to start no more
  local one = 'sh "$0.sh" >"$0.log" 2>&1; s=$?; echo $s >"$0.rc"; [ $s = 0 ] || exit 255'
  M.capture(string.format("xargs -a %s -d '\\n' -n 1 -P %d sh -c %s", M.quote(list), jobs, M.quote(one)))
  local unfinished
  for i, base in ipairs(scripts) do
    local status = tonumber(M.read(base .. ".rc") or "")
    if status and status ~= 0 then
      return nil, { index = i, status = status, output = M.read(base .. ".log") or "" }
    end
    if not status then unfinished = unfinished or i end
  end
  if unfinished then
    return nil, { index = unfinished, status = 1, output = "it did not run to its end" }
  end
  return true
end

--- How many processors this process may use.
function M.processors()
  local output = M.capture("nproc")
  return math.max(1, tonumber(output) or 1)
end

--- Regular files below `folder`, as paths relative to it, in byte order; `keep(path)` filters.
function M.list_files(folder, keep)
  local found = {}
  local function walk(relative)
    local full = relative == "" and folder or folder .. "/" .. relative
    for name in lfs.dir(full) do
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
  table.sort(found)
  return found
end

return M
