-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Topics of texts: how long specs/topics_mlp.lua takes from texts to the report, and its training beside PyTorch
-- (bench/peers/topics_torch.py), with the vocabulary of its lock and with one of 100,000 terms.
--
--   lua5.4 bench/topics.lua [ROUNDS [SECONDS]]      3 rounds, 3 seconds for each figure
--
-- Needs `make data`, and `make peers` for PyTorch. Rounds are interleaved; ratios are taken within a round.

package.path = "./?.lua;./?/init.lua;" .. package.path

local files = require "generator.base.files"
local json = require "dkjson"
local ingot = require "bench.ingot"
local lock = require "generator.lock"
local peers = require "bench.peers"
local shell = require "generator.toolchain.shell"
local statistics = require "bench.statistics"

local rounds, seconds, threads = tonumber(arg[1]) or 3, tonumber(arg[2]) or 3, 2

local function output_of(command)
  local pipe = assert(io.popen(command .. " 2>>out/bench/ingot.log"))
  local text = pipe:read("a")
  return pipe:close() and text or nil
end

local function show(title, list, unit)
  local least, most = math.huge, 0
  for _, v in ipairs(list) do least, most = math.min(least, v), math.max(most, v) end
  print(("  %-44s %10.1f %s   (%.1f to %.1f)"):format(title, statistics.median(list), unit, least, most))
end

-- Texts of 60 words of 120,000, so that a vocabulary of 100,000 is found in them; the same each time.
local function wide_spec()
  local folder, state = "out/bench/wide", 1
  local function draw(n)
    state = (state * 6364136223846793005 + 1442695040888963407)
    return ((state >> 33) % n) + 1
  end
  shell.make_folder(folder)
  for _, split in ipairs { "train", "test" } do
    local rows = { "label,text\n" }
    for i = 1, split == "train" and 6000 or 100 do
      local words = {}
      for w = 1, 60 do words[w] = ("w%06d"):format(draw(120000)) end
      rows[#rows + 1] = ("c%d,%s\n"):format(i % 6, table.concat(words, " "))
    end
    assert(files.write(("%s/%s.csv"):format(folder, split), table.concat(rows)))
  end
  local text = assert(files.read("specs/topics_mlp.lua"))
  local begin, stop = text:find("  data = .-\n  },\n"), select(2, text:find("  features = .-\n  },\n"))
  assert(files.write("out/bench/wide.lua", text:sub(1, begin - 1) .. [[
  data = text_table { path = "out/bench/wide", files = { "train.csv", "test.csv" }, text = "text", label = "label",
    split = given { test = "^test" } },
  features = tf_idf { max_terms = 100000 },
]] .. text:sub(stop + 1)))
  assert(output_of("lua5.4 build.lua lock out/bench/wide.lua"), "no lock of out/bench/wide.lua")
  return "out/bench/wide.lua"
end

local function compare(title, spec)
  local value = assert(lock.load(lock.path(spec)))
  local terms, entries = #value.vocabulary.terms, value.vocabulary.entries
  local built = assert(ingot.build(spec, ingot.sets()))
  print(("%s: %d terms, %d of them in a text, batch 32, %d threads"):format(title, terms, entries, threads))
  local python, mine, theirs, ratios = peers.python(), {}, {}, {}
  for _ = 1, rounds do
    local step = assert(ingot.bench(built.path, threads, seconds)).train_step
    mine[#mine + 1] = 32e3 / step.ms
    local said = python and output_of(shell.command { python, "bench/peers/topics_torch.py", "--terms", tostring(terms),
      "--entries", tostring(entries), "--classes", tostring(#value.classes), "--batch", "32", "--threads",
      tostring(threads), "--seconds", tostring(seconds) })
    for mode, rate in pairs(said and json.decode(said) or {}) do -- each has a list of its own: order does not matter
      theirs[mode], ratios[mode] = theirs[mode] or {}, ratios[mode] or {}
      table.insert(theirs[mode], rate)
      table.insert(ratios[mode], mine[#mine] / rate)
    end
  end
  show("Ingot", mine, "samples/s")
  for _, mode in ipairs { "dense", "dense fused", "sparse" } do
    if theirs[mode] then
      show("PyTorch, " .. mode, theirs[mode], "samples/s")
      show("  Ingot is faster", ratios[mode], "times")
    end
  end
end

shell.make_folder("out/bench")
local built = assert(ingot.build("specs/topics_mlp.lua", ingot.sets()))
local whole = {}
for _ = 1, rounds do
  shell.remove_folder("out/bench/topics")
  whole[#whole + 1] = assert(ingot.wall_ms(shell.command { built.path, "run", "--quiet", "--threads", tostring(threads),
    "--work", "out/bench/topics" })) / 1e3
end
print("specs/topics_mlp.lua")
show("from texts to the report (word run)", whole, "s")
compare("specs/topics_mlp.lua", "specs/topics_mlp.lua")
compare("a large vocabulary", wide_spec())
