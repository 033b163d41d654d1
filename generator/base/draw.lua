-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Draws shares of a set of names by chance: the names in the order of their hashes under the seed,
-- the first for test, the next for validation, the rest for training.

local hash = require("generator.base.hash")
local sorted = require("generator.base.sorted")

local draw = {}

-- Names in an order drawn by `seed`; ties by name.
function draw.order(names, seed)
  local keys, list = {}, {}
  for i, name in ipairs(names) do
    list[i], keys[name] = name, hash.text(seed, name)
  end
  return sorted.sort(list, function(a, b)
    if keys[a] ~= keys[b] then return math.ult(keys[a], keys[b]) end
    return sorted.before(a, b)
  end)
end

-- How many of n are for validation and test: the nearest whole numbers; a share above 0 gets at
-- least one where n is at least 3, and training always keeps one.
function draw.counts(n, validation, test)
  local function share(fraction)
    local count = math.floor(n * fraction + 0.5)
    return fraction > 0 and n >= 3 and math.max(count, 1) or count
  end
  local v, t = share(validation), share(test)
  while v + t >= n and v + t > 0 do
    if v >= t then v = v - 1 else t = t - 1 end
  end
  return v, t
end

-- Split of each name: { [name] = "train" | "validation" | "test" }.
function draw.splits(names, seed, validation, test)
  local v, t = draw.counts(#names, validation, test)
  local of = {}
  for i, name in ipairs(draw.order(names, seed)) do
    of[name] = i <= t and "test" or i <= t + v and "validation" or "train"
  end
  return of
end

-- The fields that both kinds of drawn splits have.
draw.fields = {
  { name = "validation", type = "number", min = 0, below = 1, default = 0,
    doc = "share for validation, looked at after each epoch" },
  { name = "test", type = "number", min = 0, below = 1, default = 0.2,
    doc = "share for the test, looked at once; training has the rest" },
  { name = "seed", type = "integer", min = 0, default = 1, doc = "seed of the draw" },
}

function draw.check(o)
  if o.validation + o.test >= 1 then return "test", "and validation leave nothing for training" end
end

-- "70 % train, 10 % validation, 20 % test"
function draw.describe(o)
  return ("%.4g %% train, %.4g %% validation, %.4g %% test"):format(100 * (1 - o.validation - o.test),
    100 * o.validation, 100 * o.test)
end

return draw
