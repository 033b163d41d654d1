-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The words of build.lua. Each parses its arguments, calls one function, prints. With --json the last
-- line of standard output is one JSON object and what is for people goes to standard error. Exit
-- status: 0 good, 1 failed, 2 usage, 4 other data than DVC's, 5 environment. Errors go to standard error, one per
-- line; a Lua trace only ever belongs to a bug of ours, and then says so.

local argparse = require("argparse")
local describe = require("generator.describe")
local driver = require("generator.driver")
local family = require("generator.family")
local files = require("generator.base.files")
local isas = require("generator.isas")
local json = require("generator.base.json")
local nearest = require("generator.base.nearest")
local shell = require("generator.toolchain.shell")
local sorted = require("generator.base.sorted")

local M = {}

local exit = driver.exit

local function complain(errors)
  for _, line in ipairs(errors) do io.stderr:write(line, "\n") end
  return errors.status or exit.failed
end

-- What an exit status is called in JSON: the words of the executables that are built (docs/executable.md).
local status_words = { [exit.good] = "ok", [exit.failed] = "failed", [exit.usage] = "usage",
  [exit.gate] = "gate_failed", [exit.mismatch] = "lock_mismatch",
  [exit.environment] = "environment" }

-- The last line of --json, whatever happened.
local function finish(arguments, status, fields)
  if arguments.json then
    fields = fields or {}
    fields.status, fields.exit_code = status_words[status], status
    io.stdout:write(json.encode(fields), "\n")
  end
  return status
end

local function complain_and_finish(arguments, errors)
  local status = complain(errors)
  return finish(arguments, status, { errors = json.list(table.move(errors, 1, #errors, 1, {})) })
end

-- Progress and results for people: standard output, or standard error where JSON has that.
local function printer(arguments)
  local stream = arguments.json and io.stderr or io.stdout
  return function(line) stream:write(line, "\n") stream:flush() end
end

local function whole(text)
  local value = math.tointeger(tonumber(text))
  if not value or value < 1 then return nil, "'" .. text .. "' is not a whole number of at least 1" end
  return value
end

local function set(text)
  if not text:find("^[%w_*?][^=]*=") then return nil, "'" .. text .. "' is not of the form field=value" end
  return text
end

local function parser_of(word, summary)
  return argparse(word == "build" and "lua build.lua" or "lua build.lua " .. word, summary):help_max_width(100)
end

local function common(parser)
  parser:option("--out", "Folder of results."):default("out"):argname("DIR")
  parser:flag("--json", "Print one JSON object as the last line.")
  return parser
end

local function of_spec(parser)
  parser:argument("spec", "The spec: a Lua file.")
  parser:option("--set", "Override a field of the spec, like train.epochs=2; NAME:train.epochs=2 in the variants of "
    .. "that name or pattern. Changes the stamp.")
    :count("*"):argname("FIELD=VALUE"):convert(set):target("sets")
  parser:option("--only", "Of a spec that returns a list: the variants of this name or pattern (\"resnet*\").")
    :argname("NAME")
  return common(parser)
end

local function cache_of(parser)
  parser:flag("--no-cache", "Compile everything, also what an earlier build of anything compiled the same.")
end

local function jobs_of(parser)
  parser:option("--jobs", "Compilations at once."):argname("N"):convert(whole)
end

local function options_of(arguments, root)
  return { root = root, out = arguments.out, sets = arguments.sets or {}, jobs = arguments.jobs, only = arguments.only,
    rehash = arguments.rehash, no_cache = arguments.no_cache, say = printer(arguments),
    stop_after = arguments.stop_after, print_ir = arguments.print_ir }
end

-- A copy of an executable, whole or not at all.
local function copy_program(from, to)
  local temporary = to .. ".tmp"
  local command = shell.command { "install", "-D", "-m", "755", "-T", "--", from, temporary }
  local output, status = shell.capture(command, true)
  if status == 0 then
    local moved, why = os.rename(temporary, to)
    if moved then return true end
    output = why
  end
  os.remove(temporary)
  return nil, to .. ": cannot be written: " .. output:gsub("\n$", "")
end

-- ------------------------------------------------------------------ the words

local words = {}

words.build = {
  summary = "Builds the executable of a spec: out/<name>-<stamp>, and out/<name> pointing at it.",
  options = function(parser)
    of_spec(parser)
    jobs_of(parser)
    parser:option("--stop-after", "Stop after this pass of the generator."):argname("PASS")
    parser:flag("--print-ir", "Print the graph as the generator leaves it.")
    cache_of(parser)
    parser:option("--copy", "Also copy the executable there."):argname("FILE")
    parser:epilog("Other words, each with --help: all, attest, bundle, changed, compare, diff, dvc, gc, graph, list, "
      .. "lock, run, runs, runtime, smoke, sync, tune, verify; of an archive: archive, check, gc --archive, history, "
      .. "list --archive, policy, promote, restore, rollback, show, tag, untag.")
  end,
  run = function(arguments, root)
    local say, options = printer(arguments), options_of(arguments, root)
    local all, errors = driver.variants(arguments.spec, options)
    if not all then return complain_and_finish(arguments, errors) end
    if arguments.copy and (#all > 1 or arguments.stop_after) then
      return complain_and_finish(arguments, { status = exit.usage,
        "--copy wants one executable" .. (#all > 1 and "; --only NAME says of which variant" or "") })
    end
    if all.list and not arguments.copy and not arguments.stop_after and not arguments.print_ir then
      local built = family.build(arguments.spec, all, options)
      for _, line in ipairs(describe.family(built)) do say(line) end
      return finish(arguments, built.failed > 0 and exit.failed or exit.good, { variants = built.variants,
        built = #all - built.failed, failed = built.failed })
    end
    if #all == 1 then options.variant = all[1] end
    local result
    result, errors = driver.build(arguments.spec, options)
    if not result then return complain_and_finish(arguments, errors) end
    if result.text then say(result.text) end
    if result.stopped then return finish(arguments, exit.good, { stopped_after = arguments.stop_after }) end
    if result.warnings ~= "" then io.stderr:write(result.warnings) end
    if arguments.copy then
      local copied, why = copy_program(result.path, arguments.copy)
      if not copied then return complain_and_finish(arguments, { why }) end
    end
    for _, line in ipairs(describe.built(result)) do say(line) end
    return finish(arguments, exit.good, { path = result.path, link = result.link, sources = result.sources,
      built = result.fresh, name = result.record.name, stamp = result.record.stamp, size = result.record.size,
      sha256 = result.record.sha256, summary = result.record.summary })
  end,
}

words.lock = {
  summary = "Writes the lock file of a spec from its data.",
  options = function(parser)
    of_spec(parser)
    jobs_of(parser)
    parser:flag("--rehash", "Read every file, also those that are as they were when they were read last.")
  end,
  run = function(arguments, root)
    local written, errors = driver.lock(arguments.spec, options_of(arguments, root))
    if not written then return complain_and_finish(arguments, errors) end
    local say, locks = printer(arguments), json.list {}
    for i, one in ipairs(written) do
      say((one.changed and "wrote " or "unchanged: ") .. one.path)
      for _, line in ipairs(one.lock.report or {}) do say(line) end
      locks[i] = { path = one.path, changed = one.changed }
    end
    return finish(arguments, exit.good, { path = written[1].path, changed = written[1].changed,
      locks = #locks > 1 and locks or nil })
  end,
}

words.dvc = {
  summary = "Writes dvc.yaml: building and running the experiments of a spec as stages of DVC.",
  options = function(parser)
    of_spec(parser)
    parser:option("--to", "Folder of dvc.yaml, the current one or one below it."):default("."):argname("DIR")
    parser:option("--results", "Folder of the outputs, DIR/<name>/."):default("results"):argname("DIR")
    parser:option("--work", "Folder of runs."):default("work"):argname("DIR")
    parser:flag("--lock", "Also write dvc.lock, from results that are there.")
  end,
  run = function(arguments, root)
    local options = options_of(arguments, root)
    local all, errors = driver.variants(arguments.spec, options)
    if not all then return complain_and_finish(arguments, errors) end
    local settings = { root = root, here = assert(shell.real_path(".")), to = arguments.to, lock = arguments.lock,
      results = arguments.results, work = arguments.work, out = arguments.out, sets = options.sets }
    if arguments.lock then
      local runtime = require("generator.toolchain.runtime")
      local built, lines = runtime.ensure(runtime.isa_here("x86-64-v4"), { root = root,
        out = shell.absolute(arguments.out), jobs = shell.processors(), say = options.say })
      if not built then return complain_and_finish(arguments, lines) end
      settings.scanner = built.scan
    end
    local written, why = require("generator.dvc.repository").write(arguments.spec, all, settings)
    if not written then return complain_and_finish(arguments, { why }) end
    options.say("wrote " .. written.yaml .. (written.lock and " and " .. written.lock or ""))
    for _, note in ipairs(written.notes) do io.stderr:write(note, "\n") end
    return finish(arguments, exit.good, { yaml = written.yaml, lock = written.lock,
      stages = json.list(written.stages) })
  end,
}

words["dvc add"] = {
  summary = "Writes PATH.dvc, the file by which DVC knows data, as `dvc add PATH` does.",
  options = function(parser)
    parser:argument("path", "A file or folder.")
    jobs_of(parser)
    common(parser)
  end,
  run = function(arguments, root)
    local added, errors = driver.dvc_add(arguments.path, options_of(arguments, root))
    if not added then return complain_and_finish(arguments, errors) end
    local say = printer(arguments)
    say(added.line)
    say("DVC's cache and .gitignore are as they were; `dvc commit " .. added.file .. "` puts the data into the cache")
    return finish(arguments, exit.good, { file = added.file, md5 = added.md5, size = added.size,
      nfiles = added.nfiles, changed = added.changed })
  end,
}

words.graph = {
  summary = "Prints the graph that the generator makes of a spec.",
  options = function(parser)
    of_spec(parser)
    jobs_of(parser)
    parser:option("--stop-after", "Show it as this pass leaves it."):argname("PASS")
  end,
  run = function(arguments, root)
    local options = options_of(arguments, root)
    options.print_ir = true
    local result, errors = driver.graph(arguments.spec, options)
    if not result then return complain_and_finish(arguments, errors) end
    printer(arguments)(result.text or "")
    return finish(arguments, exit.good, { graph = result.text })
  end,
}

words.run = {
  summary = "Builds and runs the variants of a spec and prints them side by side, the best first (accuracy on the "
    .. "test split). What is trained already is not trained again.",
  options = function(parser)
    of_spec(parser)
    parser:option("--jobs", "Variants that run at once; with more than one their seconds say little.")
      :argname("N"):default("1"):convert(whole)
    parser:option("--work", "Folder of runs."):default("work"):argname("DIR")
    parser:option("--data", "The data, where it is not where the spec says."):argname("DIR")
  end,
  run = function(arguments, root)
    local say, options = printer(arguments), options_of(arguments, root)
    local all, errors = driver.variants(arguments.spec, options)
    if not all then return complain_and_finish(arguments, errors) end
    options.jobs, options.at_once, options.work, options.data = nil, arguments.jobs, arguments.work, arguments.data
    options.ended = function(row) if #all > 1 then say(describe.ended(row)) end end
    local done = family.run(arguments.spec, all, options)
    if #all > 1 then say("") end
    for _, line in ipairs(describe.comparison(done)) do say(line) end
    return finish(arguments, done.failed > 0 and exit.failed or exit.good, { variants = done.variants,
      failed = done.failed, folds = done.folds })
  end,
}

words.list = {
  summary = "Lists the executables that were built, and the stamp of each; with a spec, its variants.",
  options = function(parser)
    parser:argument("spec", "A spec: list what it returns."):args("?")
    common(parser)
  end,
  run = function(arguments, root)
    local say = printer(arguments)
    if arguments.spec then
      local all, errors = driver.variants(arguments.spec, options_of(arguments, root))
      if not all then return complain_and_finish(arguments, errors) end
      local listed = family.list(all, driver.list { out = arguments.out })
      for _, line in ipairs(describe.variants(listed)) do say(line) end
      return finish(arguments, exit.good, { variants = listed })
    end
    local found = driver.list { out = arguments.out }
    for _, line in ipairs(describe.list(found)) do say(line) end
    return finish(arguments, exit.good, { executables = found })
  end,
}

words.tune = {
  summary = "Measures the kernels that the nodes of a spec can have, and writes the fastest of each into SPEC.tune: "
    .. "builds take them from there.",
  options = function(parser)
    of_spec(parser)
    jobs_of(parser)
    parser:option("--rounds", "How often each program runs."):argname("N"):default("3"):convert(whole)
    parser:option("--seconds", "How long each of its entries runs then, at least."):argname("S"):default("1")
      :convert(function(text)
        local value = tonumber(text)
        if not value or value <= 0 then return nil, "'" .. text .. "' is not a number above 0" end
        return value
      end)
    parser:epilog("Use an idle machine. docs/tuning.md says more.")
  end,
  run = function(arguments, root)
    local options = options_of(arguments, root)
    options.rounds, options.seconds = arguments.rounds, arguments.seconds
    local tuned, errors = require("generator.tune").run(arguments.spec, options)
    if not tuned then return complain_and_finish(arguments, errors) end
    printer(arguments)(string.format("%s %s: %d choices, %d of them not those of the rules",
      tuned.changed and "wrote" or "unchanged:", tuned.path, tuned.choices, tuned.others))
    return finish(arguments, exit.good, { path = tuned.path, changed = tuned.changed, choices = tuned.choices,
      others = tuned.others })
  end,
}

words.runtime = {
  summary = "Builds the runtime library and the scanner, as a build would do first.",
  options = function(parser)
    parser:option("--isa", "Instruction set; the best this CPU has where not given."):argname("ISA")
      :choices(isas.targets)
    parser:option("--jobs", "Compilations at once."):argname("N"):convert(whole)
    common(parser)
  end,
  run = function(arguments, root)
    local runtime = require("generator.toolchain.runtime")
    local built, lines = runtime.ensure(arguments.isa or runtime.isa_here("x86-64-v4"), {
      root = root, out = shell.absolute(arguments.out), jobs = arguments.jobs or shell.processors(),
      say = printer(arguments) })
    if not built then return complain_and_finish(arguments, lines) end
    printer(arguments)(built.folder)
    return finish(arguments, exit.good, { folder = built.folder, archive = built.archive, scanner = built.scan,
      built = built.built })
  end,
}

words.gc = {
  summary = "Removes from the cache of a folder of runs what none of its results refers to.",
  options = function(parser)
    parser:option("--work", "Folder of runs."):default("work"):argname("DIR")
    parser:option("--objects", "Instead, remove from DIR/.objects of --out what no build used for so many days.")
      :argname("DAYS"):convert(whole)
    parser:option("--out", "Folder of results, with --objects."):default("out"):argname("DIR")
    parser:flag("--dry-run", "Say what would be removed, and remove nothing.")
    parser:flag("--json", "Print one JSON object as the last line.")
  end,
  run = function(arguments)
    local dry = arguments.dry_run
    if arguments.objects then
      local result, why = require("generator.toolchain.store").collect(arguments.out .. "/.objects", arguments.objects,
        { dry_run = dry })
      if not result then return complain_and_finish(arguments, { why }) end
      printer(arguments)(string.format("%s%d objects, %s; %d are kept", dry and "would remove " or "removed ",
        result.removed, describe.bytes(result.bytes), result.kept))
      result.dry_run = dry or false
      return finish(arguments, exit.good, result)
    end
    local result, why = require("generator.gc").run(arguments.work, { dry_run = dry })
    if not result then return complain_and_finish(arguments, { why }) end
    local say = printer(arguments)
    for _, line in ipairs(describe.collected(result, dry)) do say(line) end
    result.dry_run = dry or false
    return finish(arguments, exit.good, result)
  end,
}

-- Words of other rooms.
for _, room in ipairs { "proof", "regenerate" } do
  local shared = { exit = exit, printer = printer, finish = finish, complain = complain_and_finish, whole = whole,
    list = json.list, common = common, cache_of = cache_of, options_of = options_of }
  for word, entry in sorted.pairs(require("generator." .. room .. ".words").make(shared)) do words[word] = entry end
end

-- The words that read WORK/runs.db are those of an executable: ingot-runs does them, and says how.
local function of_runs(word)
  return function(arguments, root)
    local runtime = require("generator.toolchain.runtime")
    local built, lines = runtime.ensure(runtime.isa_here("x86-64-v4"), { root = root, out = shell.absolute("out"),
      jobs = shell.processors(), say = function(line) io.stderr:write(line, "\n") end })
    if not built then return complain(lines) end
    local command = { built.runs, word }
    table.move(arguments, 1, #arguments, #command + 1, command)
    local _, how, status = os.execute(shell.command(command))
    return how == "exit" and status or 128 + status
  end
end

-- The words of an archive: ingot-archive does them.
local function of_archive(word)
  return function(arguments, root)
    local status, lines = require("generator.archive.command").pass(word, arguments, root)
    return status or complain(lines)
  end
end

words.archive = {
  summary = "Stores executables with all that belongs to them in an archive.",
  options = function(parser) require("generator.archive.command").options(parser) end,
  run = function(arguments, root) return require("generator.archive.command").archive(arguments, root) end,
}

-- Words that take their arguments as they are.
local plain_words = { compare = of_runs("compare"), runs = of_runs("runs"), sync = of_runs("sync") }
for _, word in ipairs { "check", "history", "policy", "promote", "restore", "rollback", "show", "tag", "untag" } do
  plain_words[word] = of_archive(word)
end

-- Of words that also are about other things: whether it is about an archive.
local function names_archive(word, arguments)
  for _, one in ipairs((word == "list" or word == "gc") and arguments or {}) do
    if one == "--archive" or one:find("^%-%-archive=") then return true end
  end
  return false
end

-- ------------------------------------------------------------------ which word

local function usage(message)
  io.stderr:write("lua build.lua: ", message, "\n")
  return exit.usage
end

-- The word that the arguments begin with, and those after it.
local function choose(arguments)
  local first = arguments[1]
  if first == "dvc" and arguments[2] == "add" then return "dvc add", table.move(arguments, 3, #arguments, 1, {}) end
  if first and (words[first] or plain_words[first]) then return first, table.move(arguments, 2, #arguments, 1, {}) end
  -- neither a word, an option, nor something that looks like a spec
  if first and not first:find("^%-") and not first:find("[./]") and not files.exists(first) then
    local near = nearest.find(first, sorted.keys(words))
    return nil, string.format("there is no word '%s'%s", first, near and " (did you mean '" .. near .. "'?)" or "")
  end
  return "build", table.move(arguments, 1, #arguments, 1, {})
end

local function run(arguments, root)
  if #arguments == 0 then
    local parser = parser_of("build", words.build.summary)
    words.build.options(parser)
    io.stderr:write(parser:get_help(), "\n")
    return exit.usage
  end
  local word, rest = choose(arguments)
  if not word then return usage(rest) end
  if plain_words[word] then return plain_words[word](rest, root) end
  if names_archive(word, rest) then return of_archive(word)(rest, root) end
  local parser = parser_of(word, words[word].summary)
  words[word].options(parser)
  local ok, parsed = parser:pparse(rest)
  if not ok then return usage((word ~= "build" and word .. ": " or "") .. parsed:gsub("\n", " ")) end
  return words[word].run(parsed, root)
end

--- Runs the command line; returns the exit status. `root` is the folder of build.lua.
function M.main(arguments, root)
  local words_given = {}
  for i = 1, #arguments do words_given[i] = arguments[i] end
  local ok, status = xpcall(function()
    return run(words_given, assert(shell.real_path(root)))
  end, function(message)
    if tostring(message):find("interrupted!", 1, true) then return { interrupted = true } end
    return { message = debug.traceback(tostring(message), 2) }
  end)
  if ok then return status end
  if status.interrupted then
    io.stderr:write("interrupted\n")
    return 130
  end
  io.stderr:write("internal error: this is a bug in Ingot, not in your spec; please report it with what follows\n",
    status.message, "\n")
  return exit.failed
end

return M
