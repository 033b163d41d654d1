-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The list of digests of an artifact, and what a signature is over: every member by name and SHA-256, so
-- that a flipped bit in any of them is found. Text that `sha256sum --check` reads as well:
--
--   # ingot artifact 1
--   # name iris_mlp
--   # stamp ad2f8cb3…
--   <64 hex digits>  <name of a member>
--
-- one line per member, in byte order of the names. A name is a path below the artifact's folder, of plain
-- parts joined by "/": no part is empty, "." or "..", none holds a control character or a backslash.

local files = require("generator.base.files")
local sha256 = require("generator.toolchain.sha256")
local sorted = require("generator.base.sorted")

local M = { ending = ".digests" }

local HEADING = "# ingot artifact 1"

--- Why `name` may not be a member's, or nil.
function M.bad_name(name)
  if name == "" or #name > 1000 then return "is empty or too long" end
  if name:find("[%c\\]") then return "holds a control character or a backslash" end
  if name:sub(1, 1) == "/" or name:sub(-1) == "/" or name:find("//", 1, true) then return "is no relative path" end
  for part in name:gmatch("[^/]+") do
    if part == "." or part == ".." then return "climbs out of the artifact" end
  end
end

--- The text for `what`: { name, stamp, members = { [name] = hex } }. Nil and why where a name is none.
function M.encode(what)
  local lines = { HEADING, "# name " .. what.name, "# stamp " .. what.stamp }
  if what.name:find("%c") then return nil, "the artifact's name holds a control character" end
  for name, digest in sorted.pairs(what.members) do
    local bad = M.bad_name(name)
    if bad then return nil, string.format("the member's name '%s' %s", name, bad) end
    lines[#lines + 1] = digest .. "  " .. name
  end
  return table.concat(lines, "\n") .. "\n"
end

--- { name, stamp, members } from a text, or nil and why. What is not exactly such a text is refused.
function M.decode(text)
  local version = text:match("^# ingot artifact (%d+)\n")
  if version and version ~= "1" then
    return nil, "is of format " .. version .. ", which this version of Ingot does not know (a newer one wrote it)"
  end
  local name, stamp, rest = text:match("^# ingot artifact 1\n# name ([^\n]+)\n# stamp (%x+)\n(.*)$")
  if not name or #stamp ~= 64 then return nil, "is damaged: it does not begin as a list of digests does" end
  local members, count, stop = {}, 0, 1
  for digest, member, after in rest:gmatch("(%x+)  ([^\n]*)\n()") do
    if #digest ~= 64 or digest:find("%u") then return nil, "is damaged: a digest of " .. #digest .. " digits" end
    local bad = M.bad_name(member)
    if bad then return nil, string.format("names a member that %s: '%s'", bad, (member:gsub("%c", "?"))) end
    if members[member] then return nil, "names the member " .. member .. " twice" end
    members[member], count, stop = digest, count + 1, after
  end
  local result = { name = name, stamp = stamp, members = members, count = count }
  -- the one form that M.encode writes: nothing can hide between the lines
  if stop ~= #rest + 1 or M.encode(result) ~= text then return nil, "is damaged: not all of its lines are digests" end
  return result
end

--- Compares members with files of `folder`; `read(name)` gives a path for a name (default: folder/name).
--- Returns the list of problems, one line each, empty where all is well.
function M.check(folder, list)
  local problems, there = {}, {}
  for name in sorted.pairs(list.members) do
    if files.exists(folder .. "/" .. name) then
      there[#there + 1] = name
    else
      problems[#problems + 1] = name .. ": is missing"
    end
  end
  local digests, why = sha256.files(folder, there)
  if not digests then
    problems[#problems + 1] = why
    return problems
  end
  for _, name in ipairs(there) do
    if digests[name] ~= list.members[name] then
      problems[#problems + 1] = string.format("%s: is not what was recorded (SHA-256 %s…, recorded %s…)", name,
        digests[name]:sub(1, 12), list.members[name]:sub(1, 12))
    end
  end
  return problems
end

return M
