-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Random models by the thousand (tests/graphs/test_graphs.lua runs the first hundred).
--
--   lua5.4 tests/graphs/fuzz.lua [--from SEED] [--count N] [--keep-going]
--
-- A failure is made small and printed as a spec would have it. Exit status 1 where one failed.

package.path = "./?.lua;./?/init.lua;" .. package.path
local compare = require "tests.graphs.compare"
local random_model = require "tests.graphs.random_model"
local registry = require("generator.spec.registry").default()
local shrink = require "tests.graphs.shrink"

local options = { from = 1, count = 1000 }
local i = 1
while arg[i] do
  local word = arg[i]
  if word == "--keep-going" then
    options.keep_going = true
  elseif (word == "--from" or word == "--count") and math.tointeger(tonumber(arg[i + 1] or "")) then
    options[word:sub(3)] = math.tointeger(tonumber(arg[i + 1]))
    i = i + 1
  else
    io.stderr:write("usage: fuzz.lua [--from SEED] [--count N] [--keep-going]\n")
    os.exit(2)
  end
  i = i + 1
end

local failed = 0
for seed = options.from, options.from + options.count - 1 do
  local case = random_model.make(seed, registry)
  local problem = compare.problem(case, registry)
  if problem then
    failed = failed + 1
    print(string.format("seed %d: %s", seed, problem))
    local small, why = shrink.smallest(case, function(c) return compare.problem(c, registry) end)
    print(string.format("the smallest that fails: %s\nbatch %d, input (%d, %d, %d), %d classes\nmodel = %s\n", why,
      small.batch, small.channels, small.height, small.width, small.classes, random_model.text(small.model)))
    if not options.keep_going then break end
  elseif seed % 10 == 0 then
    io.stderr:write(string.format("\r%d", seed))
  end
end
print(string.format("%d failed", failed))
os.exit(failed == 0 and 0 or 1)
