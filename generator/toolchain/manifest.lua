-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The manifest an executable carries (section .ingot.manifest) and the record that lies beside it
-- (out/<name>-<stamp12>.json), which also knows what the executable cannot: its own size and SHA-256.

local flags = require("generator.toolchain.flags")
local flat = require("generator.base.flat")
local identity = require("generator.toolchain.identity")
local json = require("generator.base.json")
local libraries = require("generator.toolchain.libraries")

local M = { format = 1 }

--- Every library the toolchain knows, as this machine has it: { {name, title, version, build_id, licence,
--- core} … }; `core` are those any executable may need, whatever its spec.
function M.known_libraries()
  local core, list = {}, {}
  for _, name in ipairs(libraries.core) do core[name] = true end
  for i, library in ipairs(identity.present().libraries) do
    list[i] = { name = library.name, title = library.title, version = library.version, build_id = library.build_id,
      licence = library.licence, core = core[library.name] or false }
  end
  return list
end

--- The libraries of `names` and the core ones as this machine has them: { {name, title, version, build_id, licence} … }
--- in the order of the table of libraries. Nil and the name that is not in it.
function M.libraries(names)
  local wanted, list = {}, json.list {}
  for _, name in ipairs(libraries.core) do wanted[name] = true end
  for _, name in ipairs(names) do
    local library = libraries.find(name)
    if not library then return nil, name end
    wanted[library.name] = true
  end
  for _, library in ipairs(identity.present().libraries) do
    if wanted[library.name] then list[#list + 1] = library end
  end
  return list
end

--- The manifest as a table. `what` is { experiment, stamp, inputs, spec (name), lock (name),
--- libraries, summary }.
function M.make(what)
  local experiment = what.experiment
  local toolchain = {}
  for _, tool in ipairs(identity.present().tools) do toolchain[tool.name] = tool.version end
  return {
    format = M.format,
    name = experiment.name,
    variant = experiment.variant,
    stamp = what.stamp,
    spec = "specs/" .. what.spec,
    lock = "specs/" .. what.lock,
    sets = json.list(table.move(experiment.sets, 1, #experiment.sets, 1, {})),
    parameters = flat.fields(experiment),
    target = { isa = experiment.target.isa, threads = experiment.target.threads,
      backends = json.list(table.move(experiment.target.backends, 1, #experiment.target.backends, 1, {})) },
    toolchain = toolchain,
    flags = { runtime = table.concat(flags.compile(experiment.target.isa, "runtime"), " "),
      generated = table.concat(flags.compile(experiment.target.isa, "generated"), " "),
      link = table.concat(flags.link, " ") },
    libraries = what.libraries,
    summary = what.summary,
    inputs = json.list(what.inputs),
  }
end

--- The record that lies beside the executable.
function M.record(manifest, file, size, sha256)
  return { format = M.format, name = manifest.name, variant = manifest.variant, stamp = manifest.stamp,
    file = file, size = size, sha256 = sha256, spec = manifest.spec, sets = manifest.sets, target = manifest.target,
    libraries = manifest.libraries, summary = manifest.summary }
end

function M.encode(table_)
  return json.encode(table_, true) .. "\n"
end

--- As an executable carries it: as long as a multiple of 256 bytes, so that variants whose numbers have more digits or
--- fewer have manifests of one length, and what lies behind them does not differ.
function M.carried(table_)
  local text = json.encode(table_, true)
  return text .. (" "):rep(-(#text + 1) % 256) .. "\n"
end

--- A manifest or record from its text, or nil and why: not JSON, or of a format we do not know.
function M.decode(text)
  local value, why = json.decode(text)
  if not value then return nil, why end
  if type(value) ~= "table" or value.format ~= M.format or type(value.stamp) ~= "string" then
    return nil, "not a manifest of format " .. M.format
  end
  return value
end

return M
