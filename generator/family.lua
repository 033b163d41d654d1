-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What is done with all variants of a spec that returns a list of experiments, one after the other:
-- a variant that fails is told and counted, and stops none of the others.

local driver = require("generator.driver")
local files = require("generator.base.files")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")
local sorted = require("generator.base.sorted")

local M = {}

--- Metrics of the test split that runs are compared by, as `run --json` names them.
M.metrics = { { key = "accuracy", title = "accuracy" }, { key = "macro_f1", title = "macro F1" },
  { key = "r2", title = "R2" }, { key = "rmse", title = "RMSE" } }

-- The errors of a variant, each once over the whole family: variants made by one loop share the line
-- a mistake stands on.
local function tell(name, errors, told)
  for _, line in ipairs(errors) do
    line = tostring(line)
    if not told[line] then
      told[line] = name
      io.stderr:write(name, ": ", line, "\n")
    else
      io.stderr:write(name, ": the same as ", told[line], "\n")
    end
  end
end

local function copy_of(options, variant)
  local copy = {}
  for key, value in pairs(options) do copy[key] = value end -- a map: order does not matter
  copy.variant = variant
  return copy
end

local function lines_of(errors)
  local list = json.list {}
  for i, line in ipairs(errors) do list[i] = tostring(line) end
  return list
end

--- Builds every variant of `all` (driver.variants). Returns { variants = list, failed = count }; an
--- element has `name` and, where it was built, path, link, sources, built (now), stamp, size, sha256,
--- summary; else errors.
function M.build(spec_path, all, options)
  local done, told = { variants = json.list {}, failed = 0 }, {}
  for i, variant in ipairs(all) do
    local result, errors = driver.build(spec_path, copy_of(options, variant))
    if result then
      if result.warnings ~= "" then io.stderr:write(result.warnings) end
      local record = result.record
      done.variants[i] = { name = variant.name, path = result.path, link = result.link, sources = result.sources,
        built = result.fresh, stamp = record.stamp, size = record.size, sha256 = record.sha256,
        summary = record.summary }
    else
      tell(variant.name, errors, told)
      done.failed = done.failed + 1
      done.variants[i] = { name = variant.name, errors = lines_of(errors) }
    end
  end
  return done
end

-- The last line of what an executable printed, as a table; nil where it is no JSON object.
local function said(text)
  local line = (text or ""):match("([^\n]*)\n*$")
  local value = line:find("^{") and json.decode(line) or nil
  return type(value) == "table" and value or nil
end

-- Seconds of training, also where the weights were there already: the ledger of stages keeps them.
local function train_seconds(result)
  if result.trained and result.seconds then return result.seconds.train end
  local folder = result.weights and result.weights.path:match("^(.*)/")
  local ledger = json.decode(folder and files.read(folder .. "/stages.json") or "null")
  local stage = type(ledger) == "table" and ledger.train
  return type(stage) == "table" and stage.seconds or nil
end

local function row_of(built, text, complaint, status)
  local result = said(text)
  local row = { name = built.name, stamp = built.stamp, path = built.path,
    parameters = built.summary and built.summary.parameters, exit_code = status }
  local test = result and result.metrics and result.metrics.test
  if status ~= 0 or not result then
    row.errors = json.list {}
    local prefix = built.name .. ": "
    for line in (complaint or ""):gmatch("[^\n]+") do
      row.errors[#row.errors + 1] = line:sub(1, #prefix) == prefix and line:sub(#prefix + 1) or line
    end
    if #row.errors == 0 then row.errors[1] = "ended with exit code " .. status end
  end
  row.trained = result and result.trained
  row.weights = result and result.weights and result.weights.sha256
  row.seconds = result and train_seconds(result)
  for _, metric in ipairs(M.metrics) do row[metric.key] = test and test[metric.key] end
  return row
end

-- Runs the executables, `at_once` of them beside each other; calls done(index, status) as each ends.
-- Output and complaints of number i lie in folder/i.out and folder/i.err.
local function run_all(list, folder, options, done)
  local lines = {}
  for i, built in ipairs(list) do
    local program = built.path:find("^/") and built.path or "./" .. built.path
    local words = { program, "run", "--json", "--quiet", "--work", options.work }
    if options.data then table.move({ "--data", options.data }, 1, 2, #words + 1, words) end
    local base = string.format("%s/%d", folder, i)
    assert(files.write(base .. ".sh", string.format("%s >%s 2>%s; echo %d $?\n", shell.command(words),
      shell.quote(base .. ".out"), shell.quote(base .. ".err"), i)))
    lines[i] = base .. ".sh"
  end
  assert(files.write(folder .. "/list", table.concat(lines, "\n") .. "\n"))
  local pipe = assert(io.popen(string.format("xargs -P %d -n 1 sh <%s", options.at_once or 1,
    shell.quote(folder .. "/list"))))
  for line in pipe:lines() do
    local i, status = line:match("^(%d+) (%d+)$")
    if i then done(tonumber(i), tonumber(status)) end
  end
  pipe:close()
end

-- Best first: by accuracy on the test split, then by macro F1, or by R2, then by name; what failed last.
local function better(a, b)
  for _, key in ipairs { "accuracy", "macro_f1", "r2" } do
    local x, y = a[key] or -math.huge, b[key] or -math.huge
    if x ~= y then return x > y end
  end
  return a.name < b.name
end

-- What makes experiments folds of one cross-validation: all but their names and the number of the fold.
local function fold_key(experiment)
  local copy, data, split = {}, {}, {}
  for key, value in pairs(experiment) do copy[key] = value end -- maps: order does not matter
  for key, value in pairs(experiment.data) do data[key] = value end
  for key, value in pairs(experiment.data.split) do split[key] = value end
  copy.name, copy.variant, copy.spec, copy.sets, split.fold = nil, nil, nil, nil, nil
  data.split = split
  copy.data = data
  return require("generator.spec.canonical").text(copy, tostring)
end

local function common_prefix(a, b)
  local n = 0
  while n < #a and a:byte(n + 1) == b:byte(n + 1) do n = n + 1 end
  return a:sub(1, n)
end

-- Mean and standard deviation (divisor n - 1) of the test metrics over the folds of each
-- cross-validation that has two folds or more.
local function cross_validations(all, rows)
  local of, list, by_key = {}, json.list {}, {}
  for _, row in ipairs(rows) do of[row.name] = row end
  for _, variant in ipairs(all) do
    local experiment, row = variant.experiment, of[variant.name]
    if experiment and experiment.data.split.kind == "k_fold" and row and not row.errors then
      local key = fold_key(experiment)
      local group = by_key[key]
      if not group then
        group = { name = variant.name, folds = experiment.data.split.folds, rows = {} }
        by_key[key], list[#list + 1] = group, group
      end
      group.name = common_prefix(group.name, variant.name)
      group.rows[#group.rows + 1] = row
    end
  end
  local made = json.list {}
  for _, group in ipairs(list) do
    local one = { name = group.name:gsub("[%W_]+$", ""), folds = group.folds, runs = #group.rows, mean = {}, std = {} }
    for _, metric in ipairs(M.metrics) do
      local sum, squares, n = 0.0, 0.0, 0
      for _, row in ipairs(group.rows) do
        if row[metric.key] then sum, n = sum + row[metric.key], n + 1 end
      end
      for _, row in ipairs(group.rows) do
        if row[metric.key] then squares = squares + (row[metric.key] - sum / n) ^ 2 end
      end
      if n > 1 then one.mean[metric.key], one.std[metric.key] = sum / n, math.sqrt(squares / (n - 1)) end
    end
    if one.runs > 1 then made[#made + 1] = one end
  end
  return #made > 0 and made or nil
end

--- Builds and runs every variant; what was trained before is only measured again. options beside those
--- of M.build: work (folder of results), data, at_once (runs beside each other), ended(row) called as
--- each run ends. Returns { variants = rows, best first, failed = count, folds }; a row has name, stamp, path,
--- accuracy and macro_f1, or r2 and rmse, of the test split, seconds of training, parameters, weights (their digest),
--- trained (now), exit_code, and errors where it failed. folds, where variants are folds of cross-validations:
--- a list of { name, folds, runs, mean = { [metric] = v }, std }.
function M.run(spec_path, all, options)
  local built = M.build(spec_path, all, options)
  local rows, list = json.list {}, {}
  for _, one in ipairs(built.variants) do
    if one.errors then rows[#rows + 1] = { name = one.name, errors = one.errors } else list[#list + 1] = one end
  end
  local failed = built.failed
  local folder = assert(shell.temporary_folder(os.getenv("TMPDIR") or "/tmp"))
  run_all(list, folder, options, function(i, status)
    local row = row_of(list[i], files.read(string.format("%s/%d.out", folder, i)),
      files.read(string.format("%s/%d.err", folder, i)), status)
    failed = failed + (row.errors and 1 or 0)
    rows[#rows + 1] = row
    if options.ended then options.ended(row) end
  end)
  shell.remove_folder(folder)
  sorted.sort(rows, better)
  return { variants = rows, failed = failed, folds = cross_validations(all, rows) }
end

--- The variants of a spec beside what was built of them (driver.list): { name, lock, stamp where built,
--- errors where the spec is wrong }.
function M.list(all, built)
  local current, list = {}, json.list {}
  for _, record in ipairs(built) do
    if record.current then current[record.name] = record.stamp end
  end
  for i, variant in ipairs(all) do
    list[i] = { name = variant.name, lock = variant.lock, stamp = current[variant.name],
      errors = variant.errors and lines_of(variant.errors) or nil }
  end
  return list
end

return M
