-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Where in the text of a spec a field stands. Lua tells the line of a constructor's call; the line
-- of a field inside its braces is found by reading the tokens of the text again. Nothing is
-- evaluated: what cannot be found that way (a field set later by an assignment) is given the line
-- of the nearest thing that was found.

local source = {}
source.__index = source

local keywords_open = { ["function"] = true, ["do"] = true, ["if"] = true, ["repeat"] = true }
local keywords_close = { ["end"] = true, ["until"] = true }

-- The tokens that matter: { text =, line =, kind = "name"|"string"|"sign" }.
local function tokenize(text)
  local tokens, at, line = {}, 1, 1
  local function put(kind, what, stop)
    tokens[#tokens + 1] = { kind = kind, text = what, line = line }
    local _, breaks = text:sub(at, stop):gsub("\n", "")
    line, at = line + breaks, stop + 1
  end
  local function skip(stop)
    local _, breaks = text:sub(at, stop):gsub("\n", "")
    line, at = line + breaks, stop + 1
  end
  local function long_bracket(from) -- end of [==[ … ]==] that starts at `from`
    local level = text:match("^%[(=*)%[", from)
    if not level then return nil end
    local _, stop = text:find("]" .. level .. "]", from, true)
    return stop or #text
  end
  while at <= #text do
    local _, stop = text:find("^%s+", at)
    if stop then
      skip(stop)
    elseif text:find("^%-%-", at) then
      skip(long_bracket(at + 2) or (text:find("\n", at, true) or #text + 1) - 1)
    elseif text:find("^[%a_]", at) then
      _, stop = text:find("^[%w_]+", at)
      put("name", text:sub(at, stop), stop)
    elseif text:find("^%.?%d", at) then
      _, stop = text:find("^%.?%d[%w.]*", at)
      put("sign", "0", stop)
    elseif text:find("^[\"']", at) then
      local quote = text:sub(at, at)
      stop = at + 1
      while stop <= #text and text:sub(stop, stop) ~= quote do
        stop = stop + (text:sub(stop, stop) == "\\" and 2 or 1)
      end
      put("string", text:sub(at + 1, stop - 1), math.min(stop, #text))
    elseif long_bracket(at) then
      stop = long_bracket(at)
      put("string", "", stop)
    elseif text:find("^[=~<>]=", at) then
      put("sign", "comparison", at + 1)
    else
      put("sign", text:sub(at, at), at)
    end
  end
  return tokens
end

-- Reads one table constructor whose `{` is token i: entries { name or index, line, value = i of the
-- first token of the value }, and the index of its `}`.
local function entries_of(tokens, open)
  local entries, positional = {}, 0
  local braces, blocks = 0, 0
  local start = true
  local i = open
  while i <= #tokens do
    local token = tokens[i]
    local what = token.kind == "string" and "" or token.text
    if what == "{" or what == "(" or what == "[" then
      if start and i > open and what ~= "[" then
        positional = positional + 1
        entries[#entries + 1] = { key = positional, line = token.line, value = i }
        start = false
      elseif start and i > open then -- ["name"] = …
        local key, close, equals = tokens[i + 1], tokens[i + 2], tokens[i + 3]
        if key and key.kind == "string" and close and close.text == "]" and equals and equals.text == "=" then
          entries[#entries + 1] = { key = key.text, line = key.line, value = i + 4 }
        end
        start = false
      end
      braces = braces + 1
      if i == open then start = true end
    elseif what == "}" or what == ")" or what == "]" then
      braces = braces - 1
      if braces == 0 then return entries, i end
    elseif braces == 1 and blocks == 0 and (what == "," or what == ";") then
      start = true
    elseif start and braces == 1 and blocks == 0 then
      start = false
      local after = tokens[i + 1]
      if token.kind == "name" and after and after.kind == "sign" and after.text == "=" then
        entries[#entries + 1] = { key = token.text, line = token.line, value = i + 2 }
      else
        positional = positional + 1
        entries[#entries + 1] = { key = positional, line = token.line, value = i }
      end
    end
    if token.kind == "name" then
      if keywords_open[token.text] then blocks = blocks + 1 end
      if keywords_close[token.text] then blocks = blocks - 1 end
    end
    i = i + 1
  end
  return entries, #tokens
end

function source.new(text)
  return setmetatable({ tokens = tokenize(text) }, source)
end

-- Follows `steps` (field names, positions) into the table whose `{` is token `open`. Returns the
-- line reached and how many steps were found.
function source:follow(open, steps)
  local line, found = self.tokens[open].line, 0
  for _, step in ipairs(steps) do
    if not open then break end
    local hit
    for _, entry in ipairs((entries_of(self.tokens, open))) do
      if entry.key == step then hit = entry end
    end
    if not hit then break end
    line, found = hit.line, found + 1
    local value = self.tokens[hit.value]
    open = value and value.text == "{" and value.kind == "sign" and hit.value or nil
  end
  return line, found
end

-- Line of a field: `line` and `kind` are those of the constructor's call (line nil: unknown, then
-- the last call of that name in the text is meant), `steps` the way from it to the field.
function source:line_of(line, kind, steps)
  local best_line, best_found
  for pass = 1, 2 do -- by the constructor's name, then (it may have another one here) any table
    for i, token in ipairs(self.tokens) do
      local after = self.tokens[i + 1]
      local open = after and after.text == "(" and i + 2 or i + 1
      local brace = self.tokens[open]
      if token.kind == "name" and (pass == 2 or token.text == kind) and brace and brace.text == "{"
        and brace.kind == "sign" and (not line or token.line == line) then
        local at, found = self:follow(open, steps)
        if not best_found or found > best_found or (not line and found == best_found) then
          best_line, best_found = at, found
        end
      end
    end
    if best_line or not line then break end
  end
  return best_line or line
end

-- Fields given twice in one pair of braces: a list of { name, line, first }. Lua takes the last.
function source:duplicates()
  local twice = {}
  for i, token in ipairs(self.tokens) do
    if token.kind == "sign" and token.text == "{" then
      local seen = {}
      for _, entry in ipairs((entries_of(self.tokens, i))) do
        if type(entry.key) == "string" then
          if seen[entry.key] then
            twice[#twice + 1] = { name = entry.key, line = entry.line, first = seen[entry.key] }
          end
          seen[entry.key] = seen[entry.key] or entry.line
        end
      end
    end
  end
  return twice
end

return source
