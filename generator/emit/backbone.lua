-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What training keeps of each sample where `train.cache_backbone` is set, as the ingot_backbone of
-- program.c. Its key names all that decides the numbers beside the weights and the samples: the planned
-- graph, its code, the libraries and the flags; nothing of what lies behind the cut, so that experiments
-- that differ there share what is cached.

local M = {}
local cut = require "generator.passes.cut"
local kernels = require "generator.emit.kernels"
local plan = require "generator.passes.plan"
local print_ir = require "generator.graph.print"
local c_string = require("generator.base.render").string
local render = require("generator.base.render").render

-- The graph as text, tensors numbered as they appear: numbers of their own count what was cut away.
local function text_of(g)
  local numbers, count = {}, 0
  return (print_ir.graph(g):gsub("%%(%d+)", function(id)
    if not numbers[id] then count, numbers[id] = count + 1, count + 1 end
    return "%" .. numbers[id]
  end))
end

local function key_of(resolved, g, part, context)
  local made = resolved.made_with or {}
  local parts = { "backbone 1", resolved.features_key, resolved.target.isa, made.compiler or "", made.flags or "",
                  made.kernels or "" }
  for _, l in ipairs(resolved.libraries or {}) do
    if part.libraries[l.name] then parts[#parts + 1] = l.name .. " " .. l.version end
  end
  parts[#parts + 1] = text_of(g)
  table.move(part.support, 1, #part.support, #parts + 1, parts)
  parts[#parts + 1] = kernels.definitions(part.called)
  for _, text in ipairs(part.parts) do -- where weights lie depends on what is trained behind the cut
    parts[#parts + 1] = (text:gsub("STATE%(%d+%)", "STATE()"))
  end
  return context.digest(table.concat(parts, "\n"))
end

--- What is to be said of the entry `backbone`, nil where there is none: { path, values, offset, key,
--- tensors }. part: the file its code was added to.
function M.find(resolved, graphs, part, context)
  for _, g in ipairs(graphs) do
    if g.name == "backbone" then
      local _, offset = plan.address(g.outputs.activation, context.real_size or 4)
      return { path = g.cut.path, values = g.cut.values, offset = offset, tensors = cut.tensors(g),
               key = key_of(resolved, g, part, context) }
    end
  end
end

--- Text for program.c, and the member of ingot_program; both empty where nothing is kept.
function M.emit(cached, layout)
  if not cached then return "", "" end
  local place, rows = {}, {}
  for i, t in ipairs(layout.tensors) do place[t.name] = i - 1 end
  for i, t in ipairs(cached.tensors) do
    rows[i] = string.format("    %d, /* %s */", place[t.name], t.name)
  end
  return render([[
/* ---- what training keeps of each sample ---- */

extern const ingot_entry ingot_entry_backbone;

static const int32_t backbone_tensors[] = {
${rows}
};

static const ingot_backbone backbone = {
    .entry = &ingot_entry_backbone,
    .activation = ${offset},
    .floats = ${values},
    .path = ${path},
    .key = "${key}",
    .tensor_count = ${count},
    .tensors = backbone_tensors,
};

]], { rows = table.concat(rows, "\n"), offset = cached.offset, values = cached.values, path = c_string(cached.path),
    key = cached.key, count = #rows }), "\n    .backbone = &backbone,"
end

return M
