-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Files, read whole and written whole. Errors are returned, never thrown.

local lfs = require("lfs")
local sorted = require("generator.base.sorted")

local files = {}

-- Text of a file, or nil and why.
function files.read(path)
  if lfs.attributes(path, "mode") == "directory" then return nil, path .. ": is a folder" end
  local handle, why = io.open(path, "rb")
  if not handle then return nil, why end
  local text, failed = handle:read("a")
  handle:close()
  if not text then return nil, path .. ": " .. tostring(failed) end
  return text
end

-- Writes a file under a temporary name beside it and renames: a reader sees the old file or the
-- new one, and a failure (full disk) leaves the old one and nothing else.
function files.write(path, text)
  local temporary = path .. ".tmp"
  local handle, why = io.open(temporary, "wb")
  if not handle then return nil, why end
  local ok, failed = handle:write(text)
  -- close flushes: a full disk may show only here
  local closed, failed_closing = handle:close()
  if ok and closed then
    local renamed, not_renamed = os.rename(temporary, path)
    if renamed then return true end
    failed = not_renamed
  else
    failed = path .. ": " .. tostring(failed or failed_closing)
  end
  os.remove(temporary)
  return nil, failed
end

-- Names in a folder that end in `ending` (all where nil), in byte order; {} where there is none.
function files.list(folder, ending)
  local names = {}
  if lfs.attributes(folder, "mode") ~= "directory" then return names end
  for name in lfs.dir(folder) do
    if name ~= "." and name ~= ".." and (not ending or name:sub(-#ending) == ending) then
      names[#names + 1] = name
    end
  end
  return sorted.sort(names)
end

function files.exists(path)
  return lfs.attributes(path, "mode") ~= nil
end

return files
