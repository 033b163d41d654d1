-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The stamp of an executable: the SHA-256 of a canonical text that names everything its bytes depend
-- on, one input per line, `kind name value`:
--
--   file     each source of generator, templates, runtime, build.lua, LICENSE, docs/generated-code.md;
--            SHA-256 of its bytes
--   flags    of compiler and linker, for the target's instruction set
--   library  version and build ID of each library the toolchain knows, or "absent"
--   lock     the lock file; SHA-256
--   set      each override of the command line, numbered
--   spec     the spec; SHA-256
--   variant  where the spec returns a list of experiments: the name of the one that is built
--   tool     what each tool says its version is
--   tune     the choice of kernels, where there is one (generator/tuning.lua); SHA-256
--
-- There is no time, host, user, locale or folder in it; the spec's name is that of its file, without
-- its folder. An input is { kind, name, value }; the list is part of the manifest.

local lfs = require("lfs")
local files = require("generator.base.files")
local flags = require("generator.toolchain.flags")
local identity = require("generator.toolchain.identity")
local sha256 = require("generator.toolchain.sha256")
local shell = require("generator.toolchain.shell")
local sorted = require("generator.base.sorted")

local M = {}

-- An editor's leftovers are no sources.
local function is_source(path)
  local name = path:match("[^/]+$")
  return not name:find("^[.#]") and not name:find("~$") and not name:find("%.tmp$") and not name:find("%.orig$")
end

local function source_of(ending)
  return function(path)
    if not is_source(path) then return false end
    for _, one in ipairs(ending) do
      if path:sub(-#one) == one then return true end
    end
    return false
  end
end

-- What decides the names in a folder and below: the state of each folder.
local state_of, folders_state

-- The last list for each root: { list, folders, state }. One process may stamp many experiments.
local listed = {}

-- Times of files are whole seconds: what changed in the second in which it was read may have changed after it.
local function settled(newest, time) return newest < time - 1 end

--- Every source of the project that can reach an executable, relative to `root`, in byte order; not to be changed.
function M.sources(root)
  local last = listed[root]
  if last and folders_state(root, last.folders) == last.state then return last.list end
  local time = os.time()
  local list, seen = {}, {}
  -- the last explains the generated code to whoever has only the executable
  for _, name in ipairs { "LICENSE", "build.lua", "docs/generated-code.md" } do
    if files.exists(root .. "/" .. name) then list[#list + 1] = name end
  end
  local folders = { { "generator", source_of { ".lua" } }, { "runtime", source_of { ".c", ".h" } },
    { "templates", is_source } }
  for _, folder in ipairs(folders) do
    for _, path in ipairs(shell.list_files(root .. "/" .. folder[1], folder[2])) do
      path = folder[1] .. "/" .. path
      if not path:find("^templates/ci/") then list[#list + 1] = path end -- those are for a user's repository
    end
  end
  sorted.sort(list)
  local below = { "", "docs" } -- and every folder that has a source; the others hold nothing that counts
  for _, path in ipairs(list) do
    local folder = path:match("^(.*)/")
    while folder and not seen[folder] do
      seen[folder], below[#below + 1] = true, folder
      folder = folder:match("^(.*)/")
    end
  end
  local state, newest = folders_state(root, below)
  listed[root] = settled(newest, time) and { list = list, folders = below, state = state } or nil
  return list
end

-- Digests of files of this process's tree: { [absolute path] = { digest, state } }; a file that looks as it did is not
-- read again.
local known = {}

function state_of(path)
  local a = lfs.attributes(path)
  if not a then return "", 0 end
  return string.pack("<jjjjj", a.size, a.modification, a.change, a.ino, a.dev), math.max(a.modification, a.change)
end

function folders_state(root, folders)
  local states, newest = {}, 0
  for i, folder in ipairs(folders) do
    local time
    states[i], time = state_of(root .. "/" .. folder)
    newest = math.max(newest, time)
  end
  return table.concat(states), newest
end

local begun -- { root, paths, process }: digests that a process is computing

--- Starts to read the sources below `root`, so that the first M.digests need not wait for them.
function M.begin(root)
  if begun or next(known) then return end
  local paths = M.sources(root)
  begun = #paths > 0 and { root = root, paths = paths, process = sha256.start(root, paths), time = os.time() } or nil
end

-- Takes what M.begin has started; what cannot be read is asked for again by who wants it.
local function take_begun()
  local one = begun
  begun = nil
  local digests = sha256.read(one.process, one.paths)
  for _, path in ipairs(digests and one.paths or {}) do
    local full = one.root .. "/" .. path
    local state, newest = state_of(full)
    if settled(newest, one.time) then known[full] = { digest = digests[path], state = state } end
  end
end

--- As sha256.files, for the sources of a tree.
function M.digests(root, paths)
  if begun then take_begun() end
  local missing, states, newest, digests, time = {}, {}, {}, {}, os.time()
  if root:sub(-1) ~= "/" then root = root .. "/" end
  for _, path in ipairs(paths) do
    local full = path:sub(1, 1) == "/" and path or root .. path
    states[path], newest[path] = state_of(full)
    local entry = known[full]
    if entry and entry.state == states[path] then
      digests[path] = entry.digest
    else
      missing[#missing + 1] = path
    end
  end
  local read, why = sha256.files(root, missing)
  if not read then return nil, why end
  for _, path in ipairs(missing) do
    local full = path:sub(1, 1) == "/" and path or root .. path
    digests[path] = read[path]
    known[full] = settled(newest[path], time) and { digest = read[path], state = states[path] } or nil
  end
  return digests
end

--- Inputs that are the machine's: tools, libraries, and the flags given to them.
function M.environment_inputs(isa)
  local present, list = identity.present(), {}
  for _, tool in ipairs(present.tools) do
    list[#list + 1] = { kind = "tool", name = tool.name, value = tool.version }
  end
  for _, library in ipairs(present.libraries) do
    list[#list + 1] = { kind = "library", name = library.name, value = library.version .. " " .. library.build_id }
  end
  for _, what in ipairs { "runtime", "generated" } do
    list[#list + 1] = { kind = "flags", name = what, value = table.concat(flags.compile(isa, what), " ") }
  end
  list[#list + 1] = { kind = "flags", name = "link", value = table.concat(flags.link, " ") }
  return list
end

--- A message where a source of the project is not any more what the inputs of a stamp say; nil where all are.
function M.changed(root, inputs)
  local paths, then_was = {}, {}
  for _, input in ipairs(inputs) do
    if input.kind == "file" then paths[#paths + 1], then_was[input.name] = input.name, input.value end
  end
  local digests, why = M.digests(root, paths)
  if not digests then return why end
  for _, path in ipairs(paths) do
    if digests[path] ~= then_was[path] then
      return path .. ": changed while the experiment was being built, which must be done again"
    end
  end
end

local function sort_inputs(inputs)
  local line_of = {}
  for _, input in ipairs(inputs) do line_of[input] = input.kind .. " " .. input.name .. " " .. input.value end
  sorted.sort(inputs, function(a, b) return sorted.before(line_of[a], line_of[b]) end)
  return line_of
end

-- Files as inputs, before the others, in the order that M.digest wants: hundreds need not be sorted again.
local function file_inputs(paths, digests, others)
  local inputs = {}
  for i, path in ipairs(paths) do inputs[i] = { kind = "file", name = path, value = digests[path] } end
  sort_inputs(others)
  return table.move(others, 1, #others, #inputs + 1, inputs)
end

--- The digest of a list of inputs under a heading; sorts the list in place.
function M.digest(heading, inputs)
  local line_of, lines = sort_inputs(inputs), { heading }
  for _, input in ipairs(inputs) do lines[#lines + 1] = line_of[input] end
  return sha256.text(table.concat(lines, "\n") .. "\n")
end

--- The base name of a path: "specs/x.lua" -> "x.lua".
function M.base_name(path)
  return path:match("[^/]+$")
end

--- Stamp and inputs of a build: `what` is { root, spec (path), lock = { path, text }, tune = { path, text } or nil,
--- sets, isa, variant }; the lock's text only where it is in no file. Nil and a message where a file cannot be read.
function M.of_build(what)
  local sources = M.sources(what.root)
  local paths = table.move(sources, 1, #sources, 1, {})
  local spec, lock = assert(shell.absolute(what.spec)), assert(shell.absolute(what.lock.path))
  paths[#paths + 1] = spec
  if not what.lock.text then paths[#paths + 1] = lock end
  local digests, why = M.digests(what.root, paths)
  if not digests then return nil, why end
  if what.lock.text then digests[lock] = sha256.text(what.lock.text) end
  local inputs = M.environment_inputs(what.isa)
  inputs[#inputs + 1] = { kind = "spec", name = M.base_name(what.spec), value = digests[spec] }
  inputs[#inputs + 1] = { kind = "lock", name = M.base_name(what.lock.path), value = digests[lock] }
  if what.tune then
    inputs[#inputs + 1] = { kind = "tune", name = M.base_name(what.tune.path), value = sha256.text(what.tune.text) }
  end
  if what.variant then inputs[#inputs + 1] = { kind = "variant", name = "name", value = what.variant } end
  for i, set in ipairs(what.sets) do
    -- numbered: a later one may build on an earlier one
    inputs[#inputs + 1] = { kind = "set", name = string.format("%04d", i), value = set }
  end
  inputs = file_inputs(sources, digests, inputs)
  return M.digest("ingot-stamp 1", inputs), inputs
end

--- Key and inputs of the runtime library for one instruction set.
function M.of_runtime(root, isa)
  local inputs, paths = M.environment_inputs(isa), {}
  for _, path in ipairs(M.sources(root)) do
    if path:find("^runtime/") or path:find("^generator/toolchain/") then paths[#paths + 1] = path end
  end
  local digests, why = M.digests(root, paths)
  if not digests then return nil, why end
  inputs = file_inputs(paths, digests, inputs)
  return M.digest("ingot-runtime 1", inputs), inputs
end

return M
