-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The pipeline of experiments as DVC's stages, two for each: `build-<name>` makes the executable, `run-<name>`
-- runs it. A stage: { name, cmd, deps = { path … }, outs = { path … }, metrics = …, plots = … }, every path
-- relative to the folder that build.lua is called in, or absolute. DVC wants to know outputs beforehand, so they
-- lie in RESULTS/<name>/, under names without the stamp (`build.lua --copy`, the executable's `run --results`).
--
--   stages.of(spec_path, variant, options) -> build stage, run stage
--   stages.check(list)     -> true, or nil and why dvc.yaml cannot hold them
--   stages.yaml(list, wdir) -> text of dvc.yaml; `wdir` is where its paths start, seen from it (nil: where it lies)
--   stages.cached(list)    -> the outputs that DVC keeps in its cache
--   stages.lock(list, digest) -> text of dvc.lock, nil and a message; digest(path) -> { md5, size, nfiles },
--                             nil and a message
-- options: root (of build.lua, absolute), here (the current folder, absolute), results, work, out, sets.

local lfs = require("lfs")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")
local sorted = require("generator.base.sorted")

local stages = {}

-- "./a//b/" -> "a/b", as DVC writes paths.
local function plain(path)
  path = path:gsub("/+", "/"):gsub("^%./", ""):gsub("/%./", "/")
  return #path > 1 and path:gsub("/$", "") or path
end

-- A path inside Ingot's folder, relative where that is the current folder or below it.
local function own(options, path)
  local full = options.root .. "/" .. path
  return full:sub(1, #options.here + 1) == options.here .. "/" and full:sub(#options.here + 2) or full
end

function stages.of(spec_path, variant, options)
  local experiment, name = variant.experiment, variant.name
  local folder = plain(options.results .. "/" .. name)
  local program, suffix = folder .. "/program", name:gsub("[^%w_-]", "-")
  local words = { "lua5.4", own(options, "build.lua"), spec_path }
  for _, set in ipairs(options.sets) do table.move({ "--set", set }, 1, 2, #words + 1, words) end
  if variant.listed then table.move({ "--only", name }, 1, 2, #words + 1, words) end
  if options.out ~= "out" then table.move({ "--out", options.out }, 1, 2, #words + 1, words) end
  table.move({ "--copy", program }, 1, 2, #words + 1, words)
  local build = { name = "build-" .. suffix, cmd = shell.command(words), outs = { program },
    deps = { plain(spec_path), plain(variant.lock) } }
  for _, part in ipairs { "build.lua", "generator", "runtime", "templates" } do
    build.deps[#build.deps + 1] = own(options, part)
  end
  local run = { name = "run-" .. suffix, deps = { program, plain(experiment.data.path) },
    cmd = shell.command { program:find("^/") and program or "./" .. program, "run", "--work", options.work,
      "--results", folder },
    outs = { folder .. "/report.html", folder .. "/weights.safetensors" },
    metrics = { folder .. "/metrics.json" }, plots = { folder .. "/history.json" } }
  if experiment.train.pretrained then run.deps[#run.deps + 1] = plain(experiment.train.pretrained) end
  return build, run
end

local parts = { "deps", "outs", "metrics", "plots" }

function stages.check(list)
  local seen = {}
  for _, stage in ipairs(list) do
    if seen[stage.name] then return nil, ("two stages would be called '%s'"):format(stage.name) end
    seen[stage.name] = true
    local texts = { stage.cmd }
    for _, part in ipairs(parts) do table.move(stage[part] or {}, 1, #(stage[part] or {}), #texts + 1, texts) end
    for _, text in ipairs(texts) do
      if not utf8.len(text) then return nil, ("%s: '%s' is not UTF-8, which YAML wants"):format(stage.name, text) end
      if text:find("${", 1, true) then
        return nil, ("%s: DVC would take the ${ in '%s' for a variable of its own"):format(stage.name, text)
      end
    end
  end
  return true
end

-- A JSON string is a YAML string.
local quoted = json.encode

-- What DVC keeps in its own cache; the others are small texts, for git.
local cached = { outs = true }
local extra = { plots = { "x: epoch", "y: loss" } }

function stages.yaml(list, wdir)
  local lines = { "stages:" }
  local function add(format, ...) lines[#lines + 1] = format:format(...) end
  for _, stage in ipairs(list) do
    add("  %s:", stage.name)
    if wdir then add("    wdir: %s", quoted(wdir)) end
    add("    cmd: %s", quoted(stage.cmd))
    for _, part in ipairs(parts) do
      if stage[part] then add("    %s:", part) end
      for _, path in ipairs(stage[part] or {}) do
        if part == "deps" or cached[part] then
          add("    - %s", quoted(path))
        else
          add("    - %s:", quoted(path))
          add("        cache: false")
          for _, line in ipairs(extra[part] or {}) do add("        %s", line) end
        end
      end
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

function stages.lock(list, digest)
  local lines = { "schema: '2.0'", "stages:" }
  local function add(format, ...) lines[#lines + 1] = format:format(...) end
  for _, stage in ipairs(list) do
    local groups = { { "deps", stage.deps }, { "outs", {} } }
    for i = 2, #parts do
      local from = stage[parts[i]] or {}
      table.move(from, 1, #from, #groups[2][2] + 1, groups[2][2])
    end
    add("  %s:", stage.name)
    add("    cmd: %s", quoted(stage.cmd))
    for _, group in ipairs(groups) do
      add("    %s:", group[1])
      for _, path in ipairs(sorted.sort(table.move(group[2], 1, #group[2], 1, {}))) do
        local found, why = digest(path)
        if not found then return nil, why end
        add("    - path: %s", quoted(path))
        add("      hash: md5")
        add("      md5: %s", found.md5)
        add("      size: %d", found.size)
        if found.nfiles then add("      nfiles: %d", found.nfiles) end
        if not found.nfiles and lfs.attributes(path, "permissions"):find("^..x") then add("      isexec: true") end
      end
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

function stages.cached(list)
  local paths = {}
  for _, stage in ipairs(list) do table.move(stage.outs, 1, #stage.outs, #paths + 1, paths) end
  return paths
end

return stages
