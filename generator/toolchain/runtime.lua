-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The runtime library, built once per instruction set and per hash of what goes into it, in
-- out/.runtime/<isa>-<hash12>/:
--   libingot.a   every source of runtime/ but the tools
--   ingot-scan   runtime/tools/scan.c, the scanner that lock files are made with
--   ingot-runs   runtime/tools/runs.c, which reads runs.db for build.lua
--
-- A few files are compiled for the plainest x86-64 whatever the target is: those that run before the
-- program knows that the CPU has what the target needs, and say so where it does not.

local files = require("generator.base.files")
local flags = require("generator.toolchain.flags")
local isas = require("generator.isas")
local libraries = require("generator.toolchain.libraries")
local shell = require("generator.toolchain.shell")
local sorted = require("generator.base.sorted")
local stamp = require("generator.toolchain.stamp")

local M = {}

local baseline = { ["runtime/base/cpu.c"] = true, ["runtime/base/error.c"] = true, ["runtime/cli/main.c"] = true }

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

local function compile_command(root, isa, seed, source, object)
  local words = { "gcc" }
  local list = flags.compile(baseline[source] and isas.list[1].name or isa)
  table.move(list, 1, #list, 2, words)
  for _, word in ipairs { "-Iruntime", "-ffile-prefix-map=" .. root .. "=.", "-frandom-seed=" .. seed,
    "-c", source, "-o", object } do
    words[#words + 1] = word
  end
  return "cd " .. shell.quote(root) .. " && " .. shell.command(words)
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

local function build(root, isa, key, folder, jobs)
  local seed, commands, objects = key:sub(1, 16), {}, {}
  local sources, tools = {}, {}
  for _, path in ipairs(stamp.sources(root)) do
    if path:find("^runtime/.*%.c$") then sources[#sources + 1] = path end
  end
  for i, source in ipairs(sources) do
    local object = folder .. "/" .. source:gsub("^runtime/", ""):gsub("/", "-"):gsub("%.c$", ".o")
    commands[i] = compile_command(root, isa, seed, source, object)
    local tool = source:match("^runtime/tools/([^/]+)%.c$")
    if tool then
      tools[#tools + 1] = { name = "ingot-" .. tool, object = object }
    else
      objects[#objects + 1] = object
    end
  end
  if #objects == 0 then return nil, { "there is no runtime under " .. root .. "/runtime" } end
  local logs = folder .. "/logs"
  shell.make_folder(logs)
  local outputs, failed = shell.parallel(commands, jobs, logs)
  if not outputs then return nil, failure(sources[failed.index] .. " does not compile:", failed) end

  sorted.sort(objects)
  local archive = folder .. "/libingot.a"
  local words = { "ar", "rcsD", archive }
  table.move(objects, 1, #objects, #words + 1, words)
  local output, status = shell.capture(shell.command(words), true)
  if status ~= 0 then return nil, failure("ar failed:", { output = output }) end
  for _, tool in ipairs(tools) do
    words = { "gcc", "-o", folder .. "/" .. tool.name, tool.object, archive }
    table.move(flags.link, 1, #flags.link, #words + 1, words)
    local wanted = table.move(libraries.tools, 1, #libraries.tools, #libraries.runtime + 1,
      table.move(libraries.runtime, 1, #libraries.runtime, 1, {}))
    local link = libraries.link_flags(wanted)
    table.move(link, 1, #link, #words + 1, words)
    output, status = shell.capture(shell.command(words), true)
    if status ~= 0 then return nil, failure(tool.name .. " does not link:", { output = output }) end
  end
  shell.remove_folder(logs)
  for _, object in ipairs(objects) do os.remove(object) end
  for _, tool in ipairs(tools) do os.remove(tool.object) end
  return true
end

--- The runtime for an instruction set: { folder, archive, scan, runs, key, built }, building it where it is
--- not there. `settings` is { root, out, jobs, say = function(line) }. Nil and a list of lines otherwise.
function M.ensure(isa, settings)
  local key, why = stamp.of_runtime(settings.root, isa)
  if not key then return nil, { why } end
  local folder = string.format("%s/.runtime/%s-%s", settings.out, isa, key:sub(1, 12))
  local result = { folder = folder, archive = folder .. "/libingot.a", scan = folder .. "/ingot-scan",
    runs = folder .. "/ingot-runs", key = key,
    built = false }
  if files.exists(result.archive) then return result end
  settings.say("building the runtime for " .. isa)
  local temporary, refused = shell.temporary_folder(settings.out .. "/.build")
  if not temporary then return nil, { refused } end
  local ok, lines = build(settings.root, isa, key, temporary, settings.jobs)
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
