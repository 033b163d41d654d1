-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- An entry graph as C: one static function per node that calls its kernel with constant addresses, the
-- node table, and the straight-line prepare, compute and update functions. Says what the plan decided
-- and decides nothing. Kernels go into the pool of the file (generator/emit/kernels.lua): into files of
-- their own, shared by the entries of a program, or, where the file has no other, into the file itself.

local M = {}
local c = require "generator.backends.c"
local graph = require "generator.graph.graph"
local kernels = require "generator.emit.kernels"
local plan = require "generator.passes.plan"
local render = require("generator.base.render").render
local vector = require "generator.backends.vector"

local c_types = { f32 = "real", bf16 = "bf16", i32 = "int32_t", u8 = "uint8_t" }
-- Fields of ingot_machine a kernel may ask for: their C type and the field.
local scalars = {
  seed = { "uint64_t", "seed" }, step = { "uint64_t", "step" }, steps_done = { "uint64_t", "updates" },
  learning_rate = { "float", "learning_rate" }, gathered = { "int32_t", "gathered" },
}

--- A C file under construction. `pool` (kernels.pool) takes its kernels; without one they stand in the file.
function M.file(target, real_size, pool)
  return { target = target, real_size = real_size or 4, pool = pool or kernels.pool(), own = not pool, called = {},
           support = {}, parts = {}, includes = {}, libraries = {} }
end

local function add_include(file, include) if include then file.includes[include] = true end end

-- Text that names a tensor's memory.
local function address(file, t)
  local base, offset = plan.address(t, file.real_size)
  local type_name = c_types[t.dtype]
  if base.space == "arena" then return string.format("ARENA(%s, %d)", type_name, offset) end
  if base.space == "state" then return string.format("STATE(%d)", offset) end
  if t.dtype == "bf16" then return string.format("(bf16 *)(void *)PREPARED(%d)", offset) end
  return string.format("PREPARED(%d)", offset)
end

local function shape_comment(t)
  return graph.shape_text(t.shape) .. (t.dtype == "bf16" and " bf16" or "")
    .. (t.layout ~= "plain" and " " .. t.layout:gsub("_", "-") or "")
end

local function context(file, g)
  local block = file.target.block
  local k = { target = file.target, block = block, graph = g, real_size = file.real_size }
  function k.count(t) return c.physical_count(t, block) end
  --- Lanes B and channel blocks CB of an image in its own layout (plain: 1 and C; channels-last: C and 1).
  function k.lanes(t)
    if t.layout == "channels_last" then return t.shape[2], 1 end
    if t.layout ~= "blocked" then return 1, t.shape[2] end
    return block, (t.shape[2] + block - 1) // block
  end
  function k.address(t) return address(file, t) end
  --- C text that reads the number called `text` of a tensor, and that stores `value` there.
  function k.read(t, text) return t.dtype == "bf16" and "from_bf16(" .. text .. ")" or text end
  function k.write(t, text, value)
    return text .. " = " .. (t.dtype == "bf16" and "to_bf16(" .. value .. ")" or value) .. ";"
  end
  return k
end

-- Ports that may share memory: they must not be `restrict`.
local function aliased(op)
  local set = {}
  for out, from in pairs(op.inplace or {}) do -- a set: order does not matter
    set[out] = true
    for _, port in ipairs(type(from) == "table" and from or { from }) do set[port] = true end
  end
  return set
end

-- Parameters of a kernel's C function and the arguments of one call.
local function signature(file, g, n, op, kernel, body)
  local parameters, arguments = {}, {}
  local alias, mutates = aliased(op), {}
  for _, port in ipairs(op.mutates or {}) do mutates[port] = true end
  local function tensor(port, t, is_const)
    parameters[#parameters + 1] = string.format("%s%s %s[%sstatic %d]", is_const and "const " or "",
      c_types[t.dtype], port, alias[port] and "" or "restrict ", c.physical_count(t, file.target.block))
    arguments[#arguments + 1] = address(file, t)
  end
  for port, t in g:ports(n, "inputs") do
    if t.role ~= "token" then tensor(port, t, not mutates[port]) end
  end
  for port, t in g:ports(n, "outputs") do
    if t.role ~= "token" then tensor(port, t, false) end
  end
  for _, region in ipairs(kernel.state and kernel.state(n) or {}) do
    parameters[#parameters + 1] = "real *restrict " .. region.name
    arguments[#arguments + 1] = string.format("STATE(%d)", region.offset)
  end
  for _, scalar in ipairs(kernel.scalars or {}) do
    if body:find("%f[%w_]" .. scalar .. "%f[^%w_]") then
      parameters[#parameters + 1] = scalars[scalar][1] .. " " .. scalar
      arguments[#arguments + 1] = "m->" .. scalars[scalar][2]
    end
  end
  return parameters, arguments
end

local function operation(n)
  local name = n.attrs.chain or n.op
  if n.inputs.residual then name = name .. "+add" end
  if n.attrs.relu then name = name .. (n.attrs.ceiling and "+relu6" or "+relu") end
  return name
end

-- The kernel function for a node, added to the pool if it is new. Returns its name.
local function kernel_function(file, n, parameters, body, support)
  local base = operation(n):gsub("[^%w]+", "_")
  for _, t in ipairs { n.outputs.y or n.outputs.dx or n.outputs.dw or n.inputs.x or n.inputs.w } do
    base = base .. "_" .. table.concat(t.shape, "x")
  end
  local kernel = kernels.add(file.pool, n.op, base, parameters, body, support)
  if not file.called[kernel] then
    file.called[kernel] = true
    file.called[#file.called + 1] = kernel
  end
  return kernel.name
end

-- "3.7 GFLOP": three significant digits and a unit.
local function quantity(value, unit)
  local units = { "", "k", "M", "G", "T" }
  local i = 1
  while value >= 1000 and i < #units do value, i = value / 1000, i + 1 end
  return string.format(i == 1 and "%.0f %s%s" or "%.3g %s%s", value, units[i], unit)
end
M.quantity = quantity

-- Bytes a node reads and writes at least once.
local function traffic(file, g, n)
  local sum = 0
  for _, t in g:ports(n, "inputs") do sum = sum + plan.bytes(t, file.target.block, file.real_size) end
  for _, t in g:ports(n, "outputs") do
    if t.role ~= "scratch" then sum = sum + plan.bytes(t, file.target.block, file.real_size) end
  end
  return sum
end

-- Outputs as spans for the search of the first non-finite value.
local function spans(file, g, n)
  local list = {}
  for _, t in g:ports(n, "outputs") do
    if (t.dtype == "f32" or t.dtype == "bf16") and t.role ~= "token" and t.role ~= "scratch" then
      local base, offset = plan.address(t, file.real_size)
      local space = ({ arena = "INGOT_ARENA", state = "INGOT_STATE", prepared = "INGOT_PREPARED" })[base.space]
      if t.dtype == "bf16" then space = space .. "_BF16" end
      list[#list + 1] = string.format('{"%s", %s, %d, %d}', t.name, space, offset,
        c.physical_count(t, file.target.block))
    end
  end
  return list
end

local function run_statement(file, g, n, k)
  local op = g.registry[n.op]
  local kernel = n.kernel.definition
  if kernel.library then
    local l = kernel.library(n, k)
    add_include(file, l.include)
    for _, name in ipairs(kernel.libraries or {}) do file.libraries[name] = true end
    return l.run, l
  end
  local body, texts = kernel.body(n, k)
  local support = table.move(texts or {}, 1, #(texts or {}), 1, {})
  for _, which in ipairs { "inputs", "outputs" } do
    for _, t in g:ports(n, which) do
      if t.dtype == "bf16" then
        file.support = vector.support({ "bf16" }) -- the type, for its own addresses
        support[#support + 1] = file.support[1]
      end
    end
  end
  local parameters, arguments = signature(file, g, n, op, kernel, body)
  local name = kernel_function(file, n, parameters, body, support)
  return kernels.joined(name .. "(", arguments, ");", 4)
end

-- The body of an entry that works through its batch in parts (generator/passes/parts.lua), each by the function `name`.
local function part_by_part(file, g, name)
  local before, after = {}, {}
  for _, whole in ipairs(g.plan.whole) do
    local _, at = plan.address(whole.tensor, file.real_size)
    local v = { at = at, offset = whole.offset, bytes = whole.bytes }
    if whole.input then
      before[#before + 1] = render("memcpy(own.arena + ${at}, m->arena + ${offset} + part * ${bytes}, ${bytes});", v)
    else
      after[#after + 1] = render("memcpy(m->arena + ${offset} + part * ${bytes}, own.arena + ${at}, ${bytes});", v)
    end
  end
  local slots = g.plan.slots
  return render([[
/* ${count} parts, so that what a layer gives the next stays in the caches */
${next}
for (size_t slot = 0; slot < ${slots}; slot++) {
    ingot_machine own = *m;
    own.arena += slot * ${bytes};
    for (size_t part = slot; part < ${count}; part += ${slots}) {
        ${before}
        ${name}(&own);
        ${after}
    }
}]], { count = g.parts, before = table.concat(before, "\n"), name = name, after = table.concat(after, "\n"),
    slots = slots, bytes = g.plan.slot_bytes,
    next = slots > 1 and "#pragma omp parallel for schedule(static)" or "" })
end

--- Adds entry graph `g` (planned) to the file; the ingot_entry is called g.name.
function M.add(file, g)
  local k = context(file, g)
  local functions, rows, calls = {}, {}, { prepare = {}, compute = {}, update = {}, accumulate = {} }
  local slots, open, once = 0, {}, {}
  local span_text = {}
  for _, n in ipairs(g.nodes) do
    if n.kernel and n.kernel.definition.slot then
      n.slot = slots
      slots = slots + 1
    end
  end
  local flops, count = 0, g.parts or 1
  for _, phase in ipairs { "prepare", "compute", "update", "accumulate" } do
    for _, n in ipairs(g.nodes) do
      if n.phase == phase and n.kernel then
        local op = g.registry[n.op]
        local statement, library = run_statement(file, g, n, k)
        if library then
          if library.open then open[#open + 1] = library.open end
          if library.open_once then once[library.open_once] = true end
        end
        local cost, bytes = op.cost(n), traffic(file, g, n)
        flops = flops + (phase == "compute" and cost or op.gradient_cost and op.gradient_cost(n) or 0)
        local ins, outs = {}, {}
        for _, t in g:ports(n, "inputs") do ins[#ins + 1] = shape_comment(t) end
        for _, t in g:ports(n, "outputs") do outs[#outs + 1] = shape_comment(t) end
        local index = #rows
        local name = string.format("%s_%03d", g.name, index)
        functions[#functions + 1] = render([[
/* ${path}: ${op} [${kernel}]
 * ${ins} -> ${outs}; ${flops}, ${bytes} */
static void ${name}(ingot_machine *m) {
    ${statement}
}
]], { path = n.path, op = operation(n), kernel = n.kernel.name, ins = table.concat(ins, " "),
          outs = #outs > 0 and table.concat(outs, " ") or "state", flops = quantity(cost, "FLOP"),
          bytes = quantity(bytes, "B"), name = name, statement = statement })
        local outputs = spans(file, g, n)
        local spans_name = "NULL"
        if #outputs > 0 then
          spans_name = name .. "_out"
          span_text[#span_text + 1] = string.format("static const ingot_span %s[] = {%s};", spans_name,
            table.concat(outputs, ", "))
        end
        rows[#rows + 1] = string.format('    {"%s", "%s", "%s", %s, %s, %s, %d, %s},', n.path, operation(n),
          n.kernel.name, name, render("${v}", { v = count * cost + 0.0 }), render("${v}", { v = count * bytes + 0.0 }),
          #outputs, spans_name)
        table.insert(calls[phase], name .. "(m);")
      end
    end
  end
  g.flops, g.slots = flops, slots

  local parts = { string.format("/* ---- %s: %d samples a call, %s of arena ---- */\n", g.name, g.batch * count,
    quantity(g.plan.arena_bytes, "B")) }
  table.move(functions, 1, #functions, 2, parts)
  parts[#parts + 1] = table.concat(span_text, "\n") .. "\n"
  if #rows > 0 then
    parts[#parts + 1] = string.format("static const ingot_node %s_nodes[] = {\n%s\n};\n", g.name,
      table.concat(rows, "\n"))
  end
  local entry = { open = "NULL", close = "NULL" }
  if next(once) then
    local steps, v = {}, { entry = g.name, slots = slots, isa = file.target.isa, core = file.target.openblas_core }
    if once.openblas then
      steps[#steps + 1] = render('status = ingot_openblas_open("${core}", m->threads, error);', v)
    end
    if once.onednn then
      steps[#steps + 1] = render([[
ingot_onednn *backend = NULL;
if (status == INGOT_OK) status = ingot_onednn_new(&backend, ${slots}, "${isa}", error);
m->backend = backend;]], v)
    end
    table.move(open, 1, #open, #steps + 1, steps)
    v.steps, v.free = table.concat(steps, "\n"), once.onednn and "ingot_onednn_free(m->backend);" or ""
    parts[#parts + 1] = render([[
static void ${entry}_close(ingot_machine *m) {
    ${free}
    m->backend = NULL;
}

static ingot_status ${entry}_open(ingot_machine *m, ingot_error *error) {
    ingot_status status = INGOT_OK;
    ${steps}
    if (status != INGOT_OK) ${entry}_close(m);
    return status;
}
]], v)
    entry.open, entry.close = g.name .. "_open", g.name .. "_close"
  end
  for _, phase in ipairs { "prepare", "compute", "update", "accumulate" } do
    entry[phase] = "NULL"
    if #calls[phase] > 0 then
      entry[phase] = g.name .. "_" .. phase
      local text = table.concat(calls[phase], "\n")
      if phase == "compute" and count > 1 then
        local part = g.name .. "_part"
        parts[#parts + 1] = render("static void ${name}(ingot_machine *m) {\n    ${calls}\n}\n",
          { name = part, calls = text })
        text = part_by_part(file, g, part)
      end
      parts[#parts + 1] = render("static void ${name}(ingot_machine *m) {\n    ${calls}\n}\n",
        { name = entry[phase], calls = text })
    end
  end
  local function output(name, list)
    local t = list[name]
    if not t then return "SIZE_MAX" end
    for _, whole in ipairs(g.plan.whole or {}) do
      if whole.tensor == t then return tostring(whole.offset) end
    end
    local _, offset = plan.address(t, file.real_size)
    return tostring(offset)
  end
  local inputs = {}
  for _, t in ipairs(g.inputs or {}) do inputs[t.name] = t end
  parts[#parts + 1] = render([[
const ingot_entry ingot_entry_${name} = {
    .name = "${name}",
    .batch = ${batch}, .parts = ${count}, .slots = ${slots}, .slot_bytes = ${slot_bytes},
    .arena_bytes = ${arena},
    .prepared_floats = ${prepared},
    .x = ${x}, .labels = ${labels}, .labels2 = ${labels2}, .mix = ${mix}, .targets = ${targets},
    .logits = ${logits}, .probabilities = ${probabilities}, .loss = ${loss},
    .gradient_norm = ${gradient_norm},
    .prepare_nodes = ${prepare_nodes}, .update_node = ${update_node}, .node_count = ${nodes},
    .nodes = ${node_table},
    .open = ${open}, .close = ${close},
    .prepare = ${prepare_f}, .compute = ${compute_f}, .update = ${update_f},
    ${accumulate}
};
]], {
    name = g.name, batch = g.batch * count, count = count, slots = g.plan.slots or 1,
    slot_bytes = g.plan.slot_bytes or 0, arena = g.plan.arena_bytes, prepared = g.plan.prepared_count,
    x = output("x", inputs), labels = output("labels", inputs), labels2 = output("labels2", inputs),
    mix = output("mix", inputs), targets = output("targets", inputs), logits = output("logits", g.outputs),
    probabilities = output("probabilities", g.outputs), loss = output("loss", g.outputs),
    gradient_norm = output("gradient_norm", g.outputs),
    prepare_nodes = #calls.prepare, update_node = #calls.prepare + #calls.compute, nodes = #rows,
    open = entry.open, close = entry.close, prepare_f = entry.prepare, compute_f = entry.compute,
    update_f = entry.update,
    accumulate = entry.accumulate ~= "NULL" and ".accumulate = " .. entry.accumulate .. "," or "",
    node_table = #rows > 0 and g.name .. "_nodes" or "NULL",
  })
  file.parts[#file.parts + 1] = table.concat(parts, "\n")
  return file
end

--- Lines as one C comment.
function M.comment(text)
  return "/* " .. text:gsub("\n", "\n * "):gsub(" +\n", "\n") .. "\n */"
end

local preamble = [[
#include <math.h>
#include <string.h>

#include "program.h"
#include "base/rng.h"
${includes}

${number_type}

${kernel_macro}

#define ARENA(type, offset) ((type *)(void *)(m->arena + (offset)))
#define STATE(offset) ((real *)m->state + (offset))
#define PREPARED(offset) ((real *)m->prepared + (offset))
]]

--- The whole text of a file. `banner` is a comment without its delimiters.
function M.text(file, banner)
  local includes = {}
  for name in pairs(file.includes) do includes[#includes + 1] = '#include "' .. name .. '"' end
  table.sort(includes)
  local parts = { M.comment(banner) .. "\n",
                  render(preamble, { includes = table.concat(includes, "\n"), number_type = kernels.number_type,
                    kernel_macro = kernels.macro(file.own and "static" or "extern") }) }
  if file.own then
    parts[#parts + 1] = kernels.definitions(file.called)
  else
    table.move(file.support, 1, #file.support, #parts + 1, parts)
    parts[#parts + 1] = kernels.prototypes(file.called)
  end
  table.move(file.parts, 1, #file.parts, #parts + 1, parts)
  return table.concat(parts, "\n")
end

return M
