-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What experiments are compared with to say what changed (generator/regenerate.lua): the executables in out/, or
-- the files of a commit. Each is { current(item), newest(item) }.

local lfs = require("lfs")
local driver = require("generator.driver")
local elf = require("generator.toolchain.elf")
local files = require("generator.base.files")
local flat = require("generator.base.flat")
local locks = require("generator.lock")
local manifests = require("generator.toolchain.manifest")
local sections = require("generator.emit.sections")
local sha256 = require("generator.toolchain.sha256")
local shell = require("generator.toolchain.shell")
local stamps = require("generator.toolchain.stamp")

local M = {}

-- ------------------------------------------------------------------ out/

-- The manifest that an executable carries, or nil.
local function manifest_of(path)
  local text = elf.section(path, sections.section("manifest"))
  return text and manifests.decode(text)
end

--- The executables in `out`. Current is what is whole; newest is the last one of the spec and name that was built
--- without --set, or with where there is none.
function M.built(out)
  local records, digests = {}, {}
  for _, name in ipairs(files.list(out, ".json")) do
    local path = out .. "/" .. name:gsub("%.json$", "")
    local record = manifests.decode(files.read(out .. "/" .. name) or "")
    local attributes = lfs.attributes(path)
    if record and record.file and attributes and attributes.size == record.size then
      records[#records + 1] = { record = record, path = path, file = record.file, time = attributes.modification }
    end
  end
  local paths = {}
  for i, one in ipairs(records) do paths[i] = shell.absolute(one.path) end
  digests = sha256.files("/", paths) or digests
  local by_stamp = {}
  for i, one in ipairs(records) do
    if digests[paths[i]] == one.record.sha256 then by_stamp[one.record.stamp] = one end
  end
  local before = {}
  function before.current(item)
    local one = by_stamp[item.stamp]
    return one ~= nil and one.file == item.base
  end
  function before.newest(item)
    local best
    local function better(one)
      local plain, best_plain = #one.record.sets == 0, best and #best.record.sets == 0
      if not best or plain ~= best_plain then return not best or plain end
      return one.time > best.time or (one.time == best.time and one.file > best.file)
    end
    for _, one in ipairs(records) do
      if one.record.name == item.name and one.record.spec == "specs/" .. stamps.base_name(item.spec)
        and better(one) then
        best = one
      end
    end
    local manifest = best and manifest_of(best.path)
    return manifest and { stamp = manifest.stamp, inputs = manifest.inputs, parameters = manifest.parameters }
  end
  return before
end

-- ------------------------------------------------------------------ a commit

local function git(folder, words)
  local command = { "git", "-C", folder }
  table.move(words, 1, #words, #command + 1, command)
  local output, status = shell.capture(shell.command(command), true)
  if status ~= 0 then return nil, (output:gsub("\n.*", "")) end
  return output
end

-- The top of the repository that a folder is in, as a real path; nil and git's word.
local function top_of(folder)
  local output, why = git(folder, { "rev-parse", "--show-toplevel" })
  return output and output:gsub("\n$", ""), why
end

-- What a path is called below a folder, or nil where it is not there.
local function below(path, folder)
  if path:sub(1, #folder + 1) == folder .. "/" then return path:sub(#folder + 2) end
end

--- The files of a commit of the repository that the specs are in, unpacked into `scratch`. Where Ingot itself is not
--- in that repository its own sources are not compared, and `note` says so. Nil and a message where there is no such
--- commit.
function M.commit(revision, specs, root, scratch)
  local top, why = top_of(assert(specs[1]):match("^(.*)/[^/]*$") or ".")
  if not top then return nil, "--since: " .. why end
  local commit = git(top, { "rev-parse", "--verify", "--quiet", "--end-of-options", revision .. "^{commit}" })
  if not commit then return nil, "--since: there is no commit '" .. revision .. "' here" end
  commit = commit:gsub("\n$", "")
  local output, status = shell.capture(string.format("git -C %s archive --format=tar %s | tar -C %s -xf -",
    shell.quote(top), commit, shell.quote(scratch)), true)
  if status ~= 0 then return nil, "--since: " .. (output:gsub("\n.*", "")) end

  local own = root == top and "" or below(root, top)
  local old_root = own and scratch .. (own == "" and "" or "/" .. own) or root
  local before = { same_is_current = true, note = not own and root .. " is not in the repository of the specs: "
    .. "the generator and the runtime are not compared" or nil }
  local variants = {} -- of each spec at that time

  function before.current() return false end

  function before.newest(item)
    local path = assert(shell.real_path(item.spec))
    local name = below(path, top)
    local old = name and scratch .. "/" .. name
    if not old or not files.exists(old) then return nil end
    if not variants[old] then
      -- at that time it may have been wrong, or mean something that this generator does not know
      variants[old] = driver.variants(old, {}) or {}
    end
    local variant
    for _, one in ipairs(variants[old]) do
      if one.name == item.name and one.experiment then variant = one end
    end
    if not variant and #variants[old] > 0 and item.list then return nil end
    local lock = { path = variant and variant.lock or old:gsub("%.lua$", ".lock") }
    if not files.exists(lock.path) then
      local declared = variant and variant.experiment.data.declared and locks.declare(variant.experiment)
      lock.text = declared and declared.text or ""
    end
    local stamp, inputs = stamps.of_build { root = old_root, spec = old, lock = lock, sets = {}, isa = item.isa,
      variant = item.list and item.name or nil }
    return stamp and { stamp = stamp, inputs = inputs,
      parameters = variant and flat.fields(variant.experiment) or nil }
  end
  return before
end

return M
