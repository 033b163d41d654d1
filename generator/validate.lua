-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What a spec demands of its data before anything is trained on it:
--
--   validate = { stop = { leakage = 0, missing = 0.2 }, warn = { balance = 0.5 } }
--
--   validate.fields                     the fields of `stop` and of `warn`
--   validate.check(rules, lock)         list of what does not hold, a line each that names the file, the
--                                       column or the class
--
-- Everything is judged by the facts of the lock, so that a build says it, where the data is or not.

local sorted = require("generator.base.sorted")

local validate = {}

validate.fields = {
  { name = "min_bytes", type = "integer", min = 0, doc = "bytes that each file has at least" },
  { name = "max_bytes", type = "integer", min = 1, doc = "bytes that each file has at most" },
  { name = "min_seconds", type = "number", min = 0, doc = "seconds that each sound has at least" },
  { name = "max_seconds", type = "number", above = 0, doc = "seconds that each sound has at most" },
  { name = "min_pixels", type = "integer", min = 1, doc = "pixels that the shorter side of each image has at least" },
  { name = "missing", type = "number", min = 0, max = 1, doc = "largest share of rows without a value, of any column" },
  { name = "constant", type = "integer", min = 0, doc = "columns with the same value in every row, at most" },
  { name = "balance", type = "number", min = 0, max = 1,
    doc = "training items of the rarest class over those of the most frequent one, at least" },
  { name = "duplicates", type = "number", min = 0, max = 1,
    doc = "largest share of files with the content of another, or of rows with the features of another" },
  { name = "leakage", type = "integer", min = 0,
    doc = "files or rows, at most, whose content is in another split too" },
}

local named = 3

-- "a, b, c and 4 more: what"
local function told(names, what)
  local shown = table.concat(names, ", ", 1, math.min(#names, named))
  return ("%s%s: %s"):format(shown, #names > named and (" and %d more"):format(#names - named) or "", what)
end

-- Files for which test(file) gives a number that is wrong: "a.wav (0.2), b.wav (0.1)".
local function files_that(lock, what, test)
  local names = {}
  for _, file in ipairs(lock.files) do
    local value = test(file)
    if value then names[#names + 1] = ("%s (%s)"):format(file.path, value) end
  end
  return #names > 0 and told(names, what) or nil
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

local rules = {}

function rules.min_bytes(limit, lock)
  return files_that(lock, ("fewer than %d bytes"):format(limit), function(f) return f.bytes < limit and f.bytes end)
end

function rules.max_bytes(limit, lock)
  return files_that(lock, ("more than %d bytes"):format(limit), function(f) return f.bytes > limit and f.bytes end)
end

local function seconds(file) return file.frames and file.rate and file.frames / file.rate end

function rules.min_seconds(limit, lock)
  return files_that(lock, ("shorter than %.4g s"):format(limit), function(f)
    return seconds(f) and seconds(f) < limit and ("%.4g s"):format(seconds(f))
  end)
end

function rules.max_seconds(limit, lock)
  return files_that(lock, ("longer than %.4g s"):format(limit), function(f)
    return seconds(f) and seconds(f) > limit and ("%.4g s"):format(seconds(f))
  end)
end

function rules.min_pixels(limit, lock)
  return files_that(lock, ("fewer than %d pixels on a side"):format(limit), function(f)
    return f.height and math.min(f.height, f.width) < limit and ("%d x %d"):format(f.height, f.width)
  end)
end

function rules.missing(limit, lock)
  local names = {}
  for _, column in ipairs(lock.table and lock.table.columns or {}) do
    local share = column.missing / lock.totals.records
    if share > limit then names[#names + 1] = ("column %s (%.4g %%)"):format(column.name, 100 * share) end
  end
  return #names > 0 and told(names, ("more than %.4g %% of the rows have no value"):format(100 * limit)) or nil
end

function rules.constant(limit, lock)
  local names = {}
  for _, column in ipairs(lock.table and lock.table.columns or {}) do
    if column.constant then names[#names + 1] = "column " .. column.name end
  end
  return #names > limit and told(names, "the same value in every row") or nil
end

function rules.balance(limit, lock)
  if lock.table and lock.table.task == "regression" then return nil end
  local fewest, most
  for _, class in ipairs(lock.classes) do
    local n = lock.counts.train.classes[class] or 0
    if not fewest or n < fewest.n then fewest = { n = n, class = class } end
    if not most or n > most.n then most = { n = n, class = class } end
  end
  if fewest.n >= limit * most.n then return nil end
  return ("class %s has %d training items, class %s %d: less than %.4g of it"):format(fewest.class, fewest.n,
    most.class, most.n, limit)
end

function rules.duplicates(limit, lock)
  local same, of = copies(lock), #lock.files
  if lock.table then
    of = lock.totals.records
    if lock.table.rows.duplicated <= limit * of then return nil end
    return ("%s: %d of %d rows have the features of another"):format(table.concat(lock.table.rows.examples, ", "),
      lock.table.rows.duplicated, of)
  end
  return #same > limit * of and told(same, ("%d of %d files have the content of another"):format(#same, of)) or nil
end

function rules.leakage(limit, lock)
  local _, leaking = copies(lock)
  local rows = lock.table and lock.table.rows.leaking or 0
  if rows > limit then return ("%d rows have the features of a row in another split"):format(rows) end
  return #leaking > limit and told(leaking, ("%d files have the content of one in another split"):format(#leaking))
    or nil
end

function validate.check(wanted, lock)
  local lines = {}
  for name, limit in sorted.pairs(wanted or {}) do
    local line = rules[name](limit, lock)
    if line then lines[#lines + 1] = { rule = name, text = line } end
  end
  return lines
end

return validate
