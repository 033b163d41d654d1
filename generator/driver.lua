-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- From a spec to an executable: the rooms in their order, each loaded only when it is needed.
--
--   spec ─ lock ─ stamp ─ (there already? done) ─ pipeline ─ compile ─ toolchain ─ out/<name>-<stamp12>
--
--   driver.build(spec_path, options) -> result | nil, errors
--
-- options (all optional but root):
--   root     folder of the generator and the runtime
--   out      folder of results, "out"
--   sets     list of "a.b=value"; "NAME:a.b=value" for some variants of a spec that returns a list
--   only     name or pattern: of the spec's variants, those
--   variant  one of what driver.variants returned; without it the spec must return one experiment
--   no_cache compile all, take nothing from out/.objects (toolchain/store.lua) and put nothing there
--   unlinked out/<name> stays as it is
--   jobs     compilations at once; default: processors
--   say      function(line): progress, for people
--   phase    function(name): called where a part of a build begins: "stamp", "generate", "compile", "link", "place"
--   stop_after, print_ir   for the generator: stop after that pass, print the graph
--   tune     text to take for the choice of kernels, in the place of SPEC.tune
-- result: { path, link, sources, record = what the .json beside it says, fresh = built now, warnings,
--   text = the printed graph }, or { stopped = true, text }
-- errors: { status = exit code, "line", … }; a user's mistake is a line, never a stack trace.
--
-- What the rooms are given besides their contracts: the resolved pipeline gets `stamp`, `made_with`
-- (compiler and flags, for the banner of generated code; the digest of what runs libraries' kernels) and `libraries`
-- (all that toolchain/identity.lua knows, with `core` where every executable may need it), from which
-- generated code takes its banner and its table of libraries.

local lfs = require("lfs")
local executable = require("generator.toolchain.executable")
local files = require("generator.base.files")
local flags = require("generator.toolchain.flags")
local identity = require("generator.toolchain.identity")
local json = require("generator.base.json")
local libraries = require("generator.toolchain.libraries")
local manifests = require("generator.toolchain.manifest")
local nearest = require("generator.base.nearest")
local runtime = require("generator.toolchain.runtime")
local sha256 = require("generator.toolchain.sha256")
local shell = require("generator.toolchain.shell")
local sorted = require("generator.base.sorted")
local stamps = require("generator.toolchain.stamp")

local M = {}

M.exit = { good = 0, failed = 1, usage = 2, gate = 3, mismatch = 4, environment = 5 }

local function fail(status, lines)
  local errors = { status = status }
  if type(lines) ~= "table" then lines = { lines } end
  for i, line in ipairs(lines) do errors[i] = tostring(line) end
  return nil, errors
end

-- Rooms are loaded when they are needed: an unchanged build needs few.
local function room(name)
  return require("generator." .. name)
end

local function settings_of(options)
  local out = shell.absolute(options.out or "out")
  return { root = options.root, out = out, jobs = options.jobs or shell.processors(),
    no_cache = options.no_cache, store = not options.no_cache and out .. "/.objects" or nil,
    say = options.say or function() end, phase = options.phase or function() end }
end

-- Where the locks of a spec's variants lie: one for all where they share their data, which the spec
-- itself decides, not what a command line overrides.
local function place_locks(all, spec_path, options)
  local locks = room("lock")
  local shared = true
  if all.list then
    local plain = #(options.sets or {}) > 0 and room("spec").load_all(spec_path, {}) or all
    local experiments = {}
    for _, one in ipairs(plain) do experiments[#experiments + 1] = one.experiment end
    shared = locks.shared(experiments)
  end
  local weights = {} -- per lock: the files that training starts from, of every variant it serves
  for _, one in ipairs(all) do
    one.lock = locks.path(spec_path, not shared and one.name or nil)
    weights[one.lock] = weights[one.lock] or {}
    local path = one.experiment and one.experiment.train and one.experiment.train.pretrained
    if path then weights[one.lock][path] = true end
  end
  for _, one in ipairs(all) do one.weights = sorted.keys(weights[one.lock]) end
end

--- What a spec returns, or those of it that options.only names: a list of { name, experiment or errors,
--- lock = path }, `list` where the spec returns a list; nil and errors where the file itself is wrong.
function M.variants(spec_path, options)
  if lfs.attributes(spec_path, "mode") ~= "file" then
    return fail(M.exit.usage, spec_path .. ": there is no such spec")
  end
  -- what every build asks for, while the spec is read
  identity.begin()
  if options.root then stamps.begin(options.root) end
  local all, errors = room("spec").load_all(spec_path, { sets = options.sets or {} })
  if not all then return fail(M.exit.failed, errors) end
  place_locks(all, spec_path, options)
  if options.only then
    if not all.list then
      return fail(M.exit.usage, spec_path .. ": --only chooses among variants; this spec returns one experiment")
    end
    local chosen, why = room("spec.variants").choose(all, options.only)
    if not chosen then return fail(M.exit.usage, spec_path .. ": --only: " .. why) end
    all = chosen
  end
  return all
end

-- The variant that is meant: options.variant (of M.variants), or the only one of the spec.
local function one_of(spec_path, options)
  local one = options.variant
  if not one then
    local all, errors = M.variants(spec_path, options)
    if not all then return nil, errors end
    if #all > 1 then
      return fail(M.exit.usage, string.format("%s: returns %d variants; --only NAME says which", spec_path, #all))
    end
    one = all[1]
  end
  if one.errors then return fail(M.exit.failed, one.errors) end
  return one
end

-- What no build can do without, before anything is tried.
local function check_tools()
  local missing = identity.present().missing
  if #missing == 0 then return true end
  return fail(M.exit.environment, "not installed: " .. table.concat(missing, ", ") .. " (`make deps` installs them)")
end

-- Where the scanner keeps what it knows of the files of a data set: a file for each folder, under out/.
local function known_files(data, settings)
  local folder = settings.out .. "/.known"
  if not data.path or not shell.make_folder(folder) then return nil end
  return folder .. "/" .. sha256.text(shell.absolute(data.path)):sub(1, 16)
end

local function write_lock(variant, settings, rehash)
  local ok, errors = check_tools()
  if not ok then return nil, errors end
  local built, lines = runtime.ensure(runtime.isa_here(variant.experiment.target.isa), settings)
  if not built then return fail(M.exit.failed, lines) end
  local dvc
  if variant.experiment.data.dvc then
    local why, differs
    dvc, why, differs = room("dvc.data").check(variant.experiment.data, { scanner = built.scan, say = settings.say })
    if not dvc then return fail(differs and M.exit.mismatch or M.exit.failed, why) end
  end
  local made, why = room("lock").make(variant.experiment, { scanner = built.scan, weights = variant.weights, dvc = dvc,
    cache = known_files(variant.experiment.data, settings), rehash = rehash })
  if not made then return fail(M.exit.failed, why) end
  local before = files.read(variant.lock)
  local written, refused = files.write(variant.lock, made.text)
  if not written then return fail(M.exit.failed, refused) end
  return { path = variant.lock, changed = before ~= made.text, lock = made }
end

--- Writes the locks of a spec from the data, one for all variants that share their data: a list of
--- { path, changed, lock }, or nil and errors.
function M.lock(spec_path, options)
  local all, errors = M.variants(spec_path, options)
  if not all then return nil, errors end
  local written, seen = {}, {}
  for _, one in ipairs(all) do
    if one.errors then return fail(M.exit.failed, one.errors) end
    if not seen[one.lock] then
      seen[one.lock] = true
      local result
      result, errors = write_lock(one, settings_of(options), options.rehash)
      if not result then return nil, errors end
      written[#written + 1] = result
    end
  end
  return written
end

--- Writes the .dvc file of a file or folder, as `dvc add` does: what generator/dvc/data.lua returns.
function M.dvc_add(path, options)
  local settings = settings_of(options)
  local ok, errors = check_tools()
  if not ok then return nil, errors end
  local built, lines = runtime.ensure(runtime.isa_here("x86-64-v4"), settings)
  if not built then return fail(M.exit.failed, lines) end
  local added, why = room("dvc.data").add(path, { scanner = built.scan })
  if not added then return fail(M.exit.failed, why) end
  return added
end

-- The experiment and its lock, { path } or { path, text }: the one that is there, else one written from
-- the data, else what the spec declares of data that is not at hand, which lies in no file.
local function load_locked(spec_path, options, settings)
  local variant, errors = one_of(spec_path, options)
  if not variant then return nil, errors end
  local experiment, lock_path = variant.experiment, variant.lock
  if not files.exists(lock_path) then
    local data = experiment.data.path
    if not files.exists(data) and experiment.data.declared then
      local declared, why = room("lock").declare(experiment)
      if not declared then return fail(M.exit.failed, string.format("%s: data.declared: %s", spec_path, why)) end
      return experiment, { path = lock_path, text = declared.text }
    end
    if not files.exists(data) and not experiment.data.dvc then -- DVC's cache may have it
      return fail(M.exit.failed, string.format(
        "%s: there is neither a lock (%s) nor the data (%s): one of them is needed to know shapes", spec_path,
        lock_path, data))
    end
    settings.say(string.format("%s: no lock yet, reading %s", spec_path, data))
    local written
    written, errors = write_lock(variant, settings)
    if not written then return nil, errors end
    settings.say("wrote " .. written.path)
  end
  return experiment, { path = lock_path }
end

--- What a variant (of M.variants) would be built as, without building anything or writing a lock:
--- { experiment, stamp, inputs, base, isa }; nil and errors. errors.unlocked: there is no lock yet.
function M.identify(spec_path, variant, options)
  if variant.errors then return fail(M.exit.failed, variant.errors) end
  local settings, experiment, lock = settings_of(options), variant.experiment, { path = variant.lock }
  if not files.exists(lock.path) then
    local data = experiment.data
    if not data.declared or files.exists(data.path) then
      local _, errors = fail(M.exit.failed, string.format("%s: there is no lock yet (%s)", spec_path, lock.path))
      errors.unlocked = true
      return nil, errors
    end
    local declared, why = room("lock").declare(experiment)
    if not declared then return fail(M.exit.failed, string.format("%s: data.declared: %s", spec_path, why)) end
    lock.text = declared.text
  end
  local stamp, inputs = stamps.of_build { root = settings.root, spec = spec_path, lock = lock,
    sets = experiment.sets, isa = experiment.target.isa, variant = experiment.variant }
  if not stamp then return fail(M.exit.failed, inputs) end
  return { experiment = experiment, stamp = stamp, inputs = inputs, isa = experiment.target.isa,
    base = experiment.name .. "-" .. stamp:sub(1, 12) }
end

local function record_of(settings, base)
  local text = files.read(settings.out .. "/" .. base .. ".json")
  return text and manifests.decode(text)
end

-- Whether out/<base> is there, whole, as its record says.
local function complete(settings, base, stamp)
  local record = record_of(settings, base)
  local path = settings.out .. "/" .. base
  if not record or record.stamp ~= stamp or lfs.attributes(path, "size") ~= record.size then return nil end
  if lfs.attributes(path .. ".src", "mode") ~= "directory" then return nil end
  local digests = sha256.files(settings.out, { base })
  if not digests or digests[base] ~= record.sha256 then return nil end
  return record
end

local function point_to(settings, name, base)
  local link = settings.out .. "/" .. name
  if lfs.symlinkattributes(link, "target") ~= base then
    local temporary = string.format("%s/.%s.link", settings.out, base)
    os.remove(temporary)
    if not lfs.link(base, temporary, true) or not os.rename(temporary, link) then
      os.remove(temporary)
      return nil, link .. ": cannot be pointed at " .. base
    end
  end
  return link
end

-- An error of a room behind the spec knows which part of the experiment it is about, not the file:
-- the spec knows where that part ("train.batch_size") stands.
local function place_of(experiment, path)
  local find, node, deepest, rest = room("spec").where, experiment, experiment, path or ""
  for name, stop in (path or ""):gmatch("([^.]+)()") do
    node = node[name]
    if type(node) ~= "table" then break end
    if find(node) then deepest, rest = node, path:sub(stop + 1) end
  end
  if deepest ~= experiment or rest ~= "" then return find(deepest, rest ~= "" and rest or nil) end
end

local function located(errors, experiment, spec_path)
  local lines = {}
  for i, e in ipairs(errors) do
    local meta = getmetatable(e)
    if type(e) ~= "table" or (meta and meta.__tostring) then
      lines[i] = tostring(e)
    else
      local where = place_of(experiment, e.field)
      lines[i] = string.format("%s%s: %s%s", where and where.file or spec_path,
        where and where.line and ":" .. where.line or "", e.field and e.field .. ": " or "", e.message)
    end
  end
  return lines
end

-- How `--stop-after` and `--print-ir` reach the passes: { stop_after, trace, text() }; nil and an
-- error where there is no such pass.
local function observer(compile, options)
  if options.stop_after then
    local near = nearest.find(options.stop_after, compile.pass_names)
    if near ~= options.stop_after then
      return fail(M.exit.usage, string.format("there is no pass '%s'; the passes are: %s", options.stop_after,
        table.concat(compile.pass_names, ", ")))
    end
  end
  local texts, show = {}, options.stop_after or compile.pass_names[#compile.pass_names]
  local watch = { stop_after = options.stop_after }
  if options.print_ir then
    function watch.trace(graph, pass)
      if pass == show then texts[#texts + 1] = compile.print(graph) end
    end
  end
  function watch.text() return options.print_ir and table.concat(texts, "\n") or nil end
  return watch
end

-- The digest of the sources that stand between generated code and the libraries' kernels.
local function kernel_sources(root)
  local paths = {}
  local function is_source(path) return path:find("%.[ch]$") ~= nil end
  for i, name in ipairs(shell.list_files(root .. "/runtime/backends", is_source)) do
    paths[i] = "runtime/backends/" .. name
  end
  local digests, lines = assert(stamps.digests(root, sorted.sort(paths))), {}
  for i, path in ipairs(paths) do lines[i] = path .. " " .. digests[path] end
  return sha256.text(table.concat(lines, "\n"))
end

-- What emit returns, with `text` where the graph was asked for and `stopped` where it ended early.
local function resolve_and_compile(experiment, spec_path, from, stamp, options, tune)
  local compile, locks = room("compile"), room("lock")
  local watch, errors = observer(compile, options)
  if not watch then return nil, errors end
  local lock, why
  if from.text then lock, why = locks.parse(from.text, from.path) else lock, why = locks.load(from.path) end
  if not lock then return fail(M.exit.failed, why) end
  local resolved
  resolved, errors = room("pipeline").resolve(experiment, lock, {
    digests = function(paths) return stamps.digests(options.root, paths) end })
  if not resolved then return fail(M.exit.failed, located(errors, experiment, spec_path)) end
  resolved.stamp, resolved.libraries = stamp, manifests.known_libraries()
  resolved.made_with = { compiler = identity.present().tools[1].version,
    flags = table.concat(flags.compile(experiment.target.isa, "generated"), " "),
    kernels = experiment.train.cache_backbone and kernel_sources(options.root) or nil }
  if tune then
    resolved.choices, why = room("tuning").choices(tune.text, tune.path, experiment.target)
    if why then return fail(M.exit.failed, why) end
  end
  if options.compiler then return function(given) return compile.compile(resolved, given) end end
  local emitted
  emitted, errors = compile.compile(resolved, { stop_after = watch.stop_after, trace = watch.trace })
  if not emitted then return fail(M.exit.failed, located(errors, experiment, spec_path)) end
  if options.stop_after then return { stopped = true, text = watch.text() } end
  emitted.text = watch.text()
  if resolved.warnings and #resolved.warnings > 0 then emitted.summary.warnings = json.list(resolved.warnings) end
  emitted.summary.validation = resolved.validation
  return emitted
end

-- The choice of kernels beside a spec, { path, text }, or nil; options.tune is taken in its place.
local function tuning_of(spec_path, options)
  local path = spec_path:gsub("%.lua$", "") .. ".tune"
  local text = options.tune or files.read(path)
  return text and { path = path, text = text } or nil
end

--- The generator alone, up to `stop_after`: { text } or nil and errors.
function M.graph(spec_path, options)
  local settings = settings_of(options)
  local experiment, lock = load_locked(spec_path, options, settings)
  if not experiment then return nil, lock end
  local tune = tuning_of(spec_path, options)
  local stamp, why = stamps.of_build { root = settings.root, spec = spec_path, lock = lock,
    tune = tune, sets = experiment.sets, isa = experiment.target.isa, variant = experiment.variant }
  if not stamp then return fail(M.exit.failed, why) end
  local result, errors = resolve_and_compile(experiment, spec_path, lock, stamp, options, tune)
  if not result then return nil, errors end
  return result, experiment
end

--- generator/compile.lua's function for a spec, which takes its options, and the experiment; nil and errors.
function M.compiler(spec_path, options)
  return M.graph(spec_path, setmetatable({ compiler = true }, { __index = options }))
end

-- Moves what was built into place; the record comes last and says that all is there.
local function put_in_place(settings, base, folder, record)
  local path = settings.out .. "/" .. base
  os.remove(path .. ".json")
  for _, move in ipairs { { "src", ".src" }, { "program", "" } } do
    local to = path .. move[2]
    if lfs.symlinkattributes(to, "mode") == "directory" then shell.remove_folder(to) end
    local ok, why = os.rename(folder .. "/" .. move[1], to)
    if not ok then return nil, why end
  end
  return files.write(path .. ".json", manifests.encode(record))
end

-- Keeps what failed where a person can look at it.
local function keep_failed(settings, base, folder)
  local kept = settings.out .. "/" .. base .. ".failed"
  if files.exists(kept) then shell.remove_folder(kept) end
  os.rename(folder, kept)
  return kept
end

local function build_fresh(experiment, spec_path, lock, tune, stamp, inputs, base, options, settings)
  settings.phase("generate")
  local emitted, errors = resolve_and_compile(experiment, spec_path, lock, stamp, options, tune)
  if not emitted then return nil, errors end
  if emitted.stopped then return { stopped = true, text = emitted.text } end
  local built, lines = runtime.ensure(experiment.target.isa, settings)
  if not built then return fail(M.exit.failed, lines) end

  local declared, unknown = manifests.libraries(emitted.libraries)
  if not declared then return fail(M.exit.failed, "internal error: no library is called " .. unknown) end
  local spec_name, lock_name = stamps.base_name(spec_path), stamps.base_name(lock.path)
  local manifest = manifests.make { experiment = experiment, stamp = stamp, inputs = inputs, spec = spec_name,
    lock = lock_name, libraries = declared, summary = emitted.summary }
  local wanted = table.move(libraries.runtime, 1, #libraries.runtime, 1, {})
  table.move(emitted.libraries, 1, #emitted.libraries, #wanted + 1, wanted)
  local folder, why = shell.temporary_folder(settings.out .. "/.build")
  if not folder then return fail(M.exit.failed, why) end
  local sources = stamps.sources(settings.root)
  local digests, unreadable = stamps.digests(settings.root, sources)
  if not digests then return fail(M.exit.failed, unreadable) end
  local warnings, failed = executable.build({
    root = settings.root, isa = experiment.target.isa, jobs = settings.jobs, archive = built.archive,
    store = settings.store, phase = settings.phase, sources = sources, digests = digests,
    tools = identity.present().tools, generated = emitted.files, libraries = wanted, declared = declared,
    manifest = { name = "manifest.json", text = manifests.carried(manifest) },
    spec = { name = "specs/" .. spec_name, text = assert(files.read(spec_path)) },
    lock = { name = "specs/" .. lock_name, text = lock.text or assert(files.read(lock.path)) },
    tune = tune and { name = "specs/" .. stamps.base_name(tune.path), text = tune.text } or nil,
  }, folder)
  if not warnings then
    lines = failed
    table.insert(lines, 1, "internal error: generated code could not be made into an executable (a bug in Ingot, "
      .. "not in the spec); it lies in " .. keep_failed(settings, base, folder))
    return fail(M.exit.failed, lines)
  end
  settings.phase("place")
  local size = lfs.attributes(folder .. "/program", "size")
  local record = manifests.record(manifest, base, size, assert(sha256.files(folder, { "program" })).program)
  local wrong = stamps.changed(settings.root, inputs) or select(2, put_in_place(settings, base, folder, record))
  shell.remove_folder(folder)
  if wrong then return fail(M.exit.failed, wrong) end
  return { record = record, warnings = warnings, text = emitted.text }
end

--- Builds the executable of a spec, unless it is there already.
function M.build(spec_path, options)
  local settings = settings_of(options)
  settings.phase("stamp")
  local experiment, lock = load_locked(spec_path, options, settings)
  if not experiment then return nil, lock end
  local tune = tuning_of(spec_path, options)
  local stamp, inputs = stamps.of_build { root = settings.root, spec = spec_path, lock = lock, tune = tune,
    sets = experiment.sets, isa = experiment.target.isa, variant = experiment.variant }
  if not stamp then return fail(M.exit.failed, inputs) end
  local base = experiment.name .. "-" .. stamp:sub(1, 12)
  local record, warnings, fresh, text = complete(settings, base, stamp), "", false, nil
  if not record or options.stop_after or options.print_ir then
    local ok, errors = check_tools()
    if not ok then return nil, errors end
    local made
    made, errors = build_fresh(experiment, spec_path, lock, tune, stamp, inputs, base, options, settings)
    if not made or made.stopped then return made, errors end
    record, warnings, fresh, text = made.record, made.warnings, true, made.text
  end
  local shown = options.out or "out"
  if not options.unlinked then
    local link, why = point_to(settings, experiment.name, base)
    if not link then return fail(M.exit.failed, why) end
  end
  return { path = shown .. "/" .. base, link = not options.unlinked and shown .. "/" .. experiment.name or nil,
    sources = shown .. "/" .. base .. ".src", record = record, fresh = fresh, warnings = warnings, text = text,
    isa = experiment.target.isa, isa_here = runtime.isa_here(experiment.target.isa) }
end

--- What was built and is complete, newest first within a name: list of records with `current`.
function M.list(options)
  local settings, found = settings_of(options), json.list {}
  for _, name in ipairs(files.list(settings.out, ".json")) do
    local base = name:gsub("%.json$", "")
    local record = record_of(settings, base)
    if record and lfs.attributes(settings.out .. "/" .. base, "size") == record.size then
      record.current = lfs.symlinkattributes(settings.out .. "/" .. record.name, "target") == base
      found[#found + 1] = record
    end
  end
  return found
end

return M
