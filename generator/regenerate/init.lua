-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Which experiments are no longer what was built, and building those: `changed` and `all` of the command
-- line. Nothing is compiled to find out: an experiment is current where an artifact of its stamp is there.
--
--   regenerate.find(paths)            -> specs: files as given, folders scanned, in byte order
--   regenerate.status(specs, before, options) -> items, one for each experiment (a family's variants are experiments):
--       { spec, name, list = out of a list, state, reasons, stamp, base, isa, before = stamp, errors }
--     state: "current" | "changed" | "new" (none of this name was built) | "failed" (errors)
--     reasons: of what changed, { { component, details } … } (toolchain/compare.lua), and component "lock" with
--     unlocked = true where there is no lock yet
--   regenerate.build(items, options)  -> builds those that are not current, `jobs` at once
--
-- `before` says what an item is compared with: before.current(item) -> true where an artifact of its stamp is
-- there; before.newest(item) -> { stamp, inputs, parameters } of the newest of its name, or nil.

local lfs = require("lfs")
local compare = require("generator.toolchain.compare")
local driver = require("generator.driver")
local files = require("generator.base.files")
local flat = require("generator.base.flat")
local json = require("generator.base.json")
local runtime = require("generator.toolchain.runtime")
local shell = require("generator.toolchain.shell")
local sorted = require("generator.base.sorted")

local M = {}

--- The specs that paths mean; nil and a message where one is not there or holds none.
function M.find(paths)
  local found, seen = {}, {}
  local function add(path)
    if not seen[path] then seen[path], found[#found + 1] = true, path end
  end
  for _, path in ipairs(paths) do
    local mode = lfs.attributes(path, "mode")
    if mode == "directory" then
      local folder = path:gsub("(.)/+$", "%1")
      local names = shell.list_files(folder, function(name)
        return name:find("%.lua$") ~= nil and not ("/" .. name):find("/%.")
      end)
      if #names == 0 then return nil, path .. ": there is no spec in it" end
      for _, name in ipairs(names) do add(folder .. "/" .. name) end
    elseif mode then
      add(path)
    else
      return nil, path .. ": there is no such spec or folder"
    end
  end
  return found
end

-- ------------------------------------------------------------------ what is compared

local function lines_of(errors)
  local list = json.list {}
  for i, line in ipairs(errors) do list[i] = tostring(line) end
  return list
end

-- Why an item is not what was there before; what a spec's text changed is said by its fields.
local function reasons_of(item, newest, experiment)
  local reasons = compare.inputs(newest.inputs, item.inputs)
  for _, reason in ipairs(reasons) do
    if reason.component == "spec" and newest.parameters then
      local fields = compare.fields(newest.parameters, flat.fields(experiment))
      reason.details = #fields > 0 and fields or { "its text alone" }
    end
  end
  return reasons
end

local function judge(item, variant, before, options)
  local identity, errors = driver.identify(item.spec, variant, options)
  if not identity and errors.unlocked then
    item.state = before.newest(item) and "changed" or "new"
    item.reasons = { { component = "lock", details = { variant.lock .. " is not there" } } }
    item.isa = variant.experiment.target.isa
    return
  end
  if not identity then
    item.state, item.errors = "failed", lines_of(errors)
    return
  end
  item.stamp, item.base, item.isa, item.inputs = identity.stamp, identity.base, identity.isa, identity.inputs
  if before.current(item) then
    item.state = "current"
    return
  end
  local newest = before.newest(item)
  item.state, item.before = newest and "changed" or "new", newest and newest.stamp
  if not newest then return end
  item.reasons = reasons_of(item, newest, identity.experiment)
  if #item.reasons == 0 then -- the same inputs
    if before.same_is_current then
      item.state = "current"
    else
      item.reasons[1] = { component = "artifact", details = { "is not there any more, or damaged" } }
    end
  end
end

-- What a bug of ours says in place of a result: it concerns one experiment, not the others.
local function bug(message)
  return { json.list { "internal error: this is a bug in Ingot, not in your spec; please report it with what follows",
    debug.traceback(tostring(message), 2) } }
end

function M.status(specs, before, options)
  local items, names = {}, {}
  for _, spec in ipairs(specs) do
    local ok, all, errors = xpcall(driver.variants, bug, spec, options)
    if not ok then all, errors = nil, all[1] end
    for _, variant in ipairs(all or { { name = spec:match("([^/]+)%.lua$") or spec, errors = errors } }) do
      local item = { spec = spec, name = variant.name, list = all and all.list or nil, reasons = {} }
      local judged, trace = xpcall(judge, bug, item, variant, before, options)
      if not judged then item.state, item.errors = "failed", trace[1] end
      if names[item.name] and item.state ~= "failed" then
        item.state = "failed"
        item.errors = json.list { string.format("%s: is called %s, as is %s: give one another name", spec, item.name,
          names[item.name]) }
      end
      names[item.name] = names[item.name] or spec
      items[#items + 1] = item
    end
  end
  return items
end

-- ------------------------------------------------------------------ building

-- Seconds since the machine started, to hundredths.
local function now()
  return tonumber((files.read("/proc/uptime") or "0"):match("^%S+"))
end

-- The element of a worker's list that an item is, and what driver.build says of it, as JSON.
local function build_one(item, variants, options)
  local errors
  if not variants[item.spec] then
    variants[item.spec], errors = driver.variants(item.spec, options)
    if not variants[item.spec] then return { errors = lines_of(errors) } end
  end
  for _, variant in ipairs(variants[item.spec]) do
    if variant.name == item.name then
      local begun, copy = now(), {}
      for key, value in pairs(options) do copy[key] = value end -- a map: order does not matter
      copy.variant = variant
      local result
      result, errors = driver.build(item.spec, copy)
      if not result then return { errors = lines_of(errors) } end
      return { path = result.path, stamp = result.record.stamp, size = result.record.size, built = result.fresh,
        seconds = now() - begun, warnings = result.warnings }
    end
  end
  return { errors = json.list { item.spec .. ": there is no " .. item.name .. " in it any more" } }
end

--- One of the processes of M.build: takes items of folder/items.json that no other has taken, and says the number of
--- each on a line of its own when folder/<number>.json has the result.
function M.work(folder, options)
  local items = assert(json.decode(assert(files.read(folder .. "/items.json"))))
  local variants = {}
  options.say = function() end
  for i, item in ipairs(items) do
    if lfs.mkdir(string.format("%s/%d.taken", folder, i)) then
      local ok, result = xpcall(build_one, bug, item, variants, options)
      if not ok then result = { errors = result[1] } end
      assert(files.write(string.format("%s/%d.json", folder, i), json.encode(result)))
      io.stdout:write(i, "\n")
      io.stdout:flush()
    end
  end
end

-- The runtime once, before several processes want it at the same time.
local function prepare(items, options)
  local seen, jobs = {}, options.jobs
  for _, item in ipairs(items) do
    if item.isa and not seen[item.isa] then
      seen[item.isa] = true
      local out = shell.absolute(options.out)
      local built, lines = runtime.ensure(item.isa, { root = options.root, out = out, jobs = jobs,
        no_cache = options.no_cache, say = options.say })
      if not built then return nil, lines end
    end
  end
  return true
end

--- Builds the items that are neither current nor failed, `options.jobs` processes beside each other; calls
--- options.ended(item) as each ends. A failure stops none of the others. Returns { built, failed, seconds } and sets
--- item.result (path, stamp, size, seconds) or item.errors.
function M.build(items, options)
  local begun, todo = now(), {}
  local done = { built = 0, failed = 0 }
  for _, item in ipairs(items) do
    if item.state == "failed" then
      done.failed = done.failed + 1
      options.ended(item)
    elseif item.state ~= "current" then
      todo[#todo + 1] = item
    end
  end
  options.jobs = options.jobs or shell.processors()
  local workers = math.min(options.jobs, #todo)
  if workers > 0 then
    local ready, lines = prepare(todo, options)
    if not ready then return nil, lines end
    local folder = assert(shell.temporary_folder(os.getenv("TMPDIR") or "/tmp"))
    local list = json.list {}
    for i, item in ipairs(todo) do list[i] = { spec = item.spec, name = item.name } end
    assert(files.write(folder .. "/items.json", json.encode(list)))
    local words = { "lua5.4", options.root .. "/build.lua", "all", "--worker", folder, "--out", options.out, "--jobs",
      tostring(math.max(1, options.jobs // workers)) }
    if options.no_cache then words[#words + 1] = "--no-cache" end
    local pipe = assert(io.popen(string.format("for i in $(seq %d); do %s & done 2>%s; wait", workers,
      shell.command(words), shell.quote(folder .. "/errors"))))
    local function take(i)
      local item, text = todo[i], files.read(string.format("%s/%d.json", folder, i))
      local result = text and json.decode(text) or nil
      if not result then
        result = { errors = json.list { item.spec .. ": the process that built " .. item.name .. " ended early: "
          .. ((files.read(folder .. "/errors") or ""):match("[^\n]+") or "killed?") } }
      end
      if result.errors then
        item.errors, done.failed = result.errors, done.failed + 1
      else
        item.result, item.stamp, done.built = result, result.stamp, done.built + 1
      end
      options.ended(item)
    end
    local seen = {}
    for line in pipe:lines() do
      local i = math.tointeger(tonumber(line))
      if i and todo[i] and not seen[i] then
        seen[i] = true
        take(i)
      end
    end
    pipe:close()
    for i = 1, #todo do
      if not seen[i] then take(i) end
    end
    shell.remove_folder(folder)
  end
  done.seconds = now() - begun
  return done
end

--- The items of a list by state: { current = n, … }.
function M.count(items)
  local counts = { current = 0, changed = 0, new = 0, failed = 0 }
  for _, item in ipairs(items) do counts[item.state] = counts[item.state] + 1 end
  return counts
end

--- Names in byte order of the components that changed, over all items.
function M.components(items)
  local seen = {}
  for _, item in ipairs(items) do
    for _, reason in ipairs(item.reasons) do seen[reason.component] = true end
  end
  return sorted.keys(seen)
end

return M
