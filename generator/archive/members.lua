-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What goes into an artifact (docs/archive.md, "An artifact record"): a list that others add to.
--
-- A provider is a function that is given the artifact and the members so far, and returns a list of members
-- { path, role, file, run }: `path` is where `restore` puts it, `role` what it is, `file` where its bytes are
-- now, `run` whether it may be run. It returns nil and a message where something is wrong. M.providers has them
-- in order; to add one is
-- to add a line. The artifact is a table:
--
--   path      the executable, as a path without symbolic links     base     its name: "x-0123456789ab"
--   record    of the build, from the .json beside it                folder   where it lies ("out")
--   manifest  as the executable carries it                          sections { manifest, spec, lock } as files
--   results   folder of its newest run, or nil                      scratch  a folder for files made on the way
--   options   those of `lua build.lua archive` (with_weights, bundle, …)

local files = require("generator.base.files")
local shell = require("generator.toolchain.shell")

local M = {}

-- Names in a folder of results that are not called after their file.
local roles = { ["report.html"] = "report", ["report.json"] = "summary", ["weights.safetensors"] = "weights" }

--- The executable and what was built with it.
function M.built(artifact)
  local base, manifest, sections = artifact.base, artifact.manifest, artifact.sections
  local list = {
    { path = base, role = "executable", file = artifact.path, run = true },
    { path = base .. ".json", role = "build", file = artifact.path .. ".json" },
    { path = "manifest.json", role = "manifest", file = sections.manifest },
    { path = manifest.spec, role = "spec", file = sections.spec },
    { path = manifest.lock, role = "lock", file = sections.lock },
  }
  local sources = artifact.path .. ".src"
  for _, name in ipairs(shell.list_files(sources)) do
    list[#list + 1] = { path = base .. ".src/" .. name, role = "source", file = sources .. "/" .. name }
  end
  return list
end

--- What running it left in the work folder.
function M.results(artifact)
  local list, with_weights = {}, artifact.options.with_weights
  for _, name in ipairs(files.list(artifact.results or "")) do
    local role = roles[name] or name:match("^([%w_-]+)%.json$")
    if role and (role ~= "weights" or with_weights) then
      list[#list + 1] = { path = "results/" .. name, role = role, file = artifact.results .. "/" .. name }
    end
  end
  return list
end

--- What proves all of that; the last one, because its list of digests names the others.
function M.proof(artifact, before)
  return require("generator.proof.members").provide(artifact, before)
end

M.providers = { M.built, M.results, M.proof }

--- All members of an artifact, or nil and why.
function M.of(artifact)
  local list = {}
  for _, provider in ipairs(M.providers) do
    local more, why = provider(artifact, list)
    if not more then return nil, why end
    table.move(more, 1, #more, #list + 1, list)
  end
  return list
end

return M
