-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Compiles graphs with the generator's own passes and emitter, runs them on given values and reads
-- every tensor back. `real = "double"` compiles the same plain-C kernels in double precision.

local M = {}
local compile = require "generator.compile"
local entry = require "generator.emit.entry"
local kernels = require "generator.passes.kernels"
local check = require "generator.graph.check"
local plan = require "generator.passes.plan"
local graph = require "generator.graph.graph"
local isas = require "generator.isas"
local files = require "generator.base.files"
local sha256 = require "generator.toolchain.sha256"

local Runner = {}
Runner.__index = Runner

local function sh(command)
  local pipe = assert(io.popen(command .. " 2>&1; echo \"status $?\""))
  local out = pipe:read("a")
  pipe:close()
  local status = tonumber(out:match("status (%d+)%s*$"))
  return status == 0, (out:gsub("status %d+%s*$", ""))
end

function M.temporary_folder()
  local pipe = assert(io.popen("mktemp -d"))
  local name = pipe:read("l")
  pipe:close()
  return name
end

--- Places persistent tensors of all graphs in one state block, by name.
local function state_layout(graphs)
  local offsets, at = {}, 0
  for _, g in ipairs(graphs) do
    for _, t in ipairs(g.state) do
      if not offsets[t.name] then
        offsets[t.name] = at
        at = at + (t.state.count + 15) // 16 * 16
      end
    end
  end
  return offsets, at
end

-- What an object of the runtime depends on beside its source: headers, compiler.
local surroundings
local function surroundings_digest()
  if not surroundings then
    local paths, lines = {}, {}
    for _, folder in ipairs { "runtime", "runtime/base", "runtime/backends" } do
      for _, name in ipairs(files.list(folder, ".h")) do paths[#paths + 1] = folder .. "/" .. name end
    end
    local digests = assert(sha256.files(".", paths))
    for i, path in ipairs(paths) do lines[i] = digests[path] end
    lines[#lines + 1] = select(2, sh("gcc --version"))
    surroundings = table.concat(lines, " ")
  end
  return surroundings
end

-- C that is the same for all graphs is compiled once: objects are kept in out/.tests under a hash of all
-- that goes into them. The path of one.
local shared = {}
local function object_of(source, flags)
  local known = flags .. " " .. source
  if not shared[known] then
    local folder = "out/.tests/graphs"
    local path = string.format("%s/%s.o", folder,
      sha256.text(table.concat({ known, assert(files.read(source)), surroundings_digest() }, "\n")):sub(1, 24))
    if not files.exists(path) then
      -- moved into place whole, as tests run beside each other
      local ok, out = sh(string.format("mkdir -p %s && part=$(mktemp %s/part-XXXXXX) && gcc %s -c %s -o $part "
        .. "&& mv $part %s", folder, folder, flags, source, path))
      if not ok then error(source .. " does not compile:\n" .. out, 2) end
    end
    shared[known] = path
  end
  return shared[known]
end

--- options: graphs (not yet given kernels), real = "double"|"float", backends, isa, layout (from
--- passes.update, where a graph has an update), flags (extra compiler flags), planned (the graphs have
--- been through all passes already).
function M.build(options)
  local double = options.real == "double"
  local real_size = double and 8 or 4
  local target = compile.target({ isa = options.isa or M.have_avx512() and "x86-64-v4" or "x86-64-v3", threads = 2,
    backends = options.backends or { "c" } }, real_size)
  local offsets, state_count
  if options.layout then
    offsets, state_count = options.layout.offsets, options.layout.count
  else
    offsets, state_count = state_layout(options.graphs)
  end
  local file = entry.file(target, real_size)
  local self = setmetatable({ entries = {}, real_size = real_size, state_count = state_count, offsets = offsets },
    Runner)
  local externs, table_rows = {}, {}
  for i, g in ipairs(options.graphs) do
    if not options.planned then
      kernels.run(g, target)
      check.check(g, "kernels")
      plan.run(g, offsets, { block = target.block, real_size = real_size })
    end
    entry.add(file, g)
    self.entries[g.name] = { index = i - 1, graph = g }
    externs[i] = string.format("extern const ingot_entry ingot_entry_%s;", g.name)
    table_rows[i] = string.format("    &ingot_entry_%s,", g.name)
  end
  self.folder = M.temporary_folder()
  local text = entry.text(file, "test graphs") .. table.concat(externs, "\n")
    .. string.format("\nextern const ingot_entry *const test_entries[];\nextern const size_t test_real_size;\n"
      .. "const ingot_entry *const test_entries[] = {\n%s\n};\nconst size_t test_real_size = %d;\n",
      table.concat(table_rows, "\n"), real_size)
  local source = self.folder .. "/graphs.c"
  local f = assert(io.open(source, "w"))
  f:write(text)
  f:close()
  local flags = string.format("-std=gnu11 %s %s -fopenmp -ffp-contract=fast -Wall -Wextra -Wpedantic -Wconversion "
    .. "-Wshadow -Werror %s -Iruntime", options.flags or "-O1", table.concat(isas.by_name[target.isa].compiler, " "),
    double and "-DREAL=double" or "")
  local objects, libraries = { object_of("tests/support/graph_harness.c", flags),
    object_of("runtime/base/error.c", flags) }, ""
  for _, name in ipairs { "onednn", "openblas" } do
    if file.libraries[name] then
      for _, path in ipairs(files.list("runtime/backends", ".c")) do
        if path:find("^" .. name) then objects[#objects + 1] = object_of("runtime/backends/" .. path, flags) end
      end
      libraries = libraries .. (name == "onednn" and " -ldnnl" or " -lopenblas")
    end
  end
  local ok, out = sh(string.format("gcc %s %s %s -o %s/run%s -lm", flags, source, table.concat(objects, " "),
    self.folder, libraries))
  if not ok then error("generated C does not compile:\n" .. out, 2) end
  return self
end

local packs = { f32 = { [4] = "<f", [8] = "<d" }, bf16 = "<I2", i32 = "<i4", u8 = "B" }

function Runner:format(t)
  local p = packs[t.dtype]
  return type(p) == "table" and p[self.real_size] or p
end

--- Runs entries. requests: list of { entry = name, values = { [tensor] = flat list }, seed, step,
--- learning_rate, threads, gathered }. Returns one result per request: function(tensor) → flat list.
function Runner:run(requests)
  local input = assert(io.open(self.folder .. "/in", "wb"))
  for _, r in ipairs(requests) do
    local e = self.entries[r.entry]
    local arena_bytes, state_bytes = e.graph.plan.arena_bytes, self.state_count * self.real_size
    local images = { arena = {}, state = {} }
    for t, values in pairs(r.values) do -- written to places of their own: order does not matter
      local base, offset = plan.address(t, self.real_size)
      if base.space == "state" then offset = offset * self.real_size end
      local parts, format = {}, self:format(t)
      local text = values -- bytes as they are to lie, or numbers
      if type(values) == "table" then
        for i, v in ipairs(values) do parts[i] = string.pack(format, v) end
        text = table.concat(parts)
      end
      table.insert(images[base.space], { offset, text })
    end
    local function image(list, size)
      table.sort(list, function(a, b) return a[1] < b[1] end)
      local parts, at = {}, 0
      for _, piece in ipairs(list) do
        parts[#parts + 1] = ("\0"):rep(piece[1] - at)
        parts[#parts + 1] = piece[2]
        at = piece[1] + #piece[2]
      end
      parts[#parts + 1] = ("\0"):rep(size - at)
      return table.concat(parts)
    end
    input:write(string.pack("<I8I8I8I8I8fi4i4i4", e.index, arena_bytes, state_bytes, r.seed or 0, r.step or 0,
      r.learning_rate or 0.0, r.threads or 2, r.gathered or 0, 0), image(images.arena, arena_bytes),
      image(images.state, state_bytes))
  end
  input:close()
  local ok, out = sh(string.format("%s/run < %s/in > %s/out", self.folder, self.folder, self.folder))
  if not ok then error("the generated program failed:\n" .. out, 2) end
  local f = assert(io.open(self.folder .. "/out", "rb"))
  local bytes = f:read("a")
  f:close()
  local results, at = {}, 1
  for i, r in ipairs(requests) do
    local e = self.entries[r.entry]
    local arena_at = at
    local state_at = at + e.graph.plan.arena_bytes
    at = state_at + self.state_count * self.real_size
    results[i] = function(t)
      local base, offset = plan.address(t, self.real_size)
      local from = base.space == "state" and state_at + offset * self.real_size or arena_at + offset
      local format, values = self:format(t), {}
      local width = string.packsize(format)
      for j = 1, graph.count(t.shape) do values[j] = string.unpack(format, bytes, from + (j - 1) * width) end
      if t.dtype == "bf16" then
        for j, v in ipairs(values) do values[j] = string.unpack("<f", string.pack("<I4", v << 16)) end
      end
      return values
    end
  end
  return results
end

function Runner:close() sh("rm -rf " .. self.folder) end

--- Whether this machine can run what is compiled for x86-64-v4.
function M.have_avx512()
  for line in io.lines("/proc/cpuinfo") do
    if line:find("avx512f", 1, true) then return true end
  end
  return false
end

--- Largest difference of two lists relative to the largest value of the second; NaN counts as infinite.
function M.difference(a, b)
  local scale, worst = 1e-30, 0
  for _, v in ipairs(b) do scale = math.max(scale, math.abs(v)) end
  for i, v in ipairs(b) do
    local d = math.abs((a[i] or 0 / 0) - v)
    if d ~= d then return math.huge end
    worst = math.max(worst, d)
  end
  return worst / scale
end

return M
