-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- One of k folds of a cross-validation: the items in an order drawn by chance, dealt out to the folds in
-- turn. A spec returns one experiment for each fold; all see the same folds, because they are drawn from
-- the seed and the names alone. What a split file says is explained in by_fraction.lua.

local draw = require("generator.base.draw")
local grouping = require("generator.base.group")
local sorted = require("generator.base.sorted")

return {
  kind = "k_fold", section = "split",
  doc = "One fold of a cross-validation: a part of the items is the test, the others are for training. A spec "
    .. "returns a list of experiments, one for each fold; `lua build.lua run SPEC` prints mean and deviation over "
    .. "them.",
  fields = {
    { name = "folds", type = "integer", min = 2, max = 1000, required = true,
      doc = "parts that the items are dealt to" },
    { name = "fold", type = "integer", min = 1, max = 1000, required = true,
      doc = "the part that is the test, from 1" },
    { name = "validation", type = "boolean", default = false,
      doc = "whether the part after it (after the last the first) is for validation, looked at after each epoch" },
    { name = "group", type = "any_of", of = { { type = "string", min_length = 1 }, { type = "function" } },
      doc = "items of a group stay in one part: as for `by_group`" },
    { name = "column", type = "string", min_length = 1, doc = "of a table: the column that names the group" },
    { name = "stratified", type = "boolean", default_doc = "true without groups",
      default = function(o) return not (o.group or o.column) end,
      doc = "deal out each class by itself, so that every part has the same balance of classes" },
    { name = "seed", type = "integer", min = 0, default = 1, doc = "seed of the order" },
  },
  check = function(o)
    if o.fold > o.folds then return "fold", ("is %d, there are %d folds"):format(o.fold, o.folds) end
    if o.validation and o.folds < 3 then
      return "validation", "leaves no fold for training: of two, one is the test and one for validation"
    end
    if o.group and o.column then return "column", "and `group` are given; it is one or the other" end
    if o.stratified and (o.group or o.column) then return "stratified", "cannot be kept where groups stay together" end
    local why = type(o.group) == "string" and grouping.wrong(o.group)
    if why then return "group", why end
  end,

  describe = function(o)
    return ("fold %d of %d%s"):format(o.fold, o.folds, o.stratified and " of each class"
      or (o.group or o.column) and " of groups" or "")
  end,

  files = function(o, files, call)
    local f = type(o.group) == "string" and grouping.by_pattern(o.group) or o.group
    local pools, seen, unit = {}, {}, {}
    for i, file in ipairs(files) do
      local name = file.path
      if o.column then
        name = file.group
      elseif f then
        local group, failure = call(f, file.path)
        if failure then return nil, ("split.group fails for %s: %s"):format(file.path, failure.message) end
        name = group ~= nil and tostring(group) or nil
      end
      if name == nil or name == "" then
        return nil, ("split.%s gives no group for %s"):format(o.column and "column" or "group", file.path)
      end
      unit[i] = name
      if not seen[name] then
        seen[name] = true
        local pool = o.stratified and file.class or ""
        pools[pool] = pools[pool] or {}
        table.insert(pools[pool], name)
      end
    end
    local part, at = {}, 0
    for _, names in sorted.pairs(pools) do -- each class goes on where the one before it ended
      for _, name in ipairs(draw.order(names, o.seed)) do
        part[name], at = at % o.folds + 1, at + 1
      end
    end
    if at < o.folds then return nil, ("split: %d folds of %d items leave one empty"):format(o.folds, at) end
    local result = {}
    for i, name in ipairs(unit) do
      local of = part[name]
      result[i] = { group = (o.group or o.column) and name or nil, split = of == o.fold and "test"
        or o.validation and of == o.fold % o.folds + 1 and "validation" or "train" }
    end
    return result
  end,
}
