-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Runs a spec: a pure function from text to a table. It sees constructors and the pure part of
-- Lua's library, so that the same text gives the same table in every process: no files, no time,
-- no randomness, no addresses, `pairs` in the order of keys, a stable `table.sort`. What does not
-- end is ended: instructions, memory, the size of strings and the cost of patterns are bounded.
--
-- Errors are { line = n or nil, message = … } and speak of the spec alone.

local nearest = require("generator.base.nearest")
local sorted = require("generator.base.sorted")

local sandbox = {}

sandbox.max_instructions = 5 * 1000 * 1000
sandbox.max_memory = 128 * 1024      -- KiB beyond what was there before
sandbox.max_string = 1024 * 1024     -- bytes of one string made by the library
sandbox.max_pattern_cost = 1e10      -- bound on the backtracking of one pattern match
local hook_every = 4                 -- instructions: `s = s .. s` may double only once or twice unseen

local chunk_name = "spec"            -- of our own: Lua shortens long ones in messages
local sources = {}                   -- names of the chunks that ran, as debug.getinfo gives them
local string_meta = getmetatable("")

local function plain_tostring(value)
  local kind = type(value)
  if kind == "table" or kind == "function" then return kind end -- no addresses
  return tostring(value)
end

local function check_size(what, bytes)
  if bytes > sandbox.max_string then
    error(("%s: the result would be %.0f bytes long, at most %d are allowed"):format(what, bytes,
      sandbox.max_string), 3)
  end
end

-- Upper bound of the ways k unbounded repetitions can share n characters: C(n + k, k).
local function check_pattern(what, subject, pattern)
  if type(subject) ~= "string" or type(pattern) ~= "string" then return end -- Lua's own error is good
  local k = 0
  for _ in string.gmatch(pattern, "[^%%][*+-]") do k = k + 1 end
  local cost = 1.0
  for i = 1, k do cost = cost * (#subject + i) / i end
  if cost > sandbox.max_pattern_cost then
    error(("%s: a pattern with %d repetitions on %d characters may take for ever"):format(what, k,
      #subject), 3)
  end
end

local function library()
  local text = {}
  for _, name in ipairs { "byte", "char", "len", "lower", "reverse", "sub", "upper" } do
    text[name] = string[name]
  end
  function text.rep(s, n, separator)
    local times = tonumber(n) -- Lua takes "3" for 3 and 3 for "3" here
    if times then
      check_size("string.rep", (#tostring(s) + #tostring(separator or "")) * math.max(times, 0.0))
    end
    return string.rep(s, n, separator)
  end
  function text.format(form, ...)
    if type(form) ~= "string" then error("string.format: the format must be a string", 2) end
    if string.find(string.gsub(form, "%%%%", ""), "%%[^%a%%]*p") then
      error("string.format: `%p` prints an address", 2)
    end
    local values, total = table.pack(...), #form
    for i = 1, values.n do
      if type(values[i]) == "table" or type(values[i]) == "function" then
        values[i] = plain_tostring(values[i])
      end
      total = total + (type(values[i]) == "string" and #values[i] or 0)
    end
    check_size("string.format", total)
    return string.format(form, table.unpack(values, 1, values.n))
  end
  for _, name in ipairs { "find", "match", "gmatch" } do
    text[name] = function(s, pattern, ...)
      if not (name == "find" and select(2, ...)) then check_pattern("string." .. name, s, pattern) end
      return string[name](s, pattern, ...)
    end
  end
  function text.gsub(s, pattern, replacement, n)
    check_pattern("string.gsub", s, pattern)
    if type(replacement) == "string" then
      -- the same replacement, but its size is counted as it grows
      local with, total = replacement, 0
      replacement = function(...)
        local captures = table.pack(...)
        local made = string.gsub(with, "%%(.)", function(c)
          if c == "%" then return "%" end
          local i = math.tointeger(tonumber(c))
          local capture = i and captures[i + 1]
          if capture == nil then error("string.gsub: invalid `%" .. c .. "` in the replacement", 0) end
          return plain_tostring(capture)
        end)
        total = total + #made
        check_size("string.gsub", total)
        return made
      end
      -- capture 0, the whole match, first; position captures inside stay in their order
      local anchored = string.sub(pattern, 1, 1) == "^"
      local body = anchored and string.sub(pattern, 2) or pattern
      body = string.gsub(body, "%%(.)", function(c) -- back references move on by one
        return string.find(c, "[1-8]") and "%" .. string.char(string.byte(c) + 1) or nil
      end)
      pattern = (anchored and "^" or "") .. "(" .. body .. ")"
      -- without captures of its own, `%1` is the whole match too
      local inner = replacement
      replacement = function(whole, ...)
        if select("#", ...) == 0 then return inner(whole, whole) end
        return inner(whole, ...)
      end
    end
    return string.gsub(s, pattern, replacement, n)
  end

  local list = { insert = table.insert, remove = table.remove, pack = table.pack }
  function list.concat(t, separator, i, j)
    if type(t) ~= "table" then error("table.concat: expects a table", 2) end
    local total = 0
    for k = i or 1, j or #t do
      if t[k] == nil then error(("table.concat: nothing at %d"):format(k), 2) end
      total = total + #plain_tostring(t[k]) + #plain_tostring(separator or "")
      check_size("table.concat", total)
    end
    return table.concat(t, separator, i, j)
  end
  function list.unpack(t, i, j)
    if type(t) ~= "table" then error("table.unpack: expects a table", 2) end
    if (j or #t) - (i or 1) > 100000 then error("table.unpack: too many values", 2) end
    return table.unpack(t, i, j)
  end
  function list.move(from, f, e, t, to)
    if math.type(f) and math.type(e) and e - f > 1000000 then error("table.move: too many values", 2) end
    return table.move(from, f, e, t, to)
  end
  function list.sort(t, before)
    if type(t) ~= "table" then error("table.sort: expects a table", 2) end
    sorted.sort(t, before or function(a, b) return a < b end)
  end

  local numbers = {}
  for _, name in ipairs { "abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod",
    "huge", "log", "max", "maxinteger", "min", "mininteger", "modf", "pi", "rad", "sin", "sqrt", "tan",
    "tointeger", "type", "ult" } do
    numbers[name] = math[name]
  end

  local function ordered_pairs(t)
    if type(t) ~= "table" then error("pairs: expects a table, found " .. type(t), 2) end
    for key in next, t do
      if type(key) == "table" or type(key) == "function" then
        error("pairs: keys of type " .. type(key) .. " have no order", 2)
      end
    end
    return sorted.pairs(t)
  end

  return {
    assert = function(value, message, ...)
      if not value then error(message == nil and "assertion failed" or message, 2) end
      return value, message, ...
    end,
    error = function(message, level)
      level = math.type(level) == "integer" and level or 1
      error(message, level > 0 and level + 1 or 0)
    end,
    ipairs = ipairs, math = numbers, pairs = ordered_pairs, select = select, string = text, table = list,
    tonumber = tonumber, tostring = plain_tostring, type = type,
  }
end

local forbidden = {}
for word in ([[collectgarbage coroutine debug dofile getmetatable io load loadfile next os package pcall
    print rawequal rawget rawlen rawset require setmetatable utf8 warn xpcall _G _ENV _VERSION]]):gmatch("[%w_]+") do
  forbidden[word] = true
end

local function environment(globals)
  local visible = library()
  local words = {}
  for name, value in sorted.pairs(globals) do visible[name] = value end
  for name in sorted.pairs(visible) do words[#words + 1] = name end
  return setmetatable({}, {
    __index = function(_, name)
      local value = visible[name]
      if value ~= nil then return value end
      if forbidden[name] then
        error(("`%s` is not available: a spec is a pure function of its text"):format(name), 2)
      end
      error(("unknown name `%s`%s"):format(tostring(name), nearest.hint(tostring(name), words)), 2)
    end,
    __newindex = function(_, name)
      error(("`%s` is not declared; write `local %s = …`"):format(tostring(name), tostring(name)), 2)
    end,
  })
end

-- Line of the spec that is running, by the last line event; what `debug.getinfo` cannot tell when a
-- function was left by a tail call (`return sgd { … }`).
local current

-- Line of the spec from which the running generator function was called. For constructors.
function sandbox.caller_line()
  local info = debug.getinfo(3, "Slt")
  local tail = debug.getinfo(2, "t").istailcall
  if not tail and info and sources[info.source] then
    return info.currentline
  end
  return current
end

local function to_error(raised)
  local level = 2
  while true do
    local info = debug.getinfo(level, "Sl")
    if not info or (sources[info.source] and info.currentline > 0) then
      return { raised = raised, line = info and info.currentline or current }
    end
    level = level + 1
  end
end

local function explain(failure)
  local raised, line = failure.raised, failure.line
  if type(raised) == "table" and raised.stopped then return { line = line, message = raised.stopped } end
  if type(raised) ~= "string" then
    return { line = line, message = "raised an error that is not a text but a " .. type(raised) }
  end
  local at, message = raised:match("^" .. chunk_name .. "%d*:(%d+): (.*)$")
  if at then
    line, raised = tonumber(at), message
  else
    raised = raised:gsub("^[^:\n]+%.lua:%d+: ", "")
  end
  if raised:find("stack overflow", 1, true) then raised = "calls itself without end (stack overflow)" end
  if raised:find("^not enough memory") then raised = "needs more memory than there is" end
  return { line = line, message = raised }
end

-- Runs `f` under the limits; returns its first result, or nil and an error.
local function guarded(f, ...)
  local done, before, stopped = 0, collectgarbage("count"), false
  local function stop(message, ...)
    stopped = true -- nothing in a spec can catch it; the instructions that follow are ours
    error({ stopped = message:format(...) }, 0)
  end
  -- Instructions of the hook itself use up the count, so that in a short loop the count event can
  -- fall into the hook every time and be lost; a loop has line events then, which count as well.
  local function hook(event, line)
    if stopped then return end
    if event == "line" and sources[debug.getinfo(2, "S").source] then current = line end
    done = done + hook_every
    if done > sandbox.max_instructions then
      stop("does not end: stopped after %d million steps", done // 1000000)
    end
    if collectgarbage("count") - before > sandbox.max_memory then
      collectgarbage()
      if collectgarbage("count") - before > sandbox.max_memory then
        stop("needs more than %d MiB of memory", sandbox.max_memory // 1024)
      end
    end
  end
  local outer = current
  local methods = string_meta.__index
  current = nil
  string_meta.__index = library().string -- ("x"):rep() too
  debug.sethook(hook, "l", hook_every)
  local ok, result = xpcall(f, to_error, ...)
  debug.sethook()
  string_meta.__index = methods
  current = outer
  if ok then return result end
  if type(result) ~= "table" then result = { raised = result } end -- an error in the error handler
  return nil, explain(result)
end

-- Runs the text of a spec with `globals` visible. Returns what it returns, or nil and an error.
-- `number` tells texts apart for sandbox.text_of; absent: the spec itself.
function sandbox.run(text, globals, number)
  local name = "@" .. chunk_name .. (number or "")
  sources[name] = true
  local chunk, why = load(text, name, "t", environment(globals))
  if not chunk then
    local line, message = why:match("^" .. chunk_name .. "%d*:(%d+): (.*)$")
    return nil, { line = tonumber(line), message = message or (why:gsub("^%S+: ", "")) }
  end
  local value, failure = guarded(chunk)
  if failure then return nil, failure end
  return value
end

-- Calls a function that came out of a spec, under the same limits.
function sandbox.call(f, ...)
  return guarded(f, ...)
end

local describe = {}

function describe.value(value, texts, seen)
  local kind = type(value)
  if kind == "number" then return math.type(value) == "integer" and ("%d"):format(value) or ("%a"):format(value) end
  if kind ~= "table" and kind ~= "function" then return tostring(value) end
  if seen[value] then return "what stands above" end
  seen[value] = true
  return describe[kind](value, texts, seen)
end

function describe.table(value, texts, seen)
  local plain, parts = {}, {}
  for key, inner in next, value do -- other keys have no order
    if type(key) == "string" or type(key) == "number" then plain[key] = inner end
  end
  for key, inner in sorted.pairs(plain) do
    parts[#parts + 1] = ("[%s] = %s"):format(tostring(key), describe.value(inner, texts, seen))
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

describe["function"] = function(f, texts, seen)
  local info = debug.getinfo(f, "S")
  local text = sources[info.source] and texts[math.tointeger(tonumber(info.source:match("%d+$"))) or 0]
  if not text then return "function" end -- a constructor, a function of the library
  local lines, number = {}, 0
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    number = number + 1
    if number >= info.linedefined and number <= info.lastlinedefined then lines[#lines + 1] = line end
  end
  for i = 1, math.huge do
    local name, value = debug.getupvalue(f, i)
    if not name then break end
    if name ~= "_ENV" then lines[#lines + 1] = name .. " = " .. describe.value(value, texts, seen) end
  end
  return table.concat(lines, "\n")
end

-- What a function that came out of a spec does, as text that changes when it changes: the lines it
-- stands on, and the same of the local variables it uses from around it. `texts` are those that ran,
-- the spec's own as texts[0].
function sandbox.text_of(f, texts)
  return describe.value(f, texts, {})
end

return sandbox
