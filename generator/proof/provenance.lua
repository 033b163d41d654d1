-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Where an executable and its weights come from, as in-toto Statements v1 with the predicate
-- https://slsa.dev/provenance/v1: one for the build, one for the training. They hold digests and
-- parameters, and neither time, host, user nor path: the same build and the same training give the same
-- statements. What the URNs mean is in docs/proof.md.

local base64 = require("generator.base.base64")
local json = require("generator.base.json")
local packages = require("generator.proof.packages")
local sha256 = require("generator.toolchain.sha256")
local sorted = require("generator.base.sorted")

local M = { media_type = "application/vnd.in-toto+json" }

local STATEMENT = "https://in-toto.io/Statement/v1"
local PREDICATE = "https://slsa.dev/provenance/v1"

local function digest(hex)
  return { sha256 = hex }
end

local function statement(subject, definition, details)
  return { _type = STATEMENT, subject = json.list(subject), predicateType = PREDICATE,
    predicate = { buildDefinition = definition, runDetails = details } }
end

local function input_of(manifest, kind)
  for _, input in ipairs(manifest.inputs) do
    if input.kind == kind then return input end
  end
end

-- The digest of all sources that the manifest lists, one line per file.
local function sources_digest(manifest)
  local lines = {}
  for _, input in ipairs(manifest.inputs) do
    if input.kind == "file" then lines[#lines + 1] = input.value .. "  " .. input.name .. "\n" end
  end
  return sha256.text(table.concat(lines))
end

--- The statement of the build. `what` is { base, sha256, manifest, sources (digest of the carried archive),
--- libraries (of closure.of), toolchain (of packages.toolchain, or nil) }.
function M.build(what)
  local manifest = what.manifest
  local materials = json.list {
    { name = manifest.spec, digest = digest(input_of(manifest, "spec").value) },
    { name = manifest.lock, digest = digest(input_of(manifest, "lock").value) },
    { name = "sources.tar.zst", digest = digest(what.sources),
      annotations = { carried = "section .ingot.sources", files = sources_digest(manifest) } },
  }
  local tune = input_of(manifest, "tune")
  if tune then materials[#materials + 1] = { name = "specs/" .. tune.name, digest = digest(tune.value) } end
  for _, one in ipairs(what.libraries) do
    if one.how == "linked" then
      materials[#materials + 1] = { name = one.soname, uri = one.package and packages.purl(one.package) or nil,
        digest = digest(one.sha256), annotations = { version = one.version, build_id = one.build_id } }
    end
  end
  for _, one in ipairs(what.toolchain and what.toolchain.packages or {}) do
    materials[#materials + 1] = { name = one.package, uri = packages.purl(one),
      annotations = { provides = one.provides } }
  end
  return statement({ { name = what.base, digest = digest(what.sha256) } }, {
    buildType = "urn:ingot:build:1",
    externalParameters = { spec = manifest.spec, lock = manifest.lock, sets = manifest.sets,
      variant = manifest.variant },
    internalParameters = { flags = manifest.flags, stamp = manifest.stamp, target = manifest.target },
    resolvedDependencies = materials,
  }, { builder = { id = "urn:ingot:generator:" .. sources_digest(manifest), version = manifest.toolchain } })
end

--- The statement of a training. `what` is { base, sha256 (of the executable), manifest, lock (decoded; {} where there
--- is none), weights = { sha256, metadata }, results = { [file name] = digest } }.
function M.training(what)
  local manifest, weights, lock = what.manifest, what.weights, what.lock
  local materials = json.list {
    { name = what.base, digest = digest(what.sha256) },
    { name = manifest.lock, digest = digest(input_of(manifest, "lock").value) },
    { name = "data of the training split", digest = digest(weights.metadata.data) },
  }
  if lock.digest then
    materials[#materials + 1] = { name = "data", digest = digest(lock.digest), annotations = {
      kind = lock.data and lock.data.kind, bytes = lock.totals and lock.totals.bytes,
      files = lock.totals and lock.totals.files } }
  end
  for _, one in ipairs(lock.weights or {}) do
    materials[#materials + 1] = { name = one.path:match("[^/]+$"), digest = digest(one.sha256) }
  end
  local byproducts = json.list {}
  for name, hex in sorted.pairs(what.results) do
    byproducts[#byproducts + 1] = { name = name, digest = digest(hex) }
  end
  return statement({ { name = "weights.safetensors", digest = digest(weights.sha256) } }, {
    buildType = "urn:ingot:training:1",
    externalParameters = { word = "train", threads = math.tointeger(tonumber(weights.metadata.threads)) or 0,
      parameters = manifest.parameters },
    internalParameters = { epochs = math.tointeger(tonumber(weights.metadata.epochs)) or 0, stamp = manifest.stamp },
    resolvedDependencies = materials,
  }, { builder = { id = "urn:ingot:executable:" .. manifest.stamp }, byproducts = byproducts })
end

function M.encode(one)
  return json.encode(one, true) .. "\n"
end

--- A statement from its text, or nil and why: what is not one of ours is refused.
function M.decode(text)
  local one, why = json.decode(text)
  if type(one) ~= "table" then return nil, why or "not an object" end
  if one._type ~= STATEMENT or one.predicateType ~= PREDICATE then
    return nil, "not an in-toto statement v1 with SLSA provenance v1"
  end
  local predicate = one.predicate
  if type(one.subject) ~= "table" or type(predicate) ~= "table" or type(predicate.buildDefinition) ~= "table" then
    return nil, "a statement without subject or build definition"
  end
  return one
end

--- The digest a statement gives of its subject `name`, or nil.
function M.subject(one, name)
  for _, subject in ipairs(one.subject) do
    if type(subject) == "table" and subject.name == name and type(subject.digest) == "table" then
      return subject.digest.sha256
    end
  end
end

--- What DSSE v1 signs of a payload: its pre-authentication encoding.
function M.to_sign(payload)
  return string.format("DSSEv1 %d %s %d %s", #M.media_type, M.media_type, #payload, payload)
end

--- A DSSE v1 envelope on one line.
function M.envelope(payload, key_id, signature)
  return json.encode { payloadType = M.media_type, payload = base64.encode(payload),
    signatures = json.list { { keyid = key_id, sig = base64.encode(signature) } } } .. "\n"
end

return M
