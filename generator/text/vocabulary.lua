-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The vocabulary of a spec's texts in its lock. Features that need one say which: `vocabulary(o)` of their module
-- gives { rules, min_documents, max_share, max_terms, path } (generator/text/terms.lua, wanted) or, of tokens that
-- are parts of words, { pieces, path } (generator/text/pieces.lua). The runtime's scanner
-- reads the texts of the training split for it, in a second pass, when splits are known.
--
--   vocabulary.wanted(experiment, kinds)  what the features of an experiment need, or nil
--   vocabulary.count(wanted, arguments, files, scan) -> { documents, entries, most, path, terms } | nil, message
--   vocabulary.changed(wanted, locked)    a message where a given vocabulary is not that of the lock any more
--   vocabulary.encode(value)              its text in the lock: a term per line
--
-- terms: list of { term, documents }. documents: training texts, in all and that have the term. most: how many terms
-- of the vocabulary one text of any split has at most; entries: what a training text has on the average.

local files = require("generator.base.files")
local json = require("generator.base.json")
local pieces = require("generator.text.pieces")

local M = {}

local letters = { train = "t", validation = "v", test = "e" }

function M.wanted(experiment, kinds)
  local features = experiment.features and kinds[experiment.features.kind]
  return features and features.module.vocabulary and features.module.vocabulary(experiment.features) or nil
end

--- The terms of a file, a line each; nil and a message.
function M.read(path)
  local text, why = files.read(path)
  if not text then return nil, "features.vocabulary: " .. why end
  local terms, seen, number = json.list {}, {}, 0
  for line in (text:gsub("\n$", "") .. "\n"):gmatch("(.-)\n") do
    number = number + 1
    line = line:gsub("\r$", "")
    if number == 1 then line = line:gsub("^\u{feff}", "") end
    if line == "" then return nil, ("features.vocabulary: %s:%d: an empty line"):format(path, number) end
    if not utf8.len(line) then return nil, ("features.vocabulary: %s:%d: not UTF-8"):format(path, number) end
    if line:find("%c") then return nil, ("features.vocabulary: %s:%d: a control character"):format(path, number) end
    if seen[line] then
      return nil, ("features.vocabulary: %s:%d: the term \"%s\" is in line %d too"):format(path, number, line,
        seen[line])
    end
    seen[line] = number
    terms[number] = line
  end
  return terms
end

function M.count(wanted, arguments, usable, scan)
  local request = { rules = wanted.rules, pieces = wanted.pieces, files = json.list {} }
  if wanted.path then
    local terms, why = (wanted.pieces and pieces or M).read(wanted.path)
    if not terms then return nil, why end
    request.terms = terms
  else
    request.min_documents, request.max_share = wanted.min_documents, wanted.max_share
    request.max_terms = wanted.max_terms
  end
  for _, entry in ipairs(usable) do
    local splits = entry.splits or letters[entry.split] and "1" .. letters[entry.split]
    if splits then
      request.files[#request.files + 1] = { path = entry.path, sha256 = entry.sha256, splits = splits }
    end
  end
  local asked = {}
  for key, value in next, arguments do asked[key] = value end
  asked.vocabulary, asked.cache, asked.rehash = request, nil, nil
  local lines, summary = scan(asked)
  if not lines then return nil, summary end
  local terms = json.list {}
  for i, line in ipairs(lines) do terms[i] = json.list { line.term, line.documents } end
  if #terms == 0 then
    return nil, ("features: no term is in at least %d of the %d training texts; there are %d terms in them"):format(
      wanted.min_documents, summary.documents, summary.found)
  end
  return { documents = summary.documents, entries = summary.entries, most = summary.most, terms = terms,
    path = wanted.path }, summary.found
end

function M.changed(wanted, locked)
  if not wanted then return nil end
  if not locked then return "the lock has no vocabulary; write it again with `lua build.lua lock`" end
  if not wanted.path or not files.exists(wanted.path) then return nil end
  local terms, why = (wanted.pieces and pieces or M).read(wanted.path)
  if not terms then return why end
  local same = #terms == #locked.terms
  for i = 1, same and #terms or 0 do same = same and terms[i] == locked.terms[i][1] end
  if not same then
    return wanted.path .. ": not the vocabulary of the lock any more; write it again with `lua build.lua lock`"
  end
end

function M.encode(value)
  local terms = {}
  for i, term in ipairs(value.terms) do terms[i] = json.encode(term) end
  return ('{"documents":%d,"entries":%d,"most":%d,%s"terms":[\n%s\n]}'):format(value.documents, value.entries,
    value.most, value.path and '"path":' .. json.encode(value.path) .. "," or "", table.concat(terms, ",\n"))
end

return M
