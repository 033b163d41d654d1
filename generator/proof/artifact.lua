-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- An artifact as it lies on disk: an executable, and beside it under names that begin with its own the
-- files that say things about it. Nothing here runs it.
--
--   iris_mlp-ad2f8cb31d1a                   the executable
--   iris_mlp-ad2f8cb31d1a.json              the record of the build
--   iris_mlp-ad2f8cb31d1a.cdx.json          its components (components.lua)
--   iris_mlp-ad2f8cb31d1a.provenance.json   statement of the build (provenance.lua)
--   iris_mlp-ad2f8cb31d1a.training.json     statement of a training
--   iris_mlp-ad2f8cb31d1a.intoto.jsonl      both, in signed envelopes (dsse.lua)
--   iris_mlp-ad2f8cb31d1a.toolchain.json    Debian packages to build it with (packages.lua)
--   iris_mlp-ad2f8cb31d1a.digests           all of these by digest, and its signature: .digests.sig, .digests.minisig

local lfs = require("lfs")
local digests = require("generator.proof.digests")
local files = require("generator.base.files")
local manifests = require("generator.toolchain.manifest")
local sha256 = require("generator.toolchain.sha256")
local shell = require("generator.toolchain.shell")
local signature = require("generator.proof.signature")
local verify = require("generator.toolchain.verify")

local M = {}

M.endings = { record = ".json", components = ".cdx.json", build = ".provenance.json", training = ".training.json",
  envelope = ".intoto.jsonl", toolchain = ".toolchain.json", digests = digests.ending }

-- Companions that a list of digests names, in the order they are written.
M.companions = { "record", "components", "build", "training", "envelope", "toolchain" }

--- Where a companion lies, whether it is there or not.
function M.path(artifact, kind)
  return artifact.folder .. "/" .. artifact.base .. M.endings[kind]
end

--- Reads a companion, or nil.
function M.read(artifact, kind)
  return files.read(M.path(artifact, kind))
end

local function executable_in(folder, base)
  if lfs.attributes(folder .. "/" .. base, "mode") == "file" then return base end
  for _, path in ipairs(shell.list_files(folder)) do
    if path:match("[^/]+$") == base then return path end
  end
end

local function open_folder(path)
  local list = {}
  for _, name in ipairs(files.list(path, digests.ending)) do list[#list + 1] = name end
  if #list > 1 then return nil, path .. ": holds more than one list of digests: " .. table.concat(list, ", ") end
  local base = list[1] and list[1]:sub(1, -#digests.ending - 1)
  if not base then
    for _, name in ipairs(files.list(path)) do
      if name:find("%-%x%x%x%x%x%x%x%x%x%x%x%x$") and lfs.attributes(path .. "/" .. name, "mode") == "file" then
        if base then return nil, path .. ": holds more than one executable: " .. base .. ", " .. name end
        base = name
      end
    end
    if not base then return nil, path .. ": holds no executable that Ingot built" end
  end
  local executable = executable_in(path, base)
  if not executable then return nil, string.format("%s: the executable %s is missing", path, base) end
  return { folder = path, base = base, executable = path .. "/" .. executable, whole_folder = true }
end

--- The artifact at `path`, an executable or a folder: { folder, base, executable (path), whole_folder }, or nil and
--- why with exit status 2 where there is no such file.
function M.open(path)
  local mode = lfs.attributes(path, "mode")
  if not mode then return nil, path .. ": there is no such executable or folder", 2 end
  if mode == "directory" then return open_folder(path:gsub("(.)/+$", "%1")) end
  local real = shell.real_path(path)
  if not real then return nil, path .. ": cannot be read" end
  return { folder = real:match("^(.*)/"), base = real:match("[^/]+$"), executable = real, given = path }
end

--- What the executable carries: { manifest, spec, lock, sources } as texts, `decoded`, the manifest as a table, and
--- `sources_sha256`. Nil and why.
function M.carried(artifact)
  local folder, why = shell.temporary_folder(os.getenv("TMPDIR") or "/tmp")
  if not folder then return nil, why end
  local texts
  texts, why = verify.read_sections(artifact.executable, folder)
  local hex = texts and sha256.files(folder, { "sources" })
  shell.remove_folder(folder)
  if not texts then return nil, why end
  texts.decoded, why = manifests.decode(texts.manifest)
  if not texts.decoded then return nil, artifact.executable .. ": damaged manifest: " .. why end
  texts.sources_sha256 = hex and hex.sources
  return texts
end

-- Members that no list of digests can name: the list, and what signs it.
local function outside(artifact)
  local names = { [artifact.base .. digests.ending] = true }
  for _, ending in pairs(signature.endings) do names[artifact.base .. digests.ending .. ending] = true end
  return names
end

--- Compares an artifact with its list of digests and checks the signature over it, before anything of it is used.
--- `options`: signers, require. Returns { list (decoded or nil), signature (of signature.check) }, or nil and lines.
function M.check(artifact, options)
  local path = M.path(artifact, "digests")
  local text = files.read(path)
  if not text then
    if options.require or options.signers then
      return nil, { artifact.executable .. ": is not signed, and a signature is required" }
    end
    return { signature = false }
  end
  -- who wrote the list comes first: what nobody vouches for is not looked at further
  local report, why = signature.check(path, options)
  if report == nil then return nil, { path .. ": " .. why } end
  local list
  list, why = digests.decode(text)
  if not list then return nil, { path .. ": " .. why } end
  if list.name .. "-" .. list.stamp:sub(1, 12) ~= artifact.base then
    return nil, { string.format("%s: is the list of %s-%s, not of %s", path, list.name, list.stamp:sub(1, 12),
      artifact.base) }
  end
  local lines = digests.check(artifact.folder, list)
  local executable = artifact.executable:sub(#artifact.folder + 2)
  if not list.members[executable] then lines[#lines + 1] = executable .. ": is not among the digests" end
  if artifact.whole_folder then
    local apart = outside(artifact)
    for _, name in ipairs(shell.list_files(artifact.folder)) do
      if not list.members[name] and not apart[name] then
        lines[#lines + 1] = name .. ": is not among the digests: nobody vouches for it"
      end
    end
  else
    for _, kind in ipairs(M.companions) do
      local name = artifact.base .. M.endings[kind]
      if not list.members[name] and files.exists(artifact.folder .. "/" .. name) then
        lines[#lines + 1] = name .. ": is not among the digests: nobody vouches for it"
      end
    end
  end
  if #lines > 0 then
    for i, line in ipairs(lines) do lines[i] = artifact.folder .. "/" .. line end
    return nil, lines
  end
  return { list = list, signature = report }
end

return M
