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
  return M.finish(M.start(command, with_errors))
end

--- As M.capture, which does not wait: what M.finish takes.
function M.start(command, with_errors)
  local redirect = with_errors and "2>&1" or "2>/dev/null"
  return assert(io.popen(string.format("{ %s sh -c %s\n} %s", M.clean_environment, M.quote(command), redirect)))
end

--- As M.start, with both streams, for a command whose output no environment changes but the locale's (digests): half
--- the processes.
function M.plain(command)
  return assert(io.popen("exec 2>&1; LC_ALL=C; export LC_ALL; " .. command))
end

--- What a process that io.popen has started writes until it ends, and its exit status.
function M.finish(pipe)
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

-- Eight characters that no other process draws.
local function random_name()
  local handle = assert(io.open("/dev/urandom", "rb"))
  handle:setvbuf("no")
  local bytes = handle:read(4)
  handle:close()
  return string.format("%08x", string.unpack("<I4", bytes))
end

--- A new, empty folder inside `parent`.
function M.temporary_folder(parent)
  local ok, why = M.make_folder(parent)
  if not ok then return nil, why end
  for _ = 1, 100 do
    local path = parent .. "/tmp." .. random_name()
    ok, why = lfs.mkdir(path)
    if ok then return path end
    if lfs.symlinkattributes(path, "mode") == nil then return nil, path .. ": " .. tostring(why) end
  end
  return nil, parent .. ": no name is free in it"
end

-- What cannot be removed stays, as with rm -rf.
local function remove(path)
  if lfs.symlinkattributes(path, "mode") == "directory" then
    local names = {}
    for name in lfs.dir(path) do
      if name ~= "." and name ~= ".." then names[#names + 1] = name end
    end
    for _, name in ipairs(names) do remove(path .. "/" .. name) end
  end
  os.remove(path)
end

--- Removes a folder that we made, with all it holds.
function M.remove_folder(path)
  assert(path and path:find("[^/.]"), "remove_folder: refusing " .. tostring(path))
  pcall(remove, path)
end

--- A path that means the same from any folder; symbolic links stay.
function M.absolute(path)
  if path:sub(1, 1) == "/" then return path end
  return lfs.currentdir():gsub("/$", "") .. "/" .. path
end

--- The absolute path, without symbolic links or "..", or nil where something on the way is not there.
function M.real_path(path)
  local done, links = "", 0
  local function follow(rest)
    for name in rest:gmatch("[^/]+") do
      if name == ".." then
        done = done:gsub("/[^/]*$", "")
      elseif name ~= "." then
        local target = lfs.symlinkattributes(done .. "/" .. name, "target")
        if target then
          links = links + 1
          if links > 40 then return false end
          if target:sub(1, 1) == "/" then done = "" end
          if not follow(target) then return false end
        elseif lfs.attributes(done .. "/" .. name, "mode") == nil then
          return false
        else
          done = done .. "/" .. name
        end
      end
    end
    return true
  end
  if path == "" or not follow(M.absolute(path)) then return nil end
  return done == "" and "/" or done
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
  if #commands <= jobs or jobs <= 1 then
    -- all at once, or one after the other: no need for somebody who waits for a free place
    local lines = { "one() { sh \"$1.sh\" >\"$1.log\" 2>&1; s=$?; echo $s >\"$1.status\"; return $s; }" }
    for i, base in ipairs(bases) do lines[i + 1] = "one " .. M.quote(base) .. (jobs > 1 and " &" or " || exit") end
    lines[#lines + 1] = "wait"
    M.capture(table.concat(lines, "\n"))
  else
    local list = folder .. "/jobs"
    local ok, why = files.write(list, table.concat(bases, "\n") .. "\n")
    if not ok then return nil, { index = 1, status = 1, output = why } end
    -- 255 tells xargs to start no more
    local one = 'sh "$0.sh" >"$0.log" 2>&1; s=$?; echo $s >"$0.status"; [ $s = 0 ] || exit 255'
    M.capture(string.format("xargs -a %s -d '\\n' -n 1 -P %d sh -c %s", M.quote(list), jobs, M.quote(one)))
  end
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

--- How many processors this process may use (proc(5): Cpus_allowed_list, "0-3,6").
function M.processors()
  local count, list = 0, (files.read("/proc/self/status") or ""):match("\nCpus_allowed_list:%s*([%d,-]+)") or ""
  for from, to in list:gmatch("(%d+)%-?(%d*)") do
    count = count + (tonumber(to ~= "" and to or from) - tonumber(from)) + 1
  end
  return math.max(1, math.tointeger(count))
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
