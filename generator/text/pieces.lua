-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Vocabularies of WordPiece tokens: vocab.txt as BERT's models have it, a token per line, the number of the line
-- (from 0) its id. runtime/text/wordpiece.h reads them by the same rules.

local files = require("generator.base.files")
local json = require("generator.base.json")

local M = {
  sources = { "runtime/text/basic.c", "runtime/text/basic.h", "runtime/text/trie.c", "runtime/text/trie.h",
    "runtime/text/unicode.c", "runtime/text/unicode.h", "runtime/text/unicode_tables.c", "runtime/text/utf8.c",
    "runtime/text/utf8.h", "runtime/text/wordpiece.c", "runtime/text/wordpiece.h" },
}

M.specials = { "[PAD]", "[UNK]", "[CLS]", "[SEP]" }

--- The tokens of a file, in the order of their ids; nil and a message.
function M.read(path)
  local text, why = files.read(path)
  if not text then return nil, "features.vocabulary: " .. why end
  local tokens, seen, number = json.list {}, {}, 0
  for line in (text:gsub("[\n]+$", "") .. "\n"):gmatch("(.-)\n") do
    number = number + 1
    local function fault(message) return nil, ("features.vocabulary: %s:%d: %s"):format(path, number, message) end
    if line:find("\r$") then return fault("ends with CR LF; a vocabulary has LF alone") end
    if line == "" then return fault("an empty line") end
    if not utf8.len(line) then return fault("not UTF-8") end
    if line:find("\0", 1, true) then return fault("a NUL in it") end
    if seen[line] then return fault(("the token \"%s\" is in line %d too"):format(line, seen[line])) end
    seen[line] = number
    tokens[number] = line
  end
  for _, special in ipairs(M.specials) do
    if not seen[special] then
      return nil, ("features.vocabulary: %s: there is no %s in it"):format(path, special)
    end
  end
  return tokens
end

return M
