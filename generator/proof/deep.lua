-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The training done again, and its weights compared with those on record: the statement of the training
-- beside the executable, or the weights themselves where the artifact has them. The executable that
-- trains is one that was just built again and found the same to the byte.

local artifacts = require("generator.proof.artifact")
local files = require("generator.base.files")
local json = require("generator.base.json")
local provenance = require("generator.proof.provenance")
local safetensors = require("generator.proof.safetensors")
local sha256 = require("generator.toolchain.sha256")
local shell = require("generator.toolchain.shell")

local M = {}

local function fail(status, lines)
  local errors = { status = status }
  for i, line in ipairs(type(lines) == "table" and lines or { lines }) do errors[i] = line end
  return nil, errors
end

-- The file of weights among the members of a folder, or nil.
local function weights_in(artifact)
  if not artifact.whole_folder then return nil end
  for _, name in ipairs(shell.list_files(artifact.folder)) do
    if name:match("[^/]+$") == "weights.safetensors" then return artifact.folder .. "/" .. name end
  end
end

--- What is on record of the training: { sha256, threads }, or nil and why.
function M.recorded(artifact)
  local path = weights_in(artifact)
  local text = artifacts.read(artifact, "training")
  local from_file, from_statement
  if path then
    local metadata, why = safetensors.metadata(path)
    if not metadata then return nil, why end
    local hex
    hex, why = sha256.files("/", { shell.real_path(path) })
    if not hex then return nil, why end
    from_file = { sha256 = hex[shell.real_path(path)], threads = math.tointeger(tonumber(metadata.threads)) }
  end
  if text then
    local said, why = provenance.decode(text)
    if not said then return nil, artifacts.path(artifact, "training") .. ": " .. why end
    local parameters = said.predicate.buildDefinition.externalParameters or {}
    from_statement = { sha256 = provenance.subject(said, "weights.safetensors"),
      threads = math.tointeger(parameters.threads) }
    if type(from_statement.sha256) ~= "string" then
      return nil, artifacts.path(artifact, "training") .. ": states no digest of weights.safetensors"
    end
  end
  if from_file and from_statement and from_file.sha256 ~= from_statement.sha256 then
    return nil, string.format("%s: are not the weights of the recorded training (SHA-256 %s…, recorded %s…)", path,
      from_file.sha256:sub(1, 12), from_statement.sha256:sub(1, 12))
  end
  local recorded = from_file or from_statement
  if not recorded then
    return nil, artifact.executable .. ": no training of it is on record (`attest --work DIR` records one)"
  end
  return recorded
end

--- Trains in options.work (default: a temporary folder) with the threads on record and compares. Returns the
--- digest, or nil and { status, lines … }: the executable's own exit status where it fails.
function M.train(artifact, recorded, options)
  local folder, why
  if options.work then
    folder = shell.absolute(options.work)
  else
    folder, why = shell.temporary_folder(os.getenv("TMPDIR") or "/tmp")
    if not folder then return fail(1, why) end
  end
  local words = { artifact.executable, "train", "--fresh", "--json", "--quiet", "--track", "none", "--work", folder }
  if options.data then table.move({ "--data", options.data }, 1, 2, #words + 1, words) end
  if recorded.threads then table.move({ "--threads", tostring(recorded.threads) }, 1, 2, #words + 1, words) end
  options.say("training again")
  local output, status = shell.capture(shell.command(words), true)
  local said = json.decode(output:match("([^\n]*)\n*$")) or {}
  local weights = folder .. "/" .. artifact.base .. "/weights.safetensors"
  local hex = status == 0 and files.exists(weights) and sha256.files("/", { weights })
  if not options.work then shell.remove_folder(folder) end
  if not hex then
    return fail(status == 0 and 1 or status, { artifact.executable .. ": could not train again:",
      "  " .. (type(said.error) == "string" and said.error or output:match("[^\n]+") or "it says nothing") })
  end
  if hex[weights] ~= recorded.sha256 then
    return fail(1, string.format("%s: trained again, the weights are others: SHA-256 %s, recorded %s",
      artifact.executable, hex[weights], recorded.sha256))
  end
  return hex[weights]
end

return M
