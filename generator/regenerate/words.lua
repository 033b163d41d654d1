-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The words of build.lua that follow changes: changed, all, smoke. What they share with the other words they get from
-- generator/cli.lua.

local describe = require("generator.regenerate.describe")
local files = require("generator.base.files")
local shell = require("generator.toolchain.shell")

local M = {}

-- Specs of the command line, and what they are compared with; nil and errors.
local function regeneration(arguments, root, shared)
  local regenerate, before = require("generator.regenerate"), require("generator.regenerate.before")
  local keeper = require("generator.archive.command")
  local specs, why = regenerate.find(#arguments.specs > 0 and arguments.specs or { "specs" })
  if not specs then return nil, { status = shared.exit.usage, why } end
  local options = shared.options_of(arguments, root)
  local scratch, with
  if arguments.since and arguments.archive then
    return nil, { status = shared.exit.usage, "--since and --archive: one of them says what to compare with" }
  end
  if arguments.since or arguments.archive then
    scratch = assert(shell.temporary_folder(os.getenv("TMPDIR") or "/tmp"))
  end
  if arguments.archive then
    local tool, lines = keeper.tool(root)
    if tool then
      with, why = before.archived(arguments.archive, tool, scratch)
    else
      why = table.concat(lines, "\n")
    end
  elseif arguments.since then
    with, why = before.commit(arguments.since, specs, root, assert(shell.real_path(scratch)))
  else
    with, why = before.built(arguments.out)
  end
  local items = with and regenerate.status(specs, with, options)
  if scratch then shell.remove_folder(scratch) end
  if not items then return nil, { status = shared.exit.usage, why } end
  if with.note then io.stderr:write(with.note, "\n") end
  return items, regenerate.count(items), options
end

local function of_specs(parser, shared)
  parser:argument("specs", "Specs and folders of specs; specs/ where none is given."):args("*")
  parser:option("--since", "Compare with this commit of the specs' repository instead of with what is in --out.")
    :argname("REV")
  parser:option("--archive", "Compare with what is in this archive: a folder, or s3://bucket/prefix.")
    :argname("PLACE")
  shared.common(parser)
end

local function told(items, shared)
  local list = shared.list {}
  for i, item in ipairs(items) do
    local reasons = shared.list {}
    for k, reason in ipairs(item.reasons) do
      reasons[k] = { component = reason.component, details = shared.list(reason.details) }
    end
    list[i] = { spec = item.spec, name = item.name, variant = item.list and item.name or nil, state = item.state,
      reasons = reasons, stamp = item.stamp, before = item.before, errors = item.errors,
      path = item.result and item.result.path, built = item.result and item.result.built,
      size = item.result and item.result.size, seconds = item.result and item.result.seconds }
  end
  return list
end

--- The words, given { exit, printer, finish, complain, whole, list, common, cache_of, options_of } of
--- generator/cli.lua.
function M.make(shared)
  local exit, printer, finish, complain = shared.exit, shared.printer, shared.finish, shared.complain
  local words = {}

  words.changed = {
    summary = "Names the experiments that are no longer what was built last, and why: spec, overrides, lock, "
      .. "generator, runtime or toolchain. Compiles nothing.",
    options = function(parser)
      of_specs(parser, shared)
      parser:flag("--markdown", "Print a table in Markdown.")
    end,
    run = function(arguments, root)
      local items, counts = regeneration(arguments, root, shared)
      if not items then return complain(arguments, counts) end
      local say = printer(arguments)
      local lines = (arguments.markdown and describe.changed_markdown or describe.changed)(items, counts)
      for _, line in ipairs(lines) do say(line) end
      return finish(arguments, counts.failed > 0 and exit.failed or exit.good, { experiments = told(items, shared),
        counts = counts })
    end,
  }

  words.all = {
    summary = "Builds the experiments that are no longer what was built last, several beside each other. One that "
      .. "fails stops none of the others.",
    options = function(parser)
      of_specs(parser, shared)
      parser:option("--jobs", "Builds at once; processors where not given."):argname("N"):convert(shared.whole)
      shared.cache_of(parser)
      parser:option("--paths", "Write the paths of the executables there, one a line.")
        :argname("FILE")
      parser:option("--worker", "One of the processes of another `all`."):hidden(true)
    end,
    run = function(arguments, root)
      local regenerate = require("generator.regenerate")
      if arguments.worker then
        regenerate.work(arguments.worker, shared.options_of(arguments, root))
        return exit.good
      end
      local items, counts, options = regeneration(arguments, root, shared)
      if not items then return complain(arguments, counts) end
      local say = printer(arguments)
      options.ended = function(item)
        if item.errors then
          for _, line in ipairs(item.errors) do io.stderr:write(line, "\n") end
        elseif item.result.warnings ~= "" then
          io.stderr:write(item.result.warnings)
        end
        say(describe.regenerated(item))
      end
      local done, errors = regenerate.build(items, options)
      if not done then return complain(arguments, errors) end
      say(describe.regenerated_all(done, counts))
      if arguments.paths then
        local paths = {}
        for _, item in ipairs(items) do
          if item.result and not item.errors then paths[#paths + 1] = item.result.path .. "\n" end
        end
        local written, why = files.write(arguments.paths, table.concat(paths))
        if not written then return complain(arguments, { why }) end
      end
      return finish(arguments, done.failed > 0 and exit.failed or exit.good, { experiments = told(items, shared),
        built = done.built, unchanged = counts.current, failed = done.failed })
    end,
  }

  words.smoke = {
    summary = "Builds and runs experiments with a short training, as their `smoke` says: whether all of it works and "
      .. "the gate of `smoke` is met. Weights and links of the experiments themselves stay as they are.",
    options = function(parser)
      of_specs(parser, shared)
      parser:option("--work", "Folder of these runs."):default("work/smoke"):argname("DIR")
      parser:option("--data", "The data, where it is not where the spec says."):argname("DIR")
      parser:option("--jobs", "Runs at once."):argname("N"):default("1"):convert(shared.whole)
    end,
    run = function(arguments, root)
      local items, counts, options = regeneration(arguments, root, shared)
      if not items then return complain(arguments, counts) end
      local say = printer(arguments)
      options.jobs, options.at_once, options.work, options.data = nil, arguments.jobs, arguments.work, arguments.data
      options.ended = function(row) say(describe.smoked(row)) end
      local done = require("generator.regenerate.smoke").run(items, options, arguments.since ~= nil)
      say(describe.smoked_all(done))
      local status = done.failed > 0 and exit.failed or done.missed > 0 and exit.gate or exit.good
      return finish(arguments, status, { experiments = done.rows, passed = done.passed, missed = done.missed,
        failed = done.failed })
    end,
  }

  return words
end

return M
