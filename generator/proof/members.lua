-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What proves an artifact, as members of an archive (generator/archive/members.lua): components and
-- provenance, on request the toolchain's packages and the bundle, and over all members the list of
-- digests with a signature where a key is given.
--
-- Components are in every artifact that can have them. A machine whose libraries are others than those
-- the executable was linked with takes the files of an earlier `attest` where they are there; where not, it
-- archives without them, unless they were asked for.

local artifacts = require("generator.proof.artifact")
local attest = require("generator.proof.attest")
local bundle = require("generator.proof.bundle")
local digests = require("generator.proof.digests")
local files = require("generator.base.files")
local sha256 = require("generator.toolchain.sha256")
local shell = require("generator.toolchain.shell")
local signature = require("generator.proof.signature")

local M = {}

-- Roles of the files of attest.
local roles = { components = "components", build = "provenance", training = "provenance", envelope = "provenance",
  toolchain = "toolchain" }

local function text_of(errors)
  return table.concat(errors, "\n")
end

-- The files of attest, made now in the scratch folder or, where this machine cannot, those beside the executable.
local function attested(artifact, options)
  local folder = artifact.scratch .. "/proof"
  local ok, why = shell.make_folder(folder)
  if not ok then return nil, why end
  local weights = artifact.results and files.exists(artifact.results .. "/weights.safetensors")
  local texts, errors = attest.texts(artifact.path, { sign = options.sign, with_toolchain = options.with_toolchain,
    results = weights and artifact.results or nil })
  if not texts and (errors.status ~= 5 or options.sign or options.with_toolchain or options.bundle) then
    return nil, text_of(errors)
  end
  local list, beside = {}, { folder = artifact.folder, base = artifact.base }
  for kind, role in pairs(roles) do
    local name, file = artifact.base .. artifacts.endings[kind], nil
    if texts and texts[kind] then
      file = folder .. "/" .. name
      ok, why = files.write(file, texts[kind])
      if not ok then return nil, why end
    elseif not texts and files.exists(artifacts.path(beside, kind)) then
      file = artifacts.path(beside, kind)
    end
    if file then list[#list + 1] = { path = name, role = role, file = file } end
  end
  if #list == 0 then
    io.stderr:write(text_of(errors), "\n", artifact.base, ": archived without its components and provenance\n")
  end
  return list
end

-- The bundle, file by file: the libraries of many executables are stored once.
local function bundled(artifact, options, root)
  local folder = artifact.scratch .. "/bundle"
  local ok, why = shell.make_folder(folder)
  if not ok then return nil, why end
  local done, errors = bundle.fill(artifact.path, folder, { root = root, sign = options.sign })
  if not done then return nil, text_of(errors) end
  local list = {}
  for _, name in ipairs(shell.list_files(folder)) do
    list[#list + 1] = { path = "bundle/" .. name, role = "bundle", file = folder .. "/" .. name,
      run = name == done.name or name:find("^bin/") ~= nil or name:find("^lib/ld%-") ~= nil }
  end
  return list
end

-- The list of digests over all members so far, and its signature.
local function sealed(artifact, members, options)
  local paths, hex, by_path = {}, {}, {}
  for i, member in ipairs(members) do paths[i] = assert(shell.absolute(member.file)) end
  local found, why = sha256.files("/", paths)
  if not found then return nil, why end
  for i, member in ipairs(members) do
    if by_path[member.path] then return nil, "two members have the path " .. member.path end
    hex[member.path], by_path[member.path] = found[paths[i]], true
  end
  local text
  text, why = digests.encode { name = artifact.record.name, stamp = artifact.record.stamp, members = hex }
  if not text then return nil, why end
  local name = artifact.base .. digests.ending
  local file = artifact.scratch .. "/proof/" .. name
  local ok
  ok, why = files.write(file, text)
  if not ok then return nil, why end
  local list = { { path = name, role = "digests", file = file } }
  if options.sign then
    local to, kind = signature.sign(file, options.sign)
    if not to then return nil, kind end
    list[2] = { path = name .. signature.endings[kind], role = "signature", file = to }
  end
  return list
end

--- The provider: members to be added to those in `before`.
function M.provide(artifact, before)
  local options, list = artifact.options, {}
  local all = table.move(before, 1, #before, 1, {})
  local function add(more)
    table.move(more, 1, #more, #list + 1, list)
    table.move(more, 1, #more, #all + 1, all)
  end
  local more, why = attested(artifact, options)
  if not more then return nil, why end
  add(more)
  if options.bundle then
    more, why = bundled(artifact, options, options.root)
    if not more then return nil, why end
    add(more)
  end
  more, why = sealed(artifact, all, options)
  if not more then return nil, why end
  add(more)
  return list
end

return M
