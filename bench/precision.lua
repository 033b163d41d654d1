-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What bf16 costs in accuracy: trains specs in fp32 and in bf16 with several seeds each, and prints the
-- test accuracy of every run and the difference of the means.
--
--   lua5.4 bench/precision.lua [--seeds N] [--epochs N] [--set FIELD=VALUE] [SPEC …]
--     --seeds N      seeds 1 to N (default 3)
--     --epochs N     instead of the spec's own
--     --set F=V      passed on to every build
--     SPEC …         default: specs/fashion_cnn.lua specs/resnet18_sgd.lua
--
-- The runs of a spec share a working folder below out/bench/precision, where their reports stay: features
-- are computed once. Needs a CPU with bf16. Nothing here asserts an accuracy.

package.path = "./?.lua;./?/init.lua;" .. package.path

local ingot = require "bench.ingot"
local json = require "dkjson"
local runtime = require "generator.toolchain.runtime"
local shell = require "generator.toolchain.shell"

local folder = "out/bench/precision"
local options = { seeds = 3, sets = {}, specs = {} }

local function usage(message)
  io.stderr:write("bench/precision.lua: ", message, "\n")
  os.exit(2)
end

local function parse(arguments)
  local i = 1
  while i <= #arguments do
    local word = arguments[i]
    if word == "--seeds" or word == "--epochs" then
      i = i + 1
      local value = math.tointeger(tonumber(arguments[i] or ""))
      if not value or value < 1 then usage(word .. " wants a whole number above 0") end
      options[word:sub(3)] = value
    elseif word == "--set" then
      i = i + 1
      options.sets[#options.sets + 1] = arguments[i] or usage("--set wants FIELD=VALUE")
    elseif word:sub(1, 1) == "-" then
      usage("there is no option '" .. word .. "'")
    else
      options.specs[#options.specs + 1] = word
    end
    i = i + 1
  end
  if #options.specs == 0 then options.specs = { "specs/fashion_cnn.lua", "specs/resnet18_sgd.lua" } end
end

-- Test accuracy of one run in percent, and the seconds its training took.
local function run(spec, isa, precision, seed)
  local sets = { "target.isa=" .. isa, "train.precision=" .. precision, "train.seed=" .. seed }
  if options.epochs then sets[#sets + 1] = "train.epochs=" .. options.epochs end
  table.move(options.sets, 1, #options.sets, #sets + 1, sets)
  local built, why = ingot.build(spec, sets)
  if not built then error(why, 0) end
  local work = folder .. "/" .. spec:match("([^/]+)%.lua$")
  local begun = os.time()
  local pipe = assert(io.popen(shell.command { built.path, "run", "--json", "--quiet", "--work", work }))
  local output = pipe:read("a")
  if not pipe:close() then error(built.path .. " run fails (its words are above)", 0) end
  local last
  for line in output:gmatch("[^\n]+") do last = line end
  local result = json.decode(last)
  return result.metrics.test.accuracy * 100, os.time() - begun
end

local function mean(list)
  local sum = 0
  for _, v in ipairs(list) do sum = sum + v end
  return sum / #list
end

local function main()
  parse(arg)
  local isa = runtime.isa_here("x86-64-v4-amx")
  if not require("generator.isas").by_name[isa].bf16 then
    print("this CPU has no bf16 (" .. isa .. "): nothing to compare")
    return
  end
  assert(shell.make_folder(folder))
  print(string.format("%-22s %-6s %s  mean", "spec", "", "test accuracy in %, by seed"))
  for _, spec in ipairs(options.specs) do
    local means = {}
    for _, precision in ipairs { "fp32", "bf16" } do
      local list, texts, seconds = {}, {}, 0
      for seed = 1, options.seeds do
        local accuracy, took = run(spec, isa, precision, seed)
        list[seed], texts[seed], seconds = accuracy, string.format("%6.2f", accuracy), seconds + took
      end
      means[precision] = mean(list)
      print(string.format("%-22s %-6s %s  %6.2f   (%d s a run)", spec:match("([^/]+)%.lua$"), precision,
        table.concat(texts, " "), means[precision], seconds // options.seeds))
    end
    print(string.format("%-22s bf16 - fp32: %+.2f points", "", means.bf16 - means.fp32))
  end
end

main()
