-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Each file by itself, by chance. What a split file says, beside its fields:
--
--   describe(o)         one line for the lock; o.seed is recorded too where draws were made
--   drawn(o)            whether chance had a part (absent: it had)
--   files(o, files, call) -> list of { split =, group = } | nil, message
--                       for layouts where a file is an item, and for rows of tables: files are
--                       { path =, class =, group = (rows: of the split's `column`) }, call
--                       runs a function of the spec in its sandbox: call(f, …) -> value | nil, error
--   records(o, role, count) -> list of splits, one per record | nil, message
--                       for layouts whose files hold many; role is "train" or "test"
--   declared(o, counts) -> { [split] = { [class] = n } } of { [class] = n }, where nothing but the number of
--                       files is known, or nil and why not; absent: the files themselves are needed
-- A split nil or false is "in none".

local draw = require("generator.base.draw")
local sorted = require("generator.base.sorted")

local fields = { table.unpack(draw.fields) }
fields[#fields + 1] = { name = "stratified", type = "boolean", default = true,
  doc = "draw from each class by itself, so that every split has the same balance of classes" }

return {
  kind = "by_fraction", section = "split",
  doc = "Shares of the files, drawn by chance, each file by itself. Where files belong together (one speaker, one "
    .. "song, one sentence) use `by_group`, or the test knows what it should not.",
  fields = fields,
  check = draw.check,

  declared = function(o, counts)
    if not o.stratified then
      return nil, "with `stratified = false` the names of the files decide how many of each class a split has"
    end
    local result = { train = {}, validation = {}, test = {} }
    for class, n in next, counts do
      local v, t = draw.counts(n, o.validation, o.test)
      result.train[class], result.validation[class], result.test[class] = n - v - t, v, t
    end
    return result
  end,

  describe = function(o)
    return ("by fraction%s: %s"):format(o.stratified and " of each class" or "", draw.describe(o))
  end,

  files = function(o, files)
    local pools = {}
    for _, file in ipairs(files) do
      local pool = o.stratified and file.class or ""
      pools[pool] = pools[pool] or {}
      table.insert(pools[pool], file.path)
    end
    local of = {}
    for _, names in sorted.pairs(pools) do
      for name, split in next, draw.splits(names, o.seed, o.validation, o.test) do of[name] = split end
    end
    local result = {}
    for i, file in ipairs(files) do result[i] = { split = of[file.path] } end
    return result
  end,
}
