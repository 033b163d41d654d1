-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What the tools and libraries of this machine are, in words that two machines can compare: the
-- versions that tools print, and for each library its version and the GNU build ID of its shared
-- object (which tells two builds of one version apart). No path, no host name, no time.

local files = require("generator.base.files")
local libraries = require("generator.toolchain.libraries")
local shell = require("generator.toolchain.shell")

local M = {}

-- How each tool says what it is; in the order they are listed.
local tools = {
  { name = "gcc", command = "gcc -v 2>&1 | tail -n 1" },
  { name = "machine", command = "gcc -dumpmachine", of = "gcc" },
  { name = "as", command = "as --version | head -n 1" },
  { name = "ar", command = "ar --version | head -n 1" },
  { name = "mold", command = "mold --version | head -n 1" },
  { name = "glibc", command = "getconf GNU_LIBC_VERSION", of = "getconf" },
  { name = "tar", command = "tar --version | head -n 1" },
  { name = "zstd", command = "zstd --version" },
  { name = "lua", command = "lua5.4 -v", of = "lua5.4" },
}

local function one_line(text)
  return (text:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
end

-- All of them in one shell: starting processes is most of what an unchanged build does.
local function ask_tools(ask)
  local script = {}
  for i, tool in ipairs(tools) do
    script[#script + 1] = string.format("printf '\\001%d '; command -v %s >/dev/null && { %s; } 2>&1", i,
      tool.of or tool.name, tool.command)
  end
  script[#script + 1] = "printf '\\001dirs '; gcc -print-search-dirs"
  return ask(table.concat(script, "\n"))
end

local function understood(output)
  local said = {}
  for key, text in output:gmatch("\1(%w+) ([^\1]*)") do said[tonumber(key) or key] = one_line(text) end
  return said
end

local function library_folders(said)
  local list = {}
  local dirs = (said.dirs or ""):match("libraries: =(.*)$") or ""
  for folder in dirs:gmatch("[^:]+") do list[#list + 1] = folder end
  return list
end

-- The first of the folders that has the file: its path, or nil.
local function find_in(folders, name)
  for _, folder in ipairs(folders) do
    local path = folder:gsub("/$", "") .. "/" .. name
    if files.exists(path) then return path end
  end
  return nil
end

--- The GNU build ID of an ELF file as hex, or nil where it has none (ELF-64, little-endian: the gABI,
--- chapter 5; the note's type is NT_GNU_BUILD_ID = 3).
function M.build_id(path)
  local handle = io.open(path, "rb")
  if not handle then return nil end
  local found
  local header = handle:read(64)
  if header and #header == 64 and header:sub(1, 6) == "\127ELF\2\1" then
    local table_offset = string.unpack("<I8", header, 33)
    local entry_size, entries = string.unpack("<I2I2", header, 55)
    for i = 0, entries - 1 do
      handle:seek("set", table_offset + i * entry_size)
      local entry = handle:read(56)
      if not entry or #entry < 56 then break end
      local kind, _, offset, _, _, size = string.unpack("<I4I4I8I8I8I8", entry)
      if kind == 4 and size < 65536 then -- PT_NOTE
        handle:seek("set", offset)
        local notes, at = handle:read(size) or "", 1
        while at + 12 <= #notes do
          local name_size, value_size, note = string.unpack("<I4I4I4", notes, at)
          local value_at = at + 12 + (name_size + 3) // 4 * 4
          if note == 3 and notes:sub(at + 12, at + 15) == "GNU\0" then
            found = notes:sub(value_at, value_at + value_size - 1):gsub(".", function(c)
              return string.format("%02x", c:byte())
            end)
          end
          at = value_at + (value_size + 3) // 4 * 4
        end
      end
    end
  end
  handle:close()
  return found
end

local function version_of(library, said, folders)
  local how = library.version
  if how.compiler then return (said[1] or ""):match("version (%S+)") end
  if how.glibc then return (said[6] or ""):match("%S+$") end
  if how.pc then
    local path = find_in(folders, "pkgconfig/" .. how.pc .. ".pc")
    local text = path and "\n" .. (files.read(path) or "")
    local version = text and text:match("\nVersion:%s*(%S+)")
    local variable = version and version:match("^%${([%w_]+)}$")
    return variable and text:match("\n" .. variable .. "%s*=%s*(%S+)") or version
  end
  local machine = said[2] or ""
  local path = find_in({ "/usr/local/include", "/usr/include/" .. machine, "/usr/include" }, how.header)
  local text = path and files.read(path)
  if not text then return nil end
  local parts = {}
  for i, part in ipairs { "MAJOR", "MINOR", "PATCH" } do
    parts[i] = text:match("#define%s+" .. how.macro .. part .. "%s+(%d+)") or "?"
  end
  return table.concat(parts, ".")
end

local asked, cached

--- Starts to ask the tools, so that M.present need not wait for them: other work can be done meanwhile.
function M.begin()
  asked = asked or ask_tools(shell.start)
end

--- { tools = { {name, version} … }, libraries = { {name, title, version, build_id, licence} … },
--- missing = { tool or library names } }, asked once per process. A library that is not installed has
--- version "absent": it changes the stamp when it appears, because kernels may be chosen by it.
function M.present()
  if cached then return cached end
  M.begin()
  local said = understood((shell.finish(asked)))
  local result = { tools = {}, libraries = {}, missing = {} }
  for i, tool in ipairs(tools) do
    local version = said[i]
    if not version or version == "" then
      version = "absent"
      result.missing[#result.missing + 1] = tool.name
    end
    result.tools[i] = { name = tool.name, version = version }
  end
  local folders = library_folders(said)
  for i, library in ipairs(libraries.all) do
    local so = library.so or "lib" .. library.link[1]:match("^%-l(.+)$") .. ".so"
    local path = find_in(folders, so)
    local version = path and version_of(library, said, folders)
    if not version then result.missing[#result.missing + 1] = library.name end
    result.libraries[i] = { name = library.name, title = library.title, licence = library.licence,
      version = version or "absent", build_id = path and M.build_id(path) or "none" }
  end
  cached = result
  return result
end

return M
