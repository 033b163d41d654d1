-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- WordPiece on one thread beside the packages tokenizers (Rust) and transformers 4 (Python), on English
-- (data/topics, where it is) and on the texts of many scripts that the tests have; uncased, the vocabulary of
-- bert-base-uncased. Prints a table; asserts nothing.
--
--   lua5.4 bench/tokenizer.lua [PYTHON]     default: .venv/bin/python

package.path = "./?.lua;./?/init.lua;" .. package.path

local programs = require "bench.programs"

local FOLDER = "out/bench/"

local function run(command)
  if not os.execute(command) then error("failed: " .. command, 0) end
end

local program = programs.compiled "tokenizer_bench"
for _, name in ipairs { "vocab-bert", "corpus" } do
  run(("zstd -dqf tests/vectors/text/%s.zst -o %s%s"):format(name, FOLDER, name))
end
local cases = { "scripts=" .. FOLDER .. "corpus" }
if programs.texts("data/topics", FOLDER .. "topics") > 0 then
  table.insert(cases, 1, "English=" .. FOLDER .. "topics")
end
local words = FOLDER .. "vocab-bert " .. table.concat(cases, " ")

print(("%-18s %-8s %10s %12s"):format("one thread", "texts", "MB/s", "Mtokens/s"))
local function show(side, case, megabytes, tokens)
  print(("%-18s %-8s %10.2f %12.3f"):format(side, case, tonumber(megabytes), tonumber(tokens)))
end
local function print_lines(command, side)
  local pipe = assert(io.popen(command))
  for line in pipe:lines() do
    local parts = {}
    for part in line:gmatch("[^\t]+") do parts[#parts + 1] = part end
    if side then table.insert(parts, 1, side) end
    show(table.unpack(parts))
  end
  return pipe:close()
end
print_lines(program .. " " .. words, "Ingot")
local python = arg[1] or ".venv/bin/python"
if not print_lines(python .. " bench/peers/tokenizers_peer.py " .. words) then
  print("(no peers: " .. python .. " lacks the packages; make peers installs them)")
end
