-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What a spec demands of its data before anything is trained on it:
--
--   validate = { stop = { leakage = 0, missing = 0.2 }, warn = { balance = 0.5 } }
--
--   validate.fields                     the fields of `stop` and of `warn`
--   validate.check(rules, lock)         list of what does not hold, a line each that names the file, the
--                                       column or the class
--   validate.report(wanted, lock)       wanted = { stop, warn }: what the executable carries of it, for JSON:
--     { rules = { { rule, level, limit, found, status = "ok" | "warn" | "stop", names, total, text } },
--       files = { { of = "all" | "split" | "class", name, files, bytes, seconds, pixels } },
--       columns = { { name, type, missing, categories, constant } } }
--     found: the number compared with the limit, absent where there is nothing to judge; names: the first 20 of
--     `total` files, columns or pairs; seconds, pixels (of the shorter side): { min, median, max }
--
-- Everything is judged by the facts of the lock, so that a build says it, where the data is or not.

local json = require("generator.base.json")
local sorted = require("generator.base.sorted")

local validate = {}

validate.fields = {
  { name = "min_bytes", type = "integer", min = 0, doc = "bytes that each file has at least" },
  { name = "max_bytes", type = "integer", min = 1, doc = "bytes that each file has at most" },
  { name = "min_seconds", type = "number", min = 0, doc = "seconds that each sound has at least" },
  { name = "max_seconds", type = "number", above = 0, doc = "seconds that each sound has at most" },
  { name = "min_pixels", type = "integer", min = 1, doc = "pixels that the shorter side of each image has at least" },
  { name = "formats", type = "list", min_length = 1, of = { type = "string", name = "formats", min_length = 1 },
    doc = "endings that names of files may have, in lower case: { \"wav\", \"flac\" }. That a file's content is of a "
      .. "format that can be read is found out in any case, when the lock is written" },
  { name = "sample_rates", type = "list", min_length = 1, of = { type = "integer", name = "sample_rates", min = 1 },
    doc = "sample rates in Hz that sounds may have" },
  { name = "channels", type = "list", min_length = 1, of = { type = "integer", name = "channels", min = 1 },
    doc = "channels that sounds and images may have" },
  { name = "missing", type = "number", min = 0, max = 1, doc = "largest share of rows without a value, of any column" },
  { name = "constant", type = "integer", min = 0,
    doc = "columns with the same value in every row, and files that hold one value only (silence, a blank image), at "
      .. "most" },
  { name = "duplicate_columns", type = "integer", min = 0,
    doc = "columns with the same content as another, at most" },
  { name = "balance", type = "number", min = 0, max = 1,
    doc = "training items of the rarest class over those of the most frequent one, at least" },
  { name = "duplicates", type = "number", min = 0, max = 1,
    doc = "largest share of files with the content of another, or of rows with the features of another" },
  { name = "leakage", type = "integer", min = 0,
    doc = "files or rows, at most, whose content is in another split too" },
}

local named = 3
local shown = 20 -- names that a table has of each rule
local most_classes = 200 -- beyond, a table of the data has no line for each

-- What a rule finds: { broken, found = number that is compared with the limit (nil: nothing to judge), names =
-- files, columns or classes concerned, total = how many they are, what = said of them }.
local function finding(broken, found, names, what, total)
  return { broken = broken, found = found, names = names, what = what, total = total or #names }
end

-- "a, b, c and 4 more: what"
local function told(of)
  local count = math.min(#of.names, named)
  if count == 0 then return of.what end
  return ("%s%s: %s"):format(table.concat(of.names, ", ", 1, count),
    of.total > count and (" and %d more"):format(of.total - count) or "", of.what)
end

-- Files whose value(file) is beyond the limit: "a.wav (0.2 s), b.wav (0.1 s)"; found is the extreme value.
local function files_that(lock, limit, least, what, value, text)
  local names, extreme = {}, nil
  for _, file in ipairs(lock.files) do
    local of = value(file)
    if of then
      extreme = math[least and "min" or "max"](extreme or of, of)
      if least and of < limit or not least and of > limit then
        names[#names + 1] = ("%s (%s)"):format(file.path, text(of, file))
      end
    end
  end
  return finding(#names > 0, extreme, names, what)
end

-- Files whose content is that of an earlier one, and those of them that are in another split.
local function copies(lock)
  local first, same, leaking = {}, {}, {}
  for _, file in ipairs(lock.files) do
    local before = first[file.sha256]
    if before then
      local pair = before.path .. " = " .. file.path
      same[#same + 1] = pair
      if file.split and before.split and file.split ~= before.split then leaking[#leaking + 1] = pair end
    end
    first[file.sha256] = before or file
  end
  return same, leaking
end

local function bytes(file) return file.bytes end
local function seconds(file) return file.frames and file.rate and file.frames / file.rate end
local function pixels(file) return file.height and file.width and math.min(file.height, file.width) end
local function whole(value) return ("%d"):format(value) end
local function in_seconds(value) return ("%.4g s"):format(value) end
local function in_pixels(_, file) return ("%d x %d"):format(file.height, file.width) end

local rules = {}

function rules.min_bytes(limit, lock)
  return files_that(lock, limit, true, ("fewer than %d bytes"):format(limit), bytes, whole)
end

function rules.max_bytes(limit, lock)
  return files_that(lock, limit, false, ("more than %d bytes"):format(limit), bytes, whole)
end

function rules.min_seconds(limit, lock)
  return files_that(lock, limit, true, ("shorter than %.4g s"):format(limit), seconds, in_seconds)
end

function rules.max_seconds(limit, lock)
  return files_that(lock, limit, false, ("longer than %.4g s"):format(limit), seconds, in_seconds)
end

function rules.min_pixels(limit, lock)
  return files_that(lock, limit, true, ("fewer than %d pixels on a side"):format(limit), pixels, in_pixels)
end

-- Files whose value(file) is not among those listed; found is how many they are.
local function files_among(lock, allowed, what, value)
  local among, names = {}, {}
  for _, one in ipairs(allowed) do among[one] = true end
  local judged = false
  for _, file in ipairs(lock.files) do
    local of = value(file)
    judged = judged or of ~= nil
    if of ~= nil and not among[of] then names[#names + 1] = ("%s (%s)"):format(file.path, of) end
  end
  return finding(#names > 0, judged and #names or nil, names, ("%s other than %s"):format(what,
    table.concat(allowed, ", ")))
end

function rules.formats(allowed, lock)
  return files_among(lock, allowed, "a format", function(file)
    return (file.path:match("%.([^./]+)$") or "none"):lower()
  end)
end

function rules.sample_rates(allowed, lock)
  return files_among(lock, allowed, "a sample rate", function(file) return file.rate end)
end

function rules.channels(allowed, lock)
  return files_among(lock, allowed, "channels", function(file) return file.channels end)
end

function rules.missing(limit, lock)
  local names, most = {}, nil
  for _, column in ipairs(lock.table and lock.table.columns or {}) do
    local share = column.missing / lock.totals.records
    most = math.max(most or share, share)
    if share > limit then names[#names + 1] = ("column %s (%.4g %%)"):format(column.name, 100 * share) end
  end
  return finding(#names > 0, most, names, ("more than %.4g %% of the rows have no value"):format(100 * limit))
end

function rules.constant(limit, lock)
  local names = {}
  for _, column in ipairs(lock.table and lock.table.columns or {}) do
    if column.constant then names[#names + 1] = "column " .. column.name end
  end
  for _, file in ipairs(lock.files) do
    if file.constant then names[#names + 1] = file.path end
  end
  return finding(#names > limit, (lock.table or #lock.files > 0) and #names or nil, names,
    lock.table and "the same value in every row" or "holds one value only")
end

function rules.duplicate_columns(limit, lock)
  local names = {}
  for _, column in ipairs(lock.table and lock.table.columns or {}) do
    if column.same_as then names[#names + 1] = ("column %s = %s"):format(column.same_as, column.name) end
  end
  return finding(#names > limit, lock.table and #names, names, "the same content in both")
end

function rules.balance(limit, lock)
  if lock.table and lock.table.task == "regression" then return finding(false, nil, {}, "there are no classes") end
  local fewest, most
  for _, class in ipairs(lock.classes) do
    local n = lock.counts.train.classes[class] or 0
    if not fewest or n < fewest.n then fewest = { n = n, class = class } end
    if not most or n > most.n then most = { n = n, class = class } end
  end
  return finding(fewest.n < limit * most.n, most.n > 0 and fewest.n / most.n or 0, {},
    ("class %s has %d training items, class %s %d%s"):format(fewest.class, fewest.n, most.class, most.n,
      fewest.n < limit * most.n and (": less than %.4g of it"):format(limit) or ""))
end

-- Of files that hold many records: what is in them twice, how many there are, and what to call it. A lock of before
-- that was looked for has none of it.
local function records_of(lock)
  if lock.table then return lock.table.rows, lock.totals.records, "rows", "features" end
  local images = 0
  for _, file in ipairs(lock.files) do images = images + (file.splits and file.records or 0) end
  return lock.records, images, "records", "content"
end

function rules.duplicates(limit, lock)
  local records, count, name, content = records_of(lock)
  if records then
    return finding(records.duplicated > limit * count, records.duplicated / count, records.examples,
      ("%d of %d %s have the %s of another"):format(records.duplicated, count, name, content), records.duplicated)
  end
  local same, of = copies(lock), #lock.files
  return finding(#same > limit * of, of > 0 and #same / of or nil, same,
    ("%d of %d files have the content of another"):format(#same, of))
end

function rules.leakage(limit, lock)
  local records, _, name, content = records_of(lock)
  if records and records.leaking > limit then
    return finding(true, records.leaking, records.leaks or {}, ("%d %s have the %s of a %s in another split"):format(
      records.leaking, name, content, name:sub(1, -2)), records.leaking)
  end
  local _, leaking = copies(lock)
  if records and #leaking <= limit then
    return finding(false, records.leaking, records.leaks or {}, "", records.leaking)
  end
  return finding(#leaking > limit, #leaking, leaking,
    ("%d files have the content of one in another split"):format(#leaking))
end

function validate.check(wanted, lock)
  local lines = {}
  for name, limit in sorted.pairs(wanted or {}) do
    local of = rules[name](limit, lock)
    if of.broken then lines[#lines + 1] = { rule = name, text = told(of) } end
  end
  return lines
end

-- ------------------------------------------------------------------ tables for people

-- { min, median, max } of what value() says of the files, or nil where it says nothing.
local function spread(files, value)
  local list = {}
  for _, file in ipairs(files) do list[#list + 1] = value(file) or nil end
  if #list == 0 then return nil end
  table.sort(list)
  local low, high = list[(#list + 1) // 2], list[#list // 2 + 1]
  return { min = list[1], median = low == high and low or (low + high) / 2, max = list[#list] }
end

-- A line of files: how many, their bytes, how long they are, how large.
local function line_of(of, name, files)
  local total = 0
  for _, file in ipairs(files) do total = total + file.bytes end
  return { of = of, name = name, files = #files, bytes = total, seconds = spread(files, seconds),
    pixels = spread(files, pixels) }
end

-- The files of all, of each split and of each class, where a file is in one.
local function groups_of(lock)
  local list = json.list {}
  if #lock.files == 0 then return list end
  list[1] = line_of("all", "all files", lock.files)
  local function add(of, names)
    for _, name in ipairs(names) do
      local files = {}
      for _, file in ipairs(lock.files) do
        if file[of] == name then files[#files + 1] = file end
      end
      if #files > 0 then list[#list + 1] = line_of(of, name, files) end
    end
  end
  add("split", { "train", "validation", "test" })
  if #lock.classes <= most_classes then add("class", lock.classes) end
  return list
end

local function columns_of(lock)
  if not lock.table then return nil end
  local list = json.list {}
  for i, column in ipairs(lock.table.columns) do
    list[i] = { name = column.name, type = column.type, missing = column.missing / lock.totals.records,
      categories = column.categories and #column.categories or nil, constant = column.constant or nil }
  end
  return list
end

function validate.report(wanted, lock)
  local list = json.list {}
  for _, level in ipairs { "stop", "warn" } do
    for name, limit in sorted.pairs(wanted and wanted[level] or {}) do
      local of = rules[name](limit, lock)
      list[#list + 1] = { rule = name, level = level, limit = limit, found = of.found,
        status = of.broken and level or "ok", names = json.list { table.unpack(of.names, 1, shown) },
        total = of.total, text = of.broken and told(of) or nil }
    end
  end
  return { rules = list, files = groups_of(lock), columns = columns_of(lock) }
end

return validate
