-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Classes of files from an export of Label Studio (`data.labels`; docs/data.md has the rules), in its two forms:
-- JSON, a list of tasks with `data` and `annotations`, and JSON-MIN, a list of flat objects, one for each annotation.
--
--   labels.apply(entries, data) -> { class = { [path] = name }, reason = { [path] = text }, facts = for the lock,
--                                    missing = { descriptions of tasks without a file } } | nil, message
--   labels.changed(data, facts) -> message | nil: whether the export is there and is not the one of the lock
--
-- entries: the files of the data, whatever they are good for. An export comes from outside: whatever is in it ends
-- in a class or in a message that names the task.

local files = require("generator.base.files")
local json = require("generator.base.json")
local lfs = require("lfs")
local sha256 = require("generator.toolchain.sha256")
local sorted = require("generator.base.sorted")

local labels = {}

local max_bytes = 256 << 20 -- of an export
local max_name = 200 -- bytes of a class
local max_named = 5

local function is(value, kind)
  local meta = type(value) == "table" and getmetatable(value)
  return meta and meta.__jsontype == kind or false
end

-- What an export says, in a message: short and on one line.
local function shown(value)
  if value == nil or value == json.null then return "nothing" end
  if is(value, "array") then return "a list" end
  if type(value) == "table" then return "an object" end
  local text = tostring(value):gsub("[%c]", "?")
  if #text > 80 then text = text:sub(1, utf8.offset(text, 0, 81) and utf8.offset(text, 0, 81) - 1 or 80) .. "…" end
  return type(value) == "string" and '"' .. text .. '"' or text
end

local function decoded(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- A task's value for a file as parts of a path: without scheme, host, query and what Label Studio puts in front.
-- The second result says whether it was uploaded.
local function parts_of(value)
  local path, uploaded = value, false
  local rest = path:match("^%a[%w+.-]*://[^/]*(/?.*)$")
  local is_url = rest ~= nil
  path = rest or path
  local file = path:match("/data/local%-files/?%?(.*)$")
  if file then
    file = ("&" .. file):match("&d=([^&]*)")
    path = decoded(file or "")
  else
    local upload = path:match("/data/upload/(.*)$")
    if upload then
      uploaded = true
      path = upload:match("^%d+/(.+)$") or upload
    end
    if is_url or uploaded then path = decoded((path:gsub("[?#].*$", ""))) end
  end
  local parts = {}
  for part in path:gmatch("[^/]+") do
    if part ~= "." then parts[#parts + 1] = part end
  end
  return parts, uploaded
end

-- The file a value names: its whole path, else as much of its end as there is a file for. nil where there is none;
-- true as the second result where it leads out of the data.
local function find(value, known)
  local parts, uploaded = parts_of(value)
  for _, part in ipairs(parts) do
    if part == ".." then return nil, true end
  end
  local function try()
    for first = 1, #parts do
      local path = table.concat(parts, "/", first)
      if known[path] then return path end
    end
  end
  local path = try()
  if path or not uploaded or #parts == 0 then return path end
  local name = parts[#parts]:match("^%x%x%x%x%x%x%x%x%-(.+)$")
  if not name then return nil end
  parts[#parts] = name
  return try()
end

-- The file of a task: path | nil and what it names instead | nil, nil, message.
local function file_of(fields, labels_of, known)
  local keys, first = {}, nil
  if labels_of.data_key then
    keys[1] = labels_of.data_key
    local value = fields[labels_of.data_key]
    if type(value) ~= "string" then
      return nil, nil, ("data.labels.data_key is \"%s\"; there it has %s, not the name of a file"):format(
        labels_of.data_key, shown(value))
    end
  else
    for key, value in sorted.pairs(fields) do
      if type(value) == "string" and key ~= labels_of.from then keys[#keys + 1] = key end
    end
  end
  local out
  for _, key in ipairs(keys) do
    local path, leads_out = find(fields[key], known)
    if path then return path end
    if leads_out then out = out or key end
    if fields[key]:find("/", 1, true) then first = first or fields[key] end
  end
  if out then return nil, nil, ("%s is %s, which leads out of the data"):format(shown(out), shown(fields[out])) end
  first = first or fields[keys[1]]
  return nil, first and shown(first) or "no file"
end

-- A class as an export has it: a name, or nil and what is wrong.
local function class_name(value)
  if type(value) ~= "string" then return nil, "a choice is " .. shown(value) .. ", not text" end
  if value == "" then return nil, "a choice is empty" end
  if #value > max_name then return nil, ("a choice has %d bytes, at most %d are allowed"):format(#value, max_name) end
  if value:find("%c") then return nil, "a control character in the choice " .. shown(value) end
  if not utf8.len(value) then return nil, "a choice is not UTF-8" end
  return value
end

-- The only choice of a list: a class, nil for none, or nil and what is wrong.
local function only(list)
  if #list > 1 then
    local names = {}
    for i = 1, math.min(#list, max_named) do names[i] = shown(list[i]) end
    return nil, ("one annotation has %d choices (%s%s); a file has one class"):format(#list,
      table.concat(names, ", "), #list > max_named and ", …" or "")
  end
  if #list == 1 then return class_name(list[1]) end
end

-- The class that an annotation of the full form gives: name | nil | nil, message. controls gets the names seen.
local function annotated(annotation, from, controls)
  if not is(annotation, "object") then return nil, "an annotation is " .. shown(annotation) .. ", not an object" end
  if annotation.was_cancelled == true then return nil end
  if not is(annotation.result, "array") then
    return nil, "`result` of an annotation is " .. shown(annotation.result) .. ", not a list"
  end
  local choices = {}
  for _, result in ipairs(annotation.result) do
    if not is(result, "object") then return nil, "a result is " .. shown(result) .. ", not an object" end
    if type(result.from_name) == "string" and result.type == "choices" then controls[result.from_name] = true end
    if result.from_name == from then
      if result.type ~= "choices" then
        return nil, ("the control \"%s\" is of type %s; only \"choices\" give a class"):format(from, shown(result.type))
      end
      local value = is(result.value, "object") and result.value.choices
      if not is(value, "array") then return nil, "`value.choices` is " .. shown(value or nil) .. ", not a list" end
      table.move(value, 1, #value, #choices + 1, choices)
    end
  end
  return only(choices)
end

-- The same of the flat form.
local function chosen(row, from, controls)
  local value = row[from]
  for key, inner in sorted.pairs(row) do
    if is(inner, "object") and is(inner.choices, "array") then controls[key] = true end
  end
  if value == nil or value == json.null then return nil end
  controls[from] = true
  if is(value, "object") then
    if not is(value.choices, "array") then
      return nil, "`choices` of \"" .. from .. "\" is " .. shown(value.choices) .. ", not a list"
    end
    return only(value.choices)
  end
  if is(value, "array") then return only(value) end
  return class_name(value)
end

local function name_of(task, number)
  if type(task.id) == "number" or type(task.id) == "string" then
    return "task " .. (type(task.id) == "number" and tostring(task.id) or shown(task.id))
  end
  return ("the %d. task"):format(number)
end

-- The tasks of an export: { { name =, fields =, classes = { one for each annotation that has one } } … } in their
-- order, rows of the flat form that are of one task together; nil and a message.
local function tasks_of(list, from)
  local tasks, by_id, controls = {}, {}, {}
  local full = is(list[1], "object") and (list[1].annotations ~= nil or is(list[1].data, "object"))
  for i, entry in ipairs(list) do
    if not is(entry, "object") then return nil, ("the %d. entry is %s, not a task"):format(i, shown(entry)) end
    local name = name_of(entry, i)
    if full then
      if not is(entry.data, "object") then return nil, ("%s: `data` is %s, not an object"):format(name,
        shown(entry.data)) end
      local task = { name = name, fields = entry.data, classes = {} }
      if entry.annotations ~= nil and not is(entry.annotations, "array") then
        return nil, ("%s: `annotations` is %s, not a list"):format(name, shown(entry.annotations))
      end
      for _, annotation in ipairs(entry.annotations or {}) do
        local class, wrong = annotated(annotation, from, controls)
        if wrong then return nil, name .. ": " .. wrong end
        task.classes[#task.classes + 1] = class
      end
      tasks[i] = task
    else
      local class, wrong = chosen(entry, from, controls)
      if wrong then return nil, name .. ": " .. wrong end
      local task = entry.id ~= nil and by_id[entry.id]
      if not task then
        task = { name = name, fields = entry, classes = {} }
        tasks[#tasks + 1] = task
        if type(entry.id) == "number" or type(entry.id) == "string" then by_id[entry.id] = task end
      end
      task.classes[#task.classes + 1] = class
    end
  end
  if not controls[from] then
    local names = {}
    for name in sorted.pairs(controls) do names[#names + 1] = shown(name) end
    return nil, ("no annotation has a choice of the control \"%s\" (data.labels.from)%s"):format(from,
      #names > 0 and "; there is " .. table.concat(names, ", ", 1, math.min(#names, max_named)) or "")
  end
  return tasks
end

-- One class of several: name | nil, reason to leave the file out | nil, nil, message.
local function agreed(task, rule)
  local votes, names = {}, {}
  for _, class in ipairs(task.classes) do
    if not votes[class] then names[#names + 1] = class end
    votes[class] = (votes[class] or 0) + 1
  end
  if #names == 0 then return nil, "not annotated in the export" end
  if #names == 1 then return names[1] end
  sorted.sort(names)
  local told, best, tied = {}, nil, false
  for i, class in ipairs(names) do
    told[i] = ("%s %d"):format(shown(class), votes[class])
    tied = best ~= nil and (votes[class] == votes[best] or tied and votes[class] < votes[best])
    if not best or votes[class] > votes[best] then best = class end
  end
  local said = "its annotations disagree: " .. table.concat(told, ", ", 1, math.min(#told, max_named))
  if rule == "fail" then
    return nil, nil, said .. " (data.labels.on_disagreement = \"majority\" or \"skip\" allows that)"
  end
  if rule == "majority" and not tied then return best end
  return nil, said
end

-- "a, b and 3 more"
local function listed(names)
  return table.concat(names, ", ", 1, math.min(#names, max_named))
    .. (#names > max_named and (" and %d more"):format(#names - max_named) or "")
end

local function read(path)
  local size = lfs.attributes(path, "size")
  if size and size > max_bytes then
    return nil, ("%s: has %d bytes; an export of at most %d is read"):format(path, size, max_bytes)
  end
  local text, why = files.read(path)
  if not text then return nil, why end
  local digests, failed = sha256.files(".", { path })
  if not digests then return nil, failed end
  -- What nests too deep ends dkjson with an error of Lua's.
  local fine, list, wrong = pcall(json.decode, text)
  if not fine then return nil, path .. ": is not an export of Label Studio: it nests too deep" end
  if list == nil then return nil, ("%s: is not JSON: %s"):format(path, wrong) end
  if not is(list, "array") then
    return nil, ("%s: is not an export of Label Studio (JSON or JSON-MIN): it is %s, not a list of tasks"):format(path,
      shown(list))
  end
  if #list == 0 then return nil, path .. ": has no tasks" end
  return list, digests[path]
end

function labels.apply(entries, data)
  local wanted = data.labels
  local path = wanted.label_studio
  local list, digest = read(path)
  if not list then return nil, "data.labels: " .. digest end
  local function fail(message) return nil, ("data.labels: %s: %s"):format(path, message) end
  local tasks, wrong = tasks_of(list, wanted.from)
  if not tasks then return fail(wrong) end

  local known, task_of, result = {}, {}, { class = {}, reason = {}, missing = {} }
  for _, entry in ipairs(entries) do known[entry.path] = true end
  for _, task in ipairs(tasks) do
    local file, names, why = file_of(task.fields, wanted, known)
    if why then return fail(task.name .. ": " .. why) end
    if not file then
      result.missing[#result.missing + 1] = ("%s (%s)"):format(task.name, names)
    elseif task_of[file] then
      return fail(("%s and %s are both of %s"):format(task_of[file], task.name, file))
    else
      task_of[file] = task.name
      local class, reason, refused = agreed(task, wanted.on_disagreement)
      if refused then return fail(("%s (%s): %s"):format(task.name, file, refused)) end
      result.class[file], result.reason[file] = class, reason
    end
  end
  local without = {}
  for _, entry in ipairs(entries) do
    if not task_of[entry.path] then
      without[#without + 1] = entry.path
      result.reason[entry.path] = "no task in the export"
    end
  end
  if wanted.on_missing == "fail" then
    local advice = "\n(data.labels.on_missing = \"skip\" leaves them out)"
    if #result.missing > 0 then
      return fail(("%d of %d tasks have no file in %s: %s%s"):format(#result.missing, #tasks, data.path,
        listed(result.missing), advice))
    end
    if #without > 0 then
      return fail(("%d of %d files in %s have no task: %s%s"):format(#without, #entries, data.path, listed(without),
        advice))
    end
  end
  result.facts = { path = path, sha256 = digest, tasks = #tasks, missing = #result.missing }
  result.told = {}
  if #result.missing > 0 then
    result.told[1] = ("%d task%s without a file passed over: %s"):format(#result.missing,
      #result.missing == 1 and "" or "s", listed(result.missing))
  end
  return result
end

-- The sums over the files that are used, as the scanner makes them (docs/lock.md, "digest").
local function sums_of(usable)
  local lines, sums = {}, { files = #usable, bytes = 0, records = 0, frames = 0 }
  for i, entry in ipairs(usable) do
    lines[i] = ("%s %d %s\n"):format(entry.sha256, entry.bytes, entry.path)
    for _, key in ipairs { "bytes", "records", "frames" } do sums[key] = sums[key] + (entry[key] or 0) end
  end
  sums.digest = sha256.text(table.concat(lines))
  return sums
end

--- Gives the usable files their classes, as `label`, and moves those without one to the skipped.
--- Returns { usable =, skipped =, facts = for the lock, told = lines for the report, sums = of the usable where they
--- are fewer now }, or nil and a message.
function labels.assign(usable, skipped, data)
  local all, allowed = table.move(usable, 1, #usable, 1, {}), nil
  table.move(skipped, 1, #skipped, #all + 1, all)
  sorted.sort(all, function(a, b) return sorted.before(a.path, b.path) end)
  local found, why = labels.apply(all, data)
  if not found then return nil, why end
  if data.classes then
    allowed = {}
    for _, class in ipairs(data.classes) do allowed[class] = true end
  end
  local kept, left, names = {}, table.move(skipped, 1, #skipped, 1, {}), {}
  for _, entry in ipairs(usable) do
    local class = found.class[entry.path]
    if class and (not allowed or allowed[class]) then
      entry.label = class
      kept[#kept + 1] = entry
    else
      local reason = class and ("of class %s, which the spec leaves out"):format(shown(class))
        or found.reason[entry.path]
      left[#left + 1] = { path = entry.path, problem = reason }
      names[#names + 1] = ("%s (%s)"):format(entry.path, reason)
    end
  end
  if #names > 0 then
    found.told[#found.told + 1] = ("%d file%s left out: %s"):format(#names, #names == 1 and "" or "s", listed(names))
  end
  sorted.sort(left, function(a, b) return sorted.before(a.path, b.path) end)
  return { usable = kept, skipped = left, facts = found.facts, told = found.told,
    sums = #kept < #usable and sums_of(kept) or nil }
end

function labels.changed(data, facts)
  local path = data.labels.label_studio
  if lfs.attributes(path, "mode") ~= "file" then return nil end
  local digests, why = sha256.files(".", { path })
  if not digests then return why end
  if digests[path] ~= facts.sha256 then
    return ("the export %s is not the one the lock was made from; write the lock again with `lua build.lua lock`")
      :format(path)
  end
end

return labels
