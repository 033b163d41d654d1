-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Is an artifact what it says it is? In this order, and nothing of it is run before the first two are
-- done: the signature over its list of digests; every member against that list; the executable built
-- again from what it carries (toolchain/verify.lua); and on request the training done again.

local artifacts = require("generator.proof.artifact")
local deep = require("generator.proof.deep")
local packages = require("generator.proof.packages")
local toolchain = require("generator.toolchain.verify")

local M = {}

local function fail(status, lines)
  local errors = { status = status }
  for i, line in ipairs(type(lines) == "table" and lines or { lines }) do errors[i] = line end
  return nil, errors
end

-- How to get what it was built with, from the record of `attest --with-toolchain`.
local function remedy_of(artifact)
  return function(differing)
    local text = artifacts.read(artifact, "toolchain")
    if not text then
      return { "which Debian packages had these was not recorded (`attest --with-toolchain` does)" }
    end
    local record, why = packages.decode(text)
    if not record then return { artifacts.path(artifact, "toolchain") .. ": " .. why } end
    local words = packages.words(record, differing)
    if #words == 0 then return { "none of these came from a Debian package" } end
    return { "to have them again: apt-get install " .. table.concat(words, " "),
      "(versions that Debian's archive no longer offers are in its snapshot archive)" }
  end
end

--- Verifies the artifact at `path`, an executable or a folder. `options`: jobs, say, objects (toolchain/verify.lua),
--- signers, require, deep, data, work. Returns { stamp, size, sha256, members = count or nil, signature = of
--- signature.check, weights = digest where it was trained again }, or nil and { status, lines … }.
function M.artifact(path, options)
  local artifact, why, status = artifacts.open(path)
  if not artifact then return fail(status or 1, why) end
  local checked
  checked, why = artifacts.check(artifact, options)
  if not checked then return fail(1, why) end
  local recorded
  if options.deep then
    recorded, why = deep.recorded(artifact)
    if not recorded then return fail(1, why) end
  end
  local shown = artifact.given or artifact.executable
  local report, errors = toolchain.file(shown, { jobs = options.jobs, say = options.say, remedy = remedy_of(artifact),
    objects = options.objects })
  if not report then return nil, errors end
  report.signature, report.members = checked.signature, checked.list and checked.list.count
  if options.deep then
    report.weights, errors = deep.train(artifact, recorded, options)
    if not report.weights then return nil, errors end
  end
  return report
end


return M
