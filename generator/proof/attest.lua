-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Writes beside an executable what proves it: components, provenance, packages, digests, and a signature
-- over all of that where a key is given. Everything is made from what the executable carries and from the
-- libraries it was linked with; a machine that no longer has those cannot say anything true about it.

local artifacts = require("generator.proof.artifact")
local closure = require("generator.proof.closure")
local components = require("generator.proof.components")
local digests = require("generator.proof.digests")
local dsse = require("generator.proof.dsse")
local files = require("generator.base.files")
local json = require("generator.base.json")
local licences = require("generator.proof.licences")
local packages = require("generator.proof.packages")
local provenance = require("generator.proof.provenance")
local safetensors = require("generator.proof.safetensors")
local sha256 = require("generator.toolchain.sha256")
local signature = require("generator.proof.signature")
local sorted = require("generator.base.sorted")
local verify = require("generator.toolchain.verify")

local M = {}

-- Results of a training that hold no times (docs/executable.md).
local results = { "gate.json", "history.json", "metrics.json", "validation.json" }

local function fail(status, lines)
  local errors = { status = status }
  for i, line in ipairs(type(lines) == "table" and lines or { lines }) do errors[i] = line end
  return nil, errors
end

-- Libraries that are others than the build was linked with, one line each.
local function other_libraries(manifest, list)
  local built, lines = {}, {}
  for _, library in ipairs(manifest.libraries) do built[library.name] = library end
  for _, one in ipairs(list) do
    local declared = licences.declared(one.soname)
    local before = declared and built[declared.name]
    if before and before.build_id ~= one.build_id then
      lines[#lines + 1] = string.format("  %s: built with %s (build ID %s…), here %s (%s…)", one.soname, before.version,
        before.build_id:sub(1, 8), one.version, (one.build_id or "none"):sub(1, 8))
    end
  end
  return lines
end

--- The libraries of an artifact (closure.of), where they are those it was built with; nil and { status, lines … }.
function M.libraries(artifact, manifest)
  local list, why = closure.of(artifact.executable)
  if not list then return fail(5, why) end
  local lines = other_libraries(manifest, list)
  if #lines == 0 then return list end
  table.insert(lines, 1, artifact.executable .. ": libraries here are not those it was built with:")
  return fail(5, lines)
end

-- The statement of the training whose results lie in `folder`, or nil where there is none.
local function training_of(folder, what)
  local path = folder .. "/weights.safetensors"
  if not files.exists(path) then return nil, folder .. ": there are no weights: train first" end
  local metadata, why = safetensors.metadata(path)
  if not metadata then return nil, why end
  if metadata.stamp ~= what.manifest.stamp then
    return nil, string.format("%s: are weights of stamp %s, not of %s", path, tostring(metadata.stamp):sub(1, 12),
      what.manifest.stamp:sub(1, 12))
  end
  local names = { "weights.safetensors" }
  for _, name in ipairs(results) do
    if files.exists(folder .. "/" .. name) then names[#names + 1] = name end
  end
  local hex
  hex, why = sha256.files(folder, names)
  if not hex then return nil, why end
  local weights = { sha256 = hex["weights.safetensors"], metadata = metadata }
  hex["weights.safetensors"] = nil
  return provenance.training { base = what.base, sha256 = what.sha256, manifest = what.manifest, lock = what.lock,
    weights = weights, results = hex }
end

-- The statements as texts, and their envelopes where the key makes some.
local function write_statements(build, training, key, texts)
  local lines = {}
  for _, one in ipairs { { "build", build }, { "training", training } } do
    if one[2] then
      texts[one[1]] = provenance.encode(one[2])
      if key then
        local line, why = dsse.sign(texts[one[1]], key)
        if line == nil then return nil, why end
        if line then lines[#lines + 1] = line end
      end
    end
  end
  if #lines > 0 then texts.envelope = table.concat(lines) end
  return true
end

local function write_all(artifact, texts, manifest)
  local members = { artifact.base }
  for _, kind in ipairs(artifacts.companions) do
    local path = artifacts.path(artifact, kind)
    if texts[kind] then
      local ok, why = files.write(path, texts[kind])
      if not ok then return nil, why end
    elseif kind ~= "record" then
      os.remove(path) -- of an earlier time, when more was asked for
    end
    if files.exists(path) then members[#members + 1] = artifact.base .. artifacts.endings[kind] end
  end
  local hex, why = sha256.files(artifact.folder, members)
  if not hex then return nil, why end
  local text
  text, why = digests.encode { name = manifest.name, stamp = manifest.stamp, members = hex }
  if not text then return nil, why end
  local path = artifacts.path(artifact, "digests")
  if files.read(path) ~= text then
    for _, ending in pairs(signature.endings) do os.remove(path .. ending) end
  end
  local ok
  ok, why = files.write(path, text)
  if not ok then return nil, why end
  return members
end

--- What is to be written of the executable at `path`, as texts by kind (artifact.lua). `options`: results (the folder
--- of a finished training: also that), sign (path of a key, for envelopes), with_toolchain. Returns them with
--- `artifact`, `manifest`, `libraries` and `sha256`, or nil and { status, lines … }.
function M.texts(path, options)
  local artifact, why, status = artifacts.open(path)
  if not artifact then return fail(status or 1, why) end
  local carried
  carried, why = artifacts.carried(artifact)
  if not carried then return fail(1, why) end
  local manifest = carried.decoded
  if manifest.name .. "-" .. manifest.stamp:sub(1, 12) ~= artifact.base then
    return fail(1, string.format("%s: carries the manifest of %s-%s: it must have that name to be attested", path,
      manifest.name, manifest.stamp:sub(1, 12)))
  end
  if options.sign then
    local kind
    kind, why = signature.kind_of_key(options.sign)
    if not kind then return fail(2, why) end
  end
  local list, lines = M.libraries(artifact, manifest)
  if not list then return nil, lines end
  local what = { base = artifact.base, manifest = manifest, libraries = list,
    sha256 = assert(sha256.files("/", { artifact.executable }))[artifact.executable],
    sources = carried.sources_sha256, lock = carried.lock:find("^%s*{") and json.decode(carried.lock) or {} }
  local record = artifacts.read(artifact, "record")
  if record and (json.decode(record) or {}).sha256 ~= what.sha256 then
    return fail(1, path .. ": is not the file that was built: its record has another SHA-256")
  end
  local texts = { artifact = artifact, manifest = manifest, libraries = list, sha256 = what.sha256,
    components = components.encode(what) }
  if options.with_toolchain then
    lines = verify.environment_differences(manifest)
    if #lines > 0 then
      table.insert(lines, 1, path .. ": its toolchain cannot be recorded here, because here is another one:")
      return fail(5, lines)
    end
    what.toolchain = packages.toolchain(manifest.target.isa)
    if #what.toolchain.packages == 0 then
      return fail(5, "no Debian packages are known here (dpkg-query): the toolchain cannot be recorded")
    end
    texts.toolchain = json.encode(what.toolchain, true) .. "\n"
  end
  local training
  if options.results then
    training, why = training_of(options.results, what)
    if not training then return fail(1, why) end
  end
  local ok
  ok, why = write_statements(provenance.build(what), training, options.sign, texts)
  if not ok then return fail(1, why) end
  return texts
end

--- Attests the executable at `path`: files beside it. `options`: work (a folder of runs: also the training), sign (path
--- of a key), with_toolchain. Returns { base, stamp, sha256, libraries, members = names, signature = { kind, key } or
--- nil, training = boolean }, or nil and { status, lines … }.
function M.write(path, options)
  local base = (artifacts.open(path) or {}).base
  local texts, errors = M.texts(path, { sign = options.sign, with_toolchain = options.with_toolchain,
    results = options.work and base and options.work .. "/" .. base or nil })
  if not texts then return nil, errors end
  local artifact, manifest = texts.artifact, texts.manifest
  local members, why = write_all(artifact, texts, manifest)
  if not members then return fail(1, why) end
  local signed
  if options.sign then
    local to, kind = signature.sign(artifacts.path(artifact, "digests"), options.sign)
    if not to then return fail(1, kind) end
    signed = { path = to, kind = kind, envelope = texts.envelope ~= nil }
  end
  return { base = artifact.base, folder = artifact.folder, stamp = manifest.stamp, sha256 = texts.sha256,
    libraries = texts.libraries, members = sorted.sort(members), signature = signed, training = texts.training ~= nil }
end

return M
