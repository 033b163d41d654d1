-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What experiments are compared with to say what changed (generator/regenerate/init.lua): the executables in out/,
-- what an archive holds, or the files of a commit. Each is { current(item), newest(item) }.

local lfs = require("lfs")
local driver = require("generator.driver")
local elf = require("generator.toolchain.elf")
local files = require("generator.base.files")
local flat = require("generator.base.flat")
local json = require("generator.base.json")
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

-- ------------------------------------------------------------------ an archive

-- What the archive's tool says with --json: its last line, decoded; nil and its first complaint.
local function said(words)
  local output, status = shell.capture(shell.command(words), true)
  local answer = json.decode(output:match("([^\n]*)\n*$") or "")
  if status ~= 0 or type(answer) ~= "table" then
    return nil, type(answer) == "table" and answer.error or (output:gsub("\n.*", ""))
  end
  return answer
end

--- The artifacts of an archive (a folder, s3://bucket/prefix), asked of `tool`, the path of ingot-archive. Current is
--- what is archived; newest is what was archived last under the name, its manifest unpacked into `scratch`. Nil and a
--- message where the archive cannot be read.
function M.archived(place, tool, scratch)
  local answer, why = said { tool, "list", "--archive", place, "--json" }
  if not answer then return nil, "--archive: " .. why end
  local by_stamp, by_name = {}, {}
  for _, artifact in ipairs(answer.artifacts or {}) do
    by_stamp[artifact.stamp] = true
    local newest = by_name[artifact.name]
    if not newest or artifact.number > newest.number then by_name[artifact.name] = artifact end
  end
  local before = {}
  function before.current(item) return by_stamp[item.stamp] == true end
  function before.newest(item)
    local artifact = by_name[item.name]
    if not artifact then return nil end
    local to = scratch .. "/" .. artifact.stamp
    if not files.exists(to .. "/manifest.json") then
      local restored, refused = said { tool, "restore", artifact.stamp, "--archive", place, "--only", "manifest",
        "--to", to, "--json" }
      if not restored then
        before.note = ("--archive: %s %s: %s"):format(artifact.name, artifact.stamp:sub(1, 12), refused)
        return nil
      end
    end
    local manifest = manifests.decode(files.read(to .. "/manifest.json") or "")
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
