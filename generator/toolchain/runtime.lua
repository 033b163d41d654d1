-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The runtime library, built once per instruction set and per hash of what goes into it, in
-- out/.runtime/<isa>-<hash12>/:
--   libingot.a   every source of runtime/ but the tools
--   ingot-scan   runtime/tools/scan.c, the scanner that lock files are made with
--   ingot-runs   runtime/tools/runs.c, which reads runs.db for build.lua
--   ingot-archive  runtime/tools/archive.c, which keeps archives
--
-- A few files are compiled for the plainest x86-64 whatever the target is: those that run before the
-- program knows that the CPU has what the target needs, and say so where it does not.

local files = require("generator.base.files")
local flags = require("generator.toolchain.flags")
local isas = require("generator.isas")
local libraries = require("generator.toolchain.libraries")
local objects = require("generator.toolchain.objects")
local shell = require("generator.toolchain.shell")
local sorted = require("generator.base.sorted")
local stamp = require("generator.toolchain.stamp")

local M = {}

-- Compiled for the oldest CPU: what runs before the CPU is checked, and ingot-archive, which whoever
-- gets an archive runs wherever he is.
local baseline = { ["runtime/cli/main.c"] = true, ["runtime/tools/archive.c"] = true }

local function is_baseline(source)
  return baseline[source] or source:find("^runtime/base/") ~= nil or source:find("^runtime/archive/") ~= nil
end

--- The largest instruction set that this CPU has and that is not above `wanted`.
function M.isa_here(wanted)
  local words = {}
  local text = files.read("/proc/cpuinfo") or ""
  for word in (text:match("\nflags%s*:([^\n]*)") or ""):gmatch("%S+") do words[word] = true end
  local best
  for _, isa in ipairs(isas.list) do
    if best == wanted then return best end
    for _, word in ipairs(isa.needs) do
      if not words[word] then return best end
    end
    best = isa.name
  end
  return best
end

-- The first lines of what a tool said, indented under a heading.
local function failure(heading, failed)
  local lines = { heading }
  for line in failed.output:gmatch("[^\n]+") do
    if #lines > 20 then break end
    lines[#lines + 1] = "  " .. line
  end
  return lines
end

local function build(root, isa, folder, settings)
  local units, list, tools = {}, {}, {}
  for _, path in ipairs(stamp.sources(root)) do
    if path:find("^runtime/.*%.c$") then
      local object = folder .. "/" .. path:gsub("^runtime/", ""):gsub("/", "-"):gsub("%.c$", ".o")
      units[#units + 1] = { folder = root, source = path, path = object,
        flags = flags.compile(is_baseline(path) and isas.list[1].name or isa) }
      local tool = path:match("^runtime/tools/([^/]+)%.c$")
      if tool then
        tools[#tools + 1] = { name = "ingot-" .. tool, object = object }
      else
        list[#list + 1] = object
      end
    end
  end
  if #list == 0 then return nil, { "there is no runtime under " .. root .. "/runtime" } end
  local logs = folder .. "/logs"
  shell.make_folder(logs)
  local said, failed, keep = objects.compile(units, { include = root .. "/runtime", jobs = settings.jobs, folder = logs,
    store = not settings.no_cache and settings.out .. "/.objects" or nil })
  if not said then return nil, failure(failed.name .. " does not compile:", failed) end
  keep()

  sorted.sort(list)
  local archive = folder .. "/libingot.a"
  local words = { "ar", "rcsD", archive }
  table.move(list, 1, #list, #words + 1, words)
  local output, status = shell.capture(shell.command(words), true)
  if status ~= 0 then return nil, failure("ar failed:", { output = output }) end
  for _, tool in ipairs(tools) do
    words = { "gcc", "-o", folder .. "/" .. tool.name, tool.object, archive }
    table.move(flags.link, 1, #flags.link, #words + 1, words)
    local link
    if tool.name == "ingot-archive" then
      link = libraries.static_link_flags(libraries.alone)
      link[#link + 1] = "-s"
    else
      link = libraries.link_flags(table.move(libraries.tools, 1, #libraries.tools, #libraries.runtime + 1,
        table.move(libraries.runtime, 1, #libraries.runtime, 1, {})))
    end
    table.move(link, 1, #link, #words + 1, words)
    output, status = shell.capture(shell.command(words), true)
    if status ~= 0 then return nil, failure(tool.name .. " does not link:", { output = output }) end
  end
  shell.remove_folder(logs)
  for _, object in ipairs(list) do os.remove(object) end
  for _, tool in ipairs(tools) do os.remove(tool.object) end
  return true
end

--- The runtime for an instruction set: { folder, archive, scan, runs, keeper, key, built }, building it where it
--- is not there. `settings` is { root, out, jobs, no_cache, say = function(line) }. Nil and a list of lines otherwise.
function M.ensure(isa, settings)
  local key, why = stamp.of_runtime(settings.root, isa)
  if not key then return nil, { why } end
  local folder = string.format("%s/.runtime/%s-%s", settings.out, isa, key:sub(1, 12))
  local result = { folder = folder, archive = folder .. "/libingot.a", scan = folder .. "/ingot-scan",
    runs = folder .. "/ingot-runs", keeper = folder .. "/ingot-archive", key = key, built = false }
  if files.exists(result.archive) then return result end
  settings.say("building the runtime for " .. isa)
  local temporary, refused = shell.temporary_folder(settings.out .. "/.build")
  if not temporary then return nil, { refused } end
  local ok, lines = build(settings.root, isa, temporary, settings)
  if ok then
    shell.make_folder(settings.out .. "/.runtime")
    local renamed, rename_why = os.rename(temporary, folder)
    if not renamed then
      shell.remove_folder(temporary)
      -- another build of the same runtime may have been faster
      if not files.exists(result.archive) then return nil, { rename_why } end
    end
    result.built = true
    return result
  end
  shell.remove_folder(temporary)
  return nil, lines
end

return M
