-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The components of an executable as CycloneDX 1.5 JSON: the runtime and the generator that it was
-- built from, and every shared library that the loader opens for it, with version, digest, licence and
-- Debian package. No time is in it, and its serial number is made of its content (a UUID of version 8,
-- RFC 9562): the same executable with the same libraries gives the same bytes.

local json = require("generator.base.json")
local packages = require("generator.proof.packages")
local sha256 = require("generator.toolchain.sha256")

local M = {}

local function hashes(digest)
  return json.list { { alg = "SHA-256", content = digest } }
end

local function property(list, name, value)
  if value then list[#list + 1] = { name = "ingot:" .. name, value = value } end
end

-- A licence as CycloneDX has it: an expression, or where none is known, where the text is.
local function licence(one)
  if one.licence then return json.list { { expression = one.licence } } end
  return json.list { { license = { name = "see the file copyright of the package "
    .. (one.package and one.package.package or one.soname) } } }
end

local function library(one)
  local properties = json.list {}
  property(properties, "build_id", one.build_id)
  property(properties, "opened", one.how == "opened" and "only when it is used" or nil)
  property(properties, "soname", one.soname)
  property(properties, "source_package", one.package and one.package.source .. " " .. one.package.source_version)
  return { type = "library", ["bom-ref"] = one.soname, name = one.soname, version = one.version,
    scope = one.how == "linked" and "required" or "optional", hashes = hashes(one.sha256), licenses = licence(one),
    purl = one.package and packages.purl(one.package) or nil, properties = properties }
end

-- The digest of those of a manifest's files that lie in `folder`: of a line per file.
local function digest_of(manifest, folder)
  local lines = {}
  for _, input in ipairs(manifest.inputs) do
    if input.kind == "file" and input.name:sub(1, #folder) == folder then
      lines[#lines + 1] = input.value .. "  " .. input.name .. "\n"
    end
  end
  return sha256.text(table.concat(lines))
end

local function own(manifest, name, folders)
  local digests = {}
  for i, folder in ipairs(folders) do digests[i] = digest_of(manifest, folder) end
  return { type = "library", ["bom-ref"] = name, name = name, version = sha256.text(table.concat(digests)):sub(1, 12),
    scope = "required", hashes = hashes(sha256.text(table.concat(digests))),
    licenses = json.list { { expression = "Apache-2.0" } } }
end

local function uuid(digest)
  local variant = string.format("%x", 8 | tonumber(digest:sub(17, 17), 16) & 3)
  return string.format("%s-%s-8%s-%s%s-%s", digest:sub(1, 8), digest:sub(9, 12), digest:sub(14, 16), variant,
    digest:sub(18, 20), digest:sub(21, 32))
end

--- The list as text. `what` is { base (the executable's name), sha256, manifest, libraries (of closure.of) }.
function M.encode(what)
  local manifest, libraries = what.manifest, what.libraries
  local parts = json.list { own(manifest, "ingot-generator", { "build.lua", "generator/", "templates/" }),
    own(manifest, "ingot-runtime", { "runtime/" }) }
  local direct = json.list { "ingot-generator", "ingot-runtime" }
  local edges = json.list {}
  for _, one in ipairs(libraries) do
    parts[#parts + 1] = library(one)
    local needs = json.list {}
    for _, soname in ipairs(one.needs) do needs[#needs + 1] = soname end
    edges[#edges + 1] = { ref = one.soname, dependsOn = needs }
    for _, by in ipairs(one.needed_by) do
      if by == "" then direct[#direct + 1] = one.soname end
    end
  end
  table.insert(edges, 1, { ref = what.base, dependsOn = direct })
  local bom = {
    ["$schema"] = "http://cyclonedx.org/schema/bom-1.5.schema.json",
    bomFormat = "CycloneDX", specVersion = "1.5", version = 1,
    metadata = { component = { type = "application", ["bom-ref"] = what.base, name = manifest.name,
      version = manifest.stamp:sub(1, 12), hashes = hashes(what.sha256), properties = json.list {
        { name = "ingot:stamp", value = manifest.stamp } } } },
    components = parts, dependencies = edges,
  }
  bom.serialNumber = "urn:uuid:" .. uuid(sha256.text(json.encode(bom)))
  return json.encode(bom, true) .. "\n"
end

return M
