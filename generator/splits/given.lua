-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The split that the data comes with. What a split file says is explained in by_fraction.lua.

local draw = require("generator.base.draw")

local function rule(name, doc)
  return { name = name, type = "any_of", doc = doc,
    of = { { type = "string", min_length = 1 }, { type = "function" } } }
end

local order = { "test", "validation", "train" }

local function matches(f, path, call)
  if type(f) == "string" then return path:find(f) ~= nil end
  local value, failure = call(f, path)
  return value and true or false, failure
end

return {
  kind = "given", section = "split",
  doc = "The split that the data comes with. Files of images (`idx`) are for training or test by their names, and "
    .. "`validation` is held out of the training records. Sounds are told apart by their paths.",
  fields = {
    rule("train", "sounds for training: a Lua pattern on the path within the data's folder, or a function from it to "
      .. "true or false; absent: all that are not for validation or test"),
    { name = "validation", type = "any_of", default = 0,
      of = { { type = "number", min = 0, below = 1 }, { type = "string", min_length = 1 }, { type = "function" } },
      doc = "sounds for validation, in the same way; or a number, the share of the training items that is held out" },
    rule("test", "sounds for the test, in the same way"),
    { name = "take", type = "enum", allowed = { "last", "random" }, default = "last",
      doc = "which training items are held out where `validation` is a share: the last ones, or some by chance" },
    { name = "seed", type = "integer", min = 0, default = 1, doc = "seed of that draw" },
  },
  check = function(o)
    for _, name in ipairs(order) do
      if type(o[name]) == "string" then
        local ok, why = pcall(string.find, "", o[name])
        if not ok then return name, "is not a Lua pattern: " .. tostring(why) end
      end
    end
  end,

  drawn = function(o) return o.take == "random" and o.validation ~= 0 end,

  describe = function(o)
    if type(o.validation) == "number" and o.validation > 0 then
      return ("given by the data; %s %.4g %% of the training items for validation"):format(
        o.take == "last" and "the last" or "by chance", 100 * o.validation)
    end
    return "given by the data"
  end,

  files = function(o, files, call)
    if not o.test and not o.train and type(o.validation) == "number" then
      return nil, "split = given { … } needs patterns or functions (test = \"…\") to tell sounds apart"
    end
    local result, training = {}, {}
    for i, file in ipairs(files) do
      local found
      for _, name in ipairs(order) do
        local f = o[name]
        if f and type(f) ~= "number" then
          local yes, failure = matches(f, file.path, call)
          if failure then return nil, ("split.%s fails for %s: %s"):format(name, file.path, failure.message) end
          if yes and found then
            return nil, ("%s is both for %s and for %s by the rules of split"):format(file.path, found, name)
          end
          found = yes and name or found
        end
      end
      if not found and not o.train then found = "train" end
      result[i] = { split = found }
      if found == "train" then training[#training + 1] = i end
    end
    if type(o.validation) == "number" and o.validation > 0 then
      local names = {}
      for i, at in ipairs(training) do names[i] = files[at].path end
      local held = draw.counts(#names, o.validation, 0)
      local ordered = o.take == "random" and draw.order(names, o.seed) or names
      local out = {}
      for i = #ordered - held + 1, #ordered do out[ordered[i]] = true end
      for _, at in ipairs(training) do
        if out[files[at].path] then result[at].split = "validation" end
      end
    end
    return result
  end,

  records = function(o, role, count)
    if o.train or o.test or type(o.validation) ~= "number" then
      return nil, "split: patterns tell files apart; of idx files only the share `validation = 0.2` can be given"
    end
    local splits = {}
    for i = 1, count do splits[i] = role end
    if role == "train" and o.validation > 0 then
      local held = draw.counts(count, o.validation, 0)
      local ordered = {}
      for i = 1, count do ordered[i] = i end
      if o.take == "random" then
        for i = 1, count do ordered[i] = tostring(i - 1) end
        ordered = draw.order(ordered, o.seed)
        for i = 1, count do ordered[i] = math.tointeger(tonumber(ordered[i])) + 1 end
      end
      for i = count - held + 1, count do splits[ordered[i]] = "validation" end
    end
    return splits
  end,
}
