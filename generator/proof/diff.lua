-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What is different between two artifacts, from what they carry and what lies beside them; neither is run.
--
--   diff.compare(path_a, path_b, { work = DIR }) -> report
--
-- report = { same, a = { base, stamp }, b = …,
--   spec    = { { name, a, b } … }          fields of the experiment, overrides, variant
--   data    = { { name, a, b } … }, files = { added, removed, changed, moved (to another split) }, lists of paths
--   code    = { generator = { added, removed, changed }, runtime = …, templates = …, other = … }
--   kernels = { { name = "entry node", a, b } … }   the kernel each node got; nil where only one has the node
--   libraries, tools, flags = { { name, a, b } … }
--   metrics = { { name, a, b } … }           where both have a metrics.json }
-- In { name, a, b } a side that lacks it is nil.

local artifacts = require("generator.proof.artifact")
local files = require("generator.base.files")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")
local sorted = require("generator.base.sorted")

local M = {}

local function fail(status, lines)
  local errors = { status = status }
  for i, line in ipairs(type(lines) == "table" and lines or { lines }) do errors[i] = line end
  return nil, errors
end

--- Adds the nodes of a generated C file, by the comment each has (docs/generated-code.md): into["entry path: op"] =
--- kernel. What occurs twice is numbered.
function M.nodes(text, into)
  local waiting, seen = nil, {}
  for line in text:gmatch("[^\n]+") do
    local path, op, kernel = line:match("^/%* (.-): (%S+) %[([%w_+-]+)%]")
    if path then
      waiting = { path .. ": " .. op, kernel }
    elseif waiting then
      local entry = line:match("^static void ([%w_]-)_%d+%(ingot_machine %*m%)")
      if entry then
        local name = entry .. " " .. waiting[1]
        seen[name] = (seen[name] or 0) + 1
        into[seen[name] > 1 and name .. " #" .. seen[name] or name] = waiting[2]
        waiting = nil
      end
    end
  end
end

local function kernels_of(sources)
  local folder, why = shell.temporary_folder(os.getenv("TMPDIR") or "/tmp")
  if not folder then return nil, why end
  local nodes = {}
  assert(files.write(folder .. "/sources.tar.zst", sources))
  local _, status = shell.capture(string.format("cd %s && mkdir tree && zstd -q -d -c sources.tar.zst | "
    .. "tar --extract --no-same-owner --no-same-permissions -C tree -f - generated", shell.quote(folder)))
  if status == 0 then
    for _, name in ipairs(shell.list_files(folder .. "/tree/generated", function(path) return path:find("%.c$") end)) do
      M.nodes(files.read(folder .. "/tree/generated/" .. name) or "", nodes)
    end
  end
  shell.remove_folder(folder)
  if status ~= 0 then return nil, "damaged sources" end
  return nodes
end

-- Numbers of a metrics.json by dotted names; lists (classes, curves, confusion) are left out.
local function numbers_of(value, prefix, into)
  for key, one in sorted.pairs(value) do
    local name = prefix == "" and tostring(key) or prefix .. "." .. tostring(key)
    if type(one) == "number" then
      into[name] = one
    elseif type(one) == "table" and #one == 0 and type(key) == "string" then
      numbers_of(one, name, into)
    end
  end
  return into
end

local function metrics_of(artifact, work)
  local places = { artifact.folder .. "/metrics.json", artifact.folder .. "/results/metrics.json" }
  if not artifact.whole_folder then places = {} end
  if work then places[#places + 1] = work .. "/" .. artifact.base .. "/metrics.json" end
  for _, path in ipairs(places) do
    local text = files.read(path)
    local value = text and json.decode(text)
    if type(value) == "table" then return numbers_of(value, "", {}) end
  end
end

local function open(path, options)
  local artifact, why, status = artifacts.open(path)
  if not artifact then return fail(status or 1, why) end
  local checked
  checked, why = artifacts.check(artifact, options)
  if not checked then return fail(1, why) end
  local carried
  carried, why = artifacts.carried(artifact)
  if not carried then return fail(1, why) end
  local lock = json.decode(carried.lock)
  local nodes
  nodes, why = kernels_of(carried.sources)
  if not nodes then return fail(1, path .. ": " .. why) end
  return { base = artifact.base, manifest = carried.decoded, lock = type(lock) == "table" and lock or {},
    spec = carried.spec, nodes = nodes, metrics = metrics_of(artifact, options.work) }
end

--- { name, a, b } for every name whose values differ in two tables.
function M.changes(a, b)
  local names, list = {}, json.list {}
  for name in pairs(a) do names[name] = true end
  for name in pairs(b) do names[name] = true end
  for name in sorted.pairs(names) do
    if a[name] ~= b[name] then
      list[#list + 1] = { name = name, a = a[name], b = b[name] }
    end
  end
  return list
end

local function inputs_of(manifest, kind)
  local values = {}
  for _, input in ipairs(manifest.inputs) do
    if input.kind == kind then values[input.name] = input.value end
  end
  return values
end

local function spec_fields(side)
  local fields = {}
  for name, value in pairs(side.manifest.parameters or {}) do fields[name] = value end
  fields["(variant)"] = side.manifest.variant
  for name, digest in pairs(inputs_of(side.manifest, "tune")) do fields["(" .. name .. ")"] = digest end
  if #side.manifest.sets > 0 then fields["(--set)"] = table.concat(side.manifest.sets, " ") end
  return fields
end

--- What a lock says besides its files, by names for people.
function M.data_facts(lock)
  local facts = { digest = lock.digest, classes = table.concat(lock.classes or {}, ", ") }
  if facts.classes == "" then facts.classes = nil end
  for split, counts in pairs(lock.counts or {}) do
    if counts.items ~= 0 then facts["items of " .. split] = counts.items end
  end
  for name, count in pairs(lock.totals or {}) do facts["total of " .. name] = count end
  facts.split = lock.split and lock.split.description
  facts.seed = lock.split and lock.split.seed
  return facts
end

--- The files of two locks: { added, removed, changed, moved }, lists of paths.
function M.files(a, b)
  local by_path = {}
  for _, file in ipairs(a.files or {}) do by_path[file.path] = { a = file } end
  for _, file in ipairs(b.files or {}) do
    by_path[file.path] = by_path[file.path] or {}
    by_path[file.path].b = file
  end
  local result = { added = json.list {}, removed = json.list {}, changed = json.list {}, moved = json.list {} }
  for path, pair in sorted.pairs(by_path) do
    local kind = not pair.a and "added" or not pair.b and "removed" or pair.a.sha256 ~= pair.b.sha256 and "changed"
    if kind then result[kind][#result[kind] + 1] = path end
    if pair.a and pair.b and (pair.a.split ~= pair.b.split or pair.a.splits ~= pair.b.splits) then
      result.moved[#result.moved + 1] = path
    end
  end
  return result
end

local rooms = { generator = true, runtime = true, templates = true }

local function compare_code(a, b)
  local result = {}
  for _, change in ipairs(M.changes(inputs_of(a, "file"), inputs_of(b, "file"))) do
    local room = change.name:match("^([^/]+)/")
    room = rooms[room] and room or "other"
    result[room] = result[room] or { added = json.list {}, removed = json.list {}, changed = json.list {} }
    local list = result[room][change.a == nil and "added" or change.b == nil and "removed" or "changed"]
    list[#list + 1] = change.name
  end
  return result
end

--- The report on two artifacts. `options`: work (a folder of runs, for metrics), signers, require. Nil and
--- { status, lines … } where one of them cannot be read.
function M.compare(path_a, path_b, options)
  local a, errors = open(path_a, options)
  if not a then return nil, errors end
  local b
  b, errors = open(path_b, options)
  if not b then return nil, errors end
  local report = {
    a = { base = a.base, stamp = a.manifest.stamp }, b = { base = b.base, stamp = b.manifest.stamp },
    spec = M.changes(spec_fields(a), spec_fields(b)),
    spec_text = a.spec ~= b.spec,
    data = M.changes(M.data_facts(a.lock), M.data_facts(b.lock)),
    files = M.files(a.lock, b.lock),
    code = compare_code(a.manifest, b.manifest),
    kernels = M.changes(a.nodes, b.nodes),
    libraries = M.changes(inputs_of(a.manifest, "library"), inputs_of(b.manifest, "library")),
    tools = M.changes(inputs_of(a.manifest, "tool"), inputs_of(b.manifest, "tool")),
    flags = M.changes(inputs_of(a.manifest, "flags"), inputs_of(b.manifest, "flags")),
    metrics = a.metrics and b.metrics and M.changes(a.metrics, b.metrics) or nil,
  }
  report.same = a.manifest.stamp == b.manifest.stamp and #(report.metrics or {}) == 0
  return report
end

return M
