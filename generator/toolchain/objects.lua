-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- C files to objects, none compiled twice: an object is kept under the SHA-256 of what its bytes follow
-- from, and taken from there by whoever wants the same again, another experiment as well.
--
-- What its bytes follow from: the text of the file without the comment it begins with (generated files
-- have the stamp there; lines keep their numbers), its name, the headers of the project that it reaches through
-- `#include "…"`, the flags, and the tools and libraries of the machine with their versions. The compiler is
-- deterministic, so an object from the store is the one that compiling would give.

local files = require("generator.base.files")
local identity = require("generator.toolchain.identity")
local sha256 = require("generator.toolchain.sha256")
local shell = require("generator.toolchain.shell")
local sorted = require("generator.base.sorted")
local stamp = require("generator.toolchain.stamp")
local store = require("generator.toolchain.store")

local M = {}

-- Tools and libraries in words, once per process.
local environment
local function environment_digest()
  if environment then return environment end
  local present, lines = identity.present(), {}
  for _, tool in ipairs(present.tools) do lines[#lines + 1] = tool.name .. " " .. tool.version end
  for _, library in ipairs(present.libraries) do
    lines[#lines + 1] = library.name .. " " .. library.version .. " " .. library.build_id
  end
  environment = sha256.text(table.concat(lines, "\n"))
  return environment
end

-- Quoted includes of a text.
local function included(text)
  local names = {}
  for name in text:gmatch('#%s*include%s+"([^"\n]+)"') do names[#names + 1] = name end
  return names
end

-- A header as gcc finds it: beside the file that names it, else below `include`. Nil where the project has none
-- (the system's are known by their library's version).
local function find_header(name, beside, include)
  for _, folder in ipairs { beside, include } do
    local path = folder .. "/" .. name
    if files.exists(path) then return path end
  end
end

-- The headers that a text reaches, all of them: paths in byte order. `known` keeps what each header names.
local function reached(text, beside, include, known)
  local seen, list = {}, {}
  local function follow(names, folder)
    for _, name in ipairs(names) do
      local path = find_header(name, folder, include)
      if path and not seen[path] then
        seen[path], list[#list + 1] = true, path
        known[path] = known[path] or included(files.read(path) or "")
        follow(known[path], path:match("^(.*)/"))
      end
    end
  end
  follow(included(text), beside)
  return sorted.sort(list)
end

-- A text without the comment it begins with; the lines after it keep their numbers.
local function without_banner(text)
  local comment, rest = text:match("^(/%*.-%*/)(.*)$")
  if not comment then return text end
  return comment:gsub("[^\n]+", "") .. rest
end

-- Gives each unit its key. Texts are hashed by one process; headers once for all units of this process.
local function name_units(units, include, folder)
  local known, paths, headers = {}, {}, {}
  for i, unit in ipairs(units) do
    local text = assert(files.read(unit.folder .. "/" .. unit.source))
    local beside = unit.folder .. "/" .. (unit.source:match("^(.*)/") or ".")
    headers[i] = reached(text, beside, include, known)
    unit.size = #text
    unit.plain = string.format("%s/%04d.plain", folder, i)
    assert(files.write(unit.plain, without_banner(text)))
    paths[#paths + 1] = unit.plain
  end
  local digests, reachable, listed = assert(sha256.files("/", paths)), {}, {}
  for _, list in ipairs(headers) do
    for _, path in ipairs(list) do
      if not listed[path] then listed[path], reachable[#reachable + 1] = true, path end
    end
  end
  local headers_digests = assert(stamp.digests(".", reachable))
  for i, unit in ipairs(units) do
    local lines = { "ingot-object 1", environment_digest(), table.concat(unit.flags, " "), unit.source,
      digests[unit.plain] }
    for _, path in ipairs(headers[i]) do lines[#lines + 1] = headers_digests[path] end
    unit.key = sha256.text(table.concat(lines, "\n"))
  end
end

local function command_of(unit, include)
  local words = { "gcc" }
  table.move(unit.flags, 1, #unit.flags, 2, words)
  for _, word in ipairs { "-I" .. include, "-ffile-prefix-map=" .. include:gsub("/[^/]*$", "") .. "=.",
    "-ffile-prefix-map=" .. unit.folder .. "=.", "-frandom-seed=" .. unit.source, "-c", unit.source, "-o",
    unit.path } do
    words[#words + 1] = word
  end
  return "cd " .. shell.quote(unit.folder) .. " && " .. shell.command(words)
end

--- Compiles `units`, a list of { folder (absolute), source (below it), flags (words), path (absolute; of the object) }.
--- `what` is { include (absolute; the folder of headers), jobs, folder (for scripts and logs), store (or nil),
--- also = more shell commands to run beside, { { name, command, or made = element for the store and command =
--- function(taken) } … } }. Returns what the compiler said, the number of files it compiled and a function that puts
--- what was made into the store (to be called when there is time); or nil and { name, output } of the first failure.
function M.compile(units, what)
  name_units(units, what.include, what.folder)
  local wanted, made = table.move(units, 1, #units, 1, {}), {}
  for _, one in ipairs(what.also or {}) do wanted[#wanted + 1] = one.made end
  store.take(what.store, wanted)
  local queue, commands = {}, {}
  for _, unit in ipairs(units) do
    if not unit.taken then queue[#queue + 1] = unit end
  end
  -- the longest first, so that none is left alone at the end
  sorted.sort(queue, function(a, b)
    if a.size ~= b.size then return a.size > b.size end
    return a.source < b.source
  end)
  for i, unit in ipairs(queue) do commands[i] = command_of(unit, what.include) end
  for _, one in ipairs(what.also or {}) do
    commands[#commands + 1] = one.made and one.command(one.made.taken) or one.command
    if one.made and not one.made.taken then made[#made + 1] = one.made end
  end
  local outputs, failed = shell.parallel(commands, what.jobs, what.folder)
  if not outputs then
    local unit = queue[failed.index]
    return nil, { name = unit and unit.source or what.also[failed.index - #queue].name, output = failed.output }
  end
  for i, unit in ipairs(queue) do
    -- what the compiler complained about is compiled again, so that it is said again
    if outputs[i] == "" then made[#made + 1] = unit end
  end
  return table.concat(outputs), #queue, function() store.put(what.store, made) end
end

return M
