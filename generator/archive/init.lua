-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- An executable in out/ as what `ingot-archive archive --members FILE` wants: its members
-- (generator/archive/members.lua) and the facts by which it is found again. Storing is the tool's.

local lfs = require("lfs")
local files = require("generator.base.files")
local json = require("generator.base.json")
local manifests = require("generator.toolchain.manifest")
local members = require("generator.archive.members")
local sections = require("generator.emit.sections")
local sha256 = require("generator.toolchain.sha256")
local shell = require("generator.toolchain.shell")
local sorted = require("generator.base.sorted")

local M = {}

-- Sections of an executable as files in a folder: { manifest = path, … }.
local function extract(path, folder)
  local paths = {}
  for _, name in ipairs { "manifest", "spec", "lock" } do
    paths[name] = folder .. "/" .. name
    local output, status = shell.capture(string.format("objcopy -O binary --only-section=%s %s %s",
      sections.section(name), shell.quote(path), shell.quote(paths[name])), true)
    if status ~= 0 or not files.exists(paths[name]) then
      return nil, path .. ": no section " .. sections.section(name) .. ": not an executable that Ingot built "
        .. output:gsub("\n.*", "")
    end
  end
  return paths
end

--- The artifact that lies at `path` (a link to it will do), as members.lua describes it; nil and why.
--- `scratch` is an empty folder.
function M.open(path, options, scratch)
  local real = lfs.attributes(path, "mode") == "file" and shell.real_path(path)
  if not real then return nil, path .. ": there is no such executable" end
  local text = files.read(real .. ".json")
  if not text then
    return nil, path .. ": no record beside it (" .. real .. ".json): archive what `lua build.lua SPEC` put into out/"
  end
  local record, why = manifests.decode(text)
  if not record then return nil, real .. ".json: " .. why end
  local folder, base = real:match("^(.*)/([^/]+)$")
  local digests
  digests, why = sha256.files(folder, { base })
  if not digests then return nil, why end
  if digests[base] ~= record.sha256 then
    return nil, path .. ": is not the file that its record names: it was changed after it was built"
  end
  local paths
  paths, why = extract(real, scratch)
  if not paths then return nil, why end
  local manifest
  manifest, why = manifests.decode(files.read(paths.manifest))
  if not manifest then return nil, path .. ": damaged manifest: " .. why end
  if manifest.stamp ~= record.stamp then return nil, path .. ": its record has another stamp than it carries" end
  local results = (options.work or "work") .. "/" .. base
  return { path = real, base = base, folder = folder, record = record, manifest = manifest, sections = paths,
    results = files.exists(results) and results or nil, scratch = scratch, options = options }
end

-- A file of results, decoded; nil where it is not there or is none.
local function result(artifact, name)
  local text = artifact.results and files.read(artifact.results .. "/" .. name)
  local value = text and json.decode(text)
  return type(value) == "table" and value or nil
end

-- The numbers of each split that stand by themselves: { ["test.accuracy"] = 0.9, … }.
local function plain_numbers(metrics)
  local into = {}
  for split, values in sorted.pairs(metrics or {}) do
    for name, value in sorted.pairs(type(values) == "table" and values or {}) do
      if type(value) == "number" then into[split .. "." .. name] = value end
    end
  end
  return into
end

--- What is known of the artifact besides its files; nil and why where its results are not its own.
function M.facts(artifact)
  local metrics, gate = result(artifact, "metrics.json"), result(artifact, "gate.json")
  local facts = { size = artifact.record.size, metrics = plain_numbers(metrics and metrics.metrics) }
  if metrics and metrics.stamp ~= artifact.record.stamp then
    return nil, artifact.results .. "/metrics.json: is of another stamp"
  end
  if gate then facts.gate = gate.met and "met" or "not met" end
  if artifact.options.with_weights then
    local name = "weights.safetensors"
    local digests = artifact.results and files.exists(artifact.results .. "/" .. name)
      and sha256.files(artifact.results, { name })
    if not digests then
      return nil, string.format("there are no weights of %s in %s: run it first, or leave out --with-weights",
        artifact.base, (artifact.options.work or "work") .. "/" .. artifact.base)
    end
    facts.weights = digests[name]
    if metrics and metrics.weights ~= facts.weights then
      return nil, artifact.results .. ": its metrics are of other weights than lie there: run the word evaluate"
    end
  end
  return facts
end

--- Writes the file for --members; its path, or nil and why.
function M.describe(artifact)
  local facts, why = M.facts(artifact)
  if not facts then return nil, why end
  local list
  list, why = members.of(artifact)
  if not list then return nil, why end
  local path = artifact.scratch .. "/members.json"
  local ok
  ok, why = files.write(path, json.encode({ name = artifact.record.name, variant = artifact.record.variant,
    stamp = artifact.record.stamp, facts = facts, members = json.list(list) }))
  if not ok then return nil, why end
  return path
end

return M
