-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The lock file of a spec (docs/lock.md): the facts of the data from the runtime's own scanner, and
-- which item is in which split. Splits are assigned here and nowhere else.
--
--   lock.path("specs/x.lua")             "specs/x.lock"; of a variant with data of its own "specs/x.NAME.lock"
--   lock.make(experiment, { scanner = }) -> { text =, lock =, report = { lines } } | nil, message
--   lock.write(experiment, path, scanner) -> the same, and the file is written
--   lock.declare(experiment)             -> { text =, lock = } | nil, message: from what the spec declares, no data
--   lock.load(path), lock.parse(text, path) -> table | nil, message
--   lock.matches(experiment, lock)       -> true | nil, message: whether it was made for this spec

local canonical = require("generator.spec.canonical")
local files = require("generator.base.files")
local json = require("generator.base.json")
local label_import = require("generator.labels")
local registry = require("generator.spec.registry")
local repeats = require("generator.repeats")
local sandbox = require("generator.spec.sandbox")
local slices = require("generator.slices")
local sha256 = require("generator.toolchain.sha256")
local sorted = require("generator.base.sorted")
local tables = require("generator.tables")
local encode = require("generator.lock_text")
local vocabularies = require("generator.text.vocabulary")

local lock = { format = 1, splits = { "train", "validation", "test" } }

local letters = { train = "t", validation = "v", test = "e" }
local max_names = 5

--- The lock of a spec; of one of its variants where they do not share their data.
function lock.path(spec_path, variant)
  return (spec_path:gsub("%.lua$", "") .. (variant and "." .. variant or "") .. ".lock")
end

local function quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

-- Runs the scanner; its lines as tables, the summary last.
local function scan(arguments, scanner)
  local request, complaints = os.tmpname(), os.tmpname()
  local function finish(...)
    os.remove(request)
    os.remove(complaints)
    return ...
  end
  local written, why = files.write(request, json.encode(arguments) .. "\n")
  if not written then return finish(nil, why) end
  local pipe, refused = io.popen(("%s <%s 2>%s"):format(quote(scanner), quote(request), quote(complaints)), "r")
  if not pipe then return finish(nil, refused) end
  local lines, broken = {}, nil
  for line in pipe:lines() do
    local value, wrong = json.decode(line)
    if type(value) ~= "table" then broken = broken or wrong or "not an object" end
    lines[#lines + 1] = value
  end
  local ok = pipe:close()
  if not ok then
    local said = (files.read(complaints) or ""):gsub("%s+$", "")
    return finish(nil, said ~= "" and said or "the scanner failed: " .. scanner)
  end
  if broken then return finish(nil, "the scanner's output cannot be read: " .. broken) end
  local last = table.remove(lines)
  if not last or type(last.summary) ~= "table" then return finish(nil, "the scanner ended without a summary") end
  return finish(lines, last.summary)
end

-- "a.wav: not audio …" for the first few, and how many more there are.
local function listed(entries, key)
  local lines = {}
  for i = 1, math.min(#entries, max_names) do
    lines[i] = ("  %s: %s"):format(entries[i].path, entries[i][key])
  end
  if #entries > max_names then lines[#lines + 1] = ("  and %d more"):format(#entries - max_names) end
  return table.concat(lines, "\n")
end

local function sort_out(entries, data)
  local usable, faulty, skipped = {}, {}, {}
  sorted.sort(entries, function(a, b) return sorted.before(a.path, b.path) end)
  for _, entry in ipairs(entries) do
    if entry.problem then
      faulty[#faulty + 1] = entry
      skipped[#skipped + 1] = { path = entry.path, problem = entry.problem }
    elseif entry.left_out then
      skipped[#skipped + 1] = { path = entry.path, problem = entry.left_out }
    else
      usable[#usable + 1] = entry
    end
  end
  if #faulty > 0 and data.on_unreadable ~= "skip" then
    local advice = data.on_unreadable and "\n(data.on_unreadable = \"skip\" leaves such files out)" or ""
    return nil, ("%d of %d files in %s cannot be used:\n%s%s"):format(#faulty, #entries, data.path,
      listed(faulty, "problem"), advice)
  end
  return usable, skipped, faulty
end

-- Run lengths of a list of splits: "48000t12000v".
function lock.run_lengths(list)
  local parts, i = {}, 1
  while i <= #list do
    local stop = i
    while list[stop + 1] ~= nil and list[stop + 1] == list[i] do stop = stop + 1 end
    parts[#parts + 1] = ("%d%s"):format(stop - i + 1, letters[list[i]] or "-")
    i = stop + 1
  end
  return table.concat(parts)
end

local function new_counts()
  local counts = {}
  for _, split in ipairs { "train", "validation", "test", "none" } do counts[split] = { items = 0, classes = {} } end
  return counts
end

local function count(counts, split, class)
  local of = counts[split or "none"]
  of.items = of.items + 1
  if class then of.classes[class] = (of.classes[class] or 0) + 1 end
end

-- Sounds: a file is an item, its class is its folder, or what the export of labels says.
local function split_files(usable, data, module, counts)
  local seen, classes = {}, {}
  for _, entry in ipairs(usable) do
    entry.class, entry.label = entry.label, nil
    if not seen[entry.class] then
      seen[entry.class] = true
      classes[#classes + 1] = entry.class
    end
  end
  sorted.sort(classes)
  for _, name in ipairs(data.classes or {}) do
    if not seen[name] then return nil, ("class \"%s\" has no file that can be used in %s"):format(name, data.path) end
  end
  local assigned, why = module.files(data.split, usable, sandbox.call)
  if not assigned then return nil, why end
  for i, entry in ipairs(usable) do
    entry.split, entry.group = assigned[i].split or nil, assigned[i].group
    count(counts, entry.split, entry.class)
  end
  return classes
end

-- Files of many records: the split of each record, its class from the file of labels; also what is in them twice.
local function split_records(usable, data, module, counts)
  if not module.records then
    return nil, ("split: `%s` cannot split the records of `%s`; use given { validation = … }"):format(
      data.split.kind, data.kind)
  end
  local by_path, largest, of_images, digests, splits = {}, -1, {}, {}, {}
  for _, entry in ipairs(usable) do
    by_path[entry.path] = entry
    if entry.label_counts then largest = math.max(largest, #entry.label_counts - 1) end
  end
  local classes = {}
  if data.classes then
    if largest >= #data.classes then
      return nil, ("data.classes names %d classes, the labels go up to %d"):format(#data.classes, largest)
    end
    table.move(data.classes, 1, #data.classes, 1, classes)
  else
    for i = 0, largest do classes[i + 1] = tostring(i) end
  end
  for _, entry in ipairs(usable) do
    if entry.label_file then
      local labels = by_path[entry.label_file] and by_path[entry.label_file].labels_hex
      if not labels or #labels ~= 2 * entry.records then
        return nil, ("%s: its labels in %s are not one for each record"):format(entry.path, entry.label_file)
      end
      local list, why = module.records(data.split, entry.role:match("^%a+"), entry.records)
      if not list then return nil, why end
      entry.splits = lock.run_lengths(list)
      for i = 1, entry.records do
        local class = tonumber(labels:sub(2 * i - 1, 2 * i), 16)
        count(counts, list[i], classes[class + 1])
      end
      local of_file, in_split = {}, {}
      for i = 1, entry.records do
        of_file[i] = (entry.digests_hex or ""):sub(16 * i - 15, 16 * i)
        in_split[i] = list[i] or "none"
      end
      of_images[#of_images + 1], digests[#digests + 1], splits[#splits + 1] = entry, of_file, in_split
    end
  end
  for _, entry in ipairs(usable) do entry.label_counts, entry.labels_hex, entry.digests_hex = nil, nil, nil end
  return classes, repeats.find(of_images, digests, splits)
end

-- What training needs whatever the model: classes to tell apart, each of them to be learnt from; numbers to
-- predict only need rows.
local function check_counts(counts, classes, data, task)
  local regression = task == "regression"
  if #classes < 2 and not regression then
    return nil, ("%s has %d class%s; telling things apart takes two"):format(data.path, #classes,
      #classes == 1 and "" or "es")
  end
  local wanted = { train = true, test = true }
  local validation = data.split.validation
  if validation and validation ~= 0 then wanted.validation = true end
  for _, split in ipairs(lock.splits) do
    if wanted[split] and counts[split].items == 0 then
      return nil, ("no item is in the split \"%s\" (%d in train, %d in validation, %d in test)"):format(split,
        counts.train.items, counts.validation.items, counts.test.items)
    end
  end
  local without = {}
  for _, class in ipairs(classes) do
    if not regression and not counts.train.classes[class] then without[#without + 1] = class end
  end
  if #without > 0 then
    return nil, ("no training item of class %s"):format(table.concat(without, ", "))
  end
  return true
end

-- What of the spec decides a lock: text to compare. What is declared of the data decides only a lock
-- that was made of it.
local function made_for(experiment, declared)
  local copy, texts = {}, { [0] = experiment.spec and experiment.spec.text }
  table.move(experiment.sets or {}, 1, #(experiment.sets or {}), 1, texts)
  for key, value in next, experiment.data do
    if key ~= "path" and (key ~= "declared" or declared) then copy[key] = value end
  end
  local columns = slices.columns(experiment)
  if copy.labels then -- where the export lies does not matter: the lock has its digest
    copy.labels = {}
    for key, value in next, experiment.data.labels do
      if key ~= "label_studio" then copy.labels[key] = value end
    end
  end
  local wanted = vocabularies.wanted(experiment, registry.default().kinds)
  return canonical.text(copy, function(f) return sandbox.text_of(f, texts) end)
    .. (wanted and "\nvocabulary " .. canonical.text(wanted) or "")
    .. (columns and "\nslices by " .. json.encode(json.list(columns)) or "")
end

--- Whether all of a list of experiments read the same data and split it alike: then one lock serves all.
function lock.shared(experiments)
  local first
  for _, experiment in ipairs(experiments) do
    local imported = experiment.data.labels and experiment.data.labels.label_studio or ""
    local text = (experiment.data.path or "") .. "\n" .. imported .. "\n" .. made_for(experiment, true)
    first = first or text
    if text ~= first then return false end
  end
  return true
end

-- The facts of weight files that training starts from: { path, bytes, sha256, tensors = { [name] =
-- { dtype =, shape = } } } each, in the order of their paths; nil and a message.
local function scan_weights(paths, scanner)
  local list = json.list {}
  for i, path in ipairs(paths) do
    local tensors, summary = scan({ reader = "safetensors", path = path }, scanner)
    if not tensors then return nil, "train.pretrained: " .. summary:gsub("^ingot%-scan: ", "") end
    local by_name = {}
    for _, t in ipairs(tensors) do by_name[t.name] = { dtype = t.dtype, shape = json.list(t.shape) } end
    list[i] = { path = path, bytes = summary.bytes, sha256 = summary.sha256, tensors = by_name }
  end
  return list
end

--- What a lock knows of a file of weights: { path, sha256, tensors }, or nil and a message.
function lock.weights(value, path)
  for _, entry in ipairs(value.weights or {}) do
    if entry.path == path then return { path = path, sha256 = entry.sha256, tensors = entry.tensors } end
  end
  return nil, ("the lock knows nothing of %s; write it again with `lua build.lua lock`"):format(path)
end

-- Makes the lock of an experiment by reading its data. options: scanner (path of ingot-scan),
-- registry (of kinds), weights (paths of files that training starts from, in byte order), cache (a file where
-- the scanner keeps what it knows of files, so that unchanged ones are not read again), rehash (true: believe
-- nothing of it), dvc (what generator/dvc/data.lua found of the data, to be recorded).
function lock.make(experiment, options)
  local data = experiment.data
  local kinds = (options.registry or registry.default()).kinds
  local reader, split = kinds[data.kind].module, kinds[data.split.kind].module
  local spec = made_for(experiment) -- before a function of the spec runs, which may change what it uses
  local weights, refused = scan_weights(options.weights or {}, options.scanner)
  if not weights then return nil, refused end
  local arguments = reader.scan_arguments(data)
  if reader.table then arguments.slices = slices.columns(experiment) end
  arguments.cache, arguments.rehash = options.cache, options.rehash
  local entries, summary = scan(arguments, options.scanner)
  if not entries then return nil, summary end
  local usable, skipped, faulty = sort_out(entries, data)
  if not usable then return nil, skipped end
  local imported, told
  local by_spec = #skipped - #faulty
  if data.labels then
    imported, refused = label_import.assign(usable, skipped, data)
    if not imported then return nil, refused end
    usable, skipped, told, summary = imported.usable, imported.skipped, imported.told, imported.sums or summary
  end
  if #usable == 0 then return nil, data.path .. ": there is no file that can be used" end

  local counts = new_counts()
  local by_record = false -- files that hold many records have their labels in a file of their own
  for _, entry in ipairs(usable) do by_record = by_record or entry.label_file ~= nil end
  local classes, why, facts, records
  if reader.table then
    facts, why = tables.lock(usable, data, reader, split, { call = sandbox.call, run_lengths = lock.run_lengths,
      slices = arguments.slices,
      count = function(...) count(counts, ...) end })
    classes = facts and facts.classes
  else
    classes, why = (by_record and split_records or split_files)(usable, data, split, counts)
    records = by_record and why or nil
  end
  if not classes then return nil, why end
  local task = facts and facts.table.task
  local fine
  fine, why = check_counts(counts, classes, data, task)
  if not fine then return nil, why end
  if counts.none.items == 0 then counts.none = nil end
  local wanted, vocabulary, distinct = vocabularies.wanted(experiment, kinds), nil, nil
  if wanted then
    vocabulary, distinct = vocabularies.count(wanted, arguments, usable, function(asked)
      return scan(asked, options.scanner)
    end)
    if not vocabulary then return nil, distinct end
  end

  local result = {
    format = lock.format, digest = summary.digest, classes = json.list(classes), files = json.list(usable),
    skipped = json.list(skipped), weights = #weights > 0 and weights or nil, counts = counts,
    table = facts and facts.table or nil, records = records, vocabulary = vocabulary,
    labels = imported and imported.facts,
    data = { kind = data.kind, path = data.path, dvc = options.dvc },
    split = { description = split.describe(data.split), spec = spec,
      seed = (not split.drawn or split.drawn(data.split)) and data.split.seed or nil },
    totals = { files = summary.files, bytes = summary.bytes, records = summary.records, frames = summary.frames },
  }
  local report = { ("%d %s, %d file%s: %d items to train, %d to validate, %d to test"):format(#classes,
    task ~= "regression" and "classes" or #classes == 1 and "number to predict" or "numbers to predict", #usable,
    #usable == 1 and task and "" or "s", counts.train.items, counts.validation.items, counts.test.items) }
  if vocabulary then
    report[#report + 1] = ("vocabulary: %d terms of %d in %d training texts; at most %d in one text"):format(
      #vocabulary.terms, distinct, vocabulary.documents, vocabulary.most)
  end
  local replaced, where = 0, 0
  for _, entry in ipairs(usable) do
    replaced, where = replaced + (entry.replaced or 0), where + (entry.replaced and 1 or 0)
  end
  if replaced > 0 then
    report[#report + 1] = ("%d bytes that are no UTF-8 replaced in %d file%s"):format(replaced, where,
      where == 1 and "" or "s")
  end
  if #faulty > 0 then
    report[#report + 1] = ("%d unreadable file%s left out:\n%s"):format(#faulty, #faulty == 1 and "" or "s",
      listed(faulty, "problem"))
  end
  for _, line in ipairs(told or {}) do report[#report + 1] = line end
  if by_spec > 0 then report[#report + 1] = ("%d files left out by the spec"):format(by_spec) end
  return { text = encode(result), lock = result, report = report }
end

-- The lock of data that is not at hand, from what the spec declares of it: counts and the facts of a
-- sound, no files. It lets everything be built that needs shapes only.
function lock.declare(experiment, options)
  local data = experiment.data
  local split = (options and options.registry or registry.default()).kinds[data.split.kind].module
  local classes, of = table.move(data.classes, 1, #data.classes, 1, {}), {}
  sorted.sort(classes)
  for _, class in ipairs(classes) do of[class] = data.declared.files_per_class end
  local counts = new_counts()
  for name, per_class in sorted.pairs(assert(split.declared(data.split, of))) do
    for class, items in sorted.pairs(per_class) do
      if items > 0 then counts[name].classes[class] = items end
      counts[name].items = counts[name].items + items
    end
  end
  local fine, why = check_counts(counts, classes, data)
  if not fine then return nil, why end
  counts.none = nil
  local facts = { rate = data.declared.rate, frames = math.floor(data.declared.seconds * data.declared.rate + 0.5) }
  local total = #classes * data.declared.files_per_class
  local result = {
    format = lock.format, digest = sha256.text(""), classes = json.list(classes), files = json.list {},
    skipped = json.list {}, counts = counts, data = { kind = data.kind, path = data.path }, declared = facts,
    split = { description = split.describe(data.split), spec = made_for(experiment, true) },
    totals = { files = 0, bytes = 0, records = total, frames = total * facts.frames },
  }
  return { text = encode(result), lock = result }
end

function lock.write(experiment, path, scanner)
  local made, why = lock.make(experiment, { scanner = scanner })
  if not made then return nil, why end
  local written, refused = files.write(path, made.text)
  if not written then return nil, refused end
  return made
end

-- ------------------------------------------------------------------ reading

local function check_shape(value)
  if type(value) ~= "table" then return "is not a JSON object" end
  if value.format ~= lock.format then
    return ("has format %s, this Ingot reads format %d"):format(tostring(value.format), lock.format)
  end
  for _, key in ipairs { "classes", "counts", "data", "files", "skipped", "split", "totals" } do
    if type(value[key]) ~= "table" then return ("lacks `%s`"):format(key) end
  end
  if type(value.digest) ~= "string" or not value.digest:match("^%x+$") or #value.digest ~= 64 then
    return "lacks a `digest` of 64 hex digits"
  end
  for _, split in ipairs(lock.splits) do
    local of = value.counts[split]
    if type(of) ~= "table" or math.type(of.items) ~= "integer" then return ("lacks counts of `%s`"):format(split) end
  end
  if value.declared ~= nil then
    local facts = type(value.declared) == "table" and value.declared or {}
    if math.type(facts.rate) ~= "integer" or math.type(facts.frames) ~= "integer" then
      return "lacks the `rate` and `frames` it declares"
    end
    if #value.files > 0 then return "has files and is declared: it is one or the other" end
  end
  local vocabulary = value.vocabulary
  if vocabulary ~= nil and (type(vocabulary) ~= "table" or type(vocabulary.terms) ~= "table" or #vocabulary.terms == 0
    or math.type(vocabulary.documents) ~= "integer" or math.type(vocabulary.most) ~= "integer"
    or math.type(vocabulary.entries) ~= "integer") then
    return "has a `vocabulary` without terms or counts"
  end
  if value.labels ~= nil and (type(value.labels) ~= "table" or type(value.labels.sha256) ~= "string") then
    return "has `labels` without the digest of their export"
  end
  for _, class in ipairs(value.classes) do
    if type(class) ~= "string" or class == "" then return "has a class without a name" end
  end
  for i, entry in ipairs(type(value.weights) == "table" and value.weights or {}) do
    if type(entry) ~= "table" or type(entry.path) ~= "string" or type(entry.tensors) ~= "table"
      or type(entry.sha256) ~= "string" or #entry.sha256 ~= 64 then
      return ("weights[%d] lacks path, sha256 or tensors"):format(i)
    end
    for name, saved in sorted.pairs(entry.tensors) do
      if type(saved) ~= "table" or type(saved.shape) ~= "table" then
        return ("%s: %s has no shape"):format(entry.path, name)
      end
    end
  end
  local before
  for i, entry in ipairs(value.files) do
    if type(entry) ~= "table" or type(entry.path) ~= "string" then return ("files[%d] has no path"):format(i) end
    if type(entry.sha256) ~= "string" or #entry.sha256 ~= 64 or math.type(entry.bytes) ~= "integer"
      or math.type(entry.records) ~= "integer" then
      return ("%s lacks sha256, bytes or records"):format(entry.path)
    end
    if before and not sorted.before(before, entry.path) then return entry.path .. " is out of order" end
    before = entry.path
  end
end

function lock.parse(text, path)
  local value, why = json.decode(text)
  if value == nil then return nil, ("%s: is not JSON: %s"):format(path, why) end
  local wrong = check_shape(value)
  if wrong then return nil, ("%s: %s; write it again with `lua build.lua lock`"):format(path, wrong) end
  return value
end

function lock.load(path)
  local text, why = files.read(path)
  if not text then return nil, why end
  return lock.parse(text, path)
end

-- A lock states how its data was read and split; a spec that changed there needs another one.
function lock.matches(experiment, value)
  if value.data.kind ~= experiment.data.kind then
    return nil, ("the lock was made with the reader `%s`, the spec has `%s`"):format(tostring(value.data.kind),
      experiment.data.kind)
  end
  if value.split.spec ~= made_for(experiment, value.declared ~= nil) then
    return nil, "the lock was made for another `data` or `split` (" .. tostring(value.split.description)
      .. "); write it again with `lua build.lua lock`"
  end
  local changed = vocabularies.changed(vocabularies.wanted(experiment, registry.default().kinds), value.vocabulary)
  if changed then return nil, changed end
  if experiment.data.labels and value.labels then
    changed = label_import.changed(experiment.data, value.labels)
    if changed then return nil, changed end
  end
  return true
end

return lock
