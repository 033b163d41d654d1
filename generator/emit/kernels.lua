-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The kernels of a program: each distinct one once, whichever entries call it, in files that hold the
-- kernels of one op and its gradients, and nothing of the experiment but their text. So what an experiment
-- changes is compiled again and the rest is not (generator/toolchain/objects.lua): a weight decay stands in
-- the file with the optimizer's kernel, a learning rate in none. Files are small enough that several
-- compile beside each other, and large enough that reading headers is not most of it.

local render = require("generator.base.render").render

local M = {}

-- Kernels in a file, at most: what two cores share well. Ops with less text than `small` share a file.
local per_file, small = 6, 1500

--- A set of kernels: each is { name, op, text, prototype, support = texts wanted before it }.
function M.pool()
  return { list = {}, by_text = {}, names = {} }
end

--- `head a, b, c tail` in lines of at most 100 columns, indented by `indent` (continued by 4 more).
function M.joined(head, list, tail, indent)
  local one = head .. table.concat(list, ", ") .. tail
  if #one + indent <= 100 then return one end
  local lines, line = { head }, "    "
  for i, item in ipairs(list) do
    item = item .. (i < #list and ", " or tail)
    if #line + #item + indent > 100 and line ~= "    " then
      lines[#lines + 1] = line:gsub(" $", "")
      line = "    "
    end
    line = line .. item
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

--- The kernel of this text, added where it is new. `base` is its name, numbered where that is taken.
function M.add(pool, op, base, parameters, body, support)
  local text = "(" .. table.concat(parameters, ", ") .. ")\n" .. body
  if pool.by_text[text] then return pool.by_text[text] end
  pool.names[base] = (pool.names[base] or 0) + 1
  local name = pool.names[base] == 1 and base or base .. "_" .. pool.names[base]
  local kernel = { name = name, op = op, support = support,
    prototype = M.joined("KERNEL " .. name .. "(", parameters, ");", 0),
    text = render([[
${head}
    ${body}
}
]], { head = M.joined("KERNEL " .. name .. "(", parameters, ") {", 0), body = body }) }
  pool.by_text[text], pool.list[#pool.list + 1] = kernel, kernel
  return kernel
end

--- What `real` is.
M.number_type = [[
/* The number type of every tensor: float, or double where tests ask for it. */
#ifndef REAL
#define REAL float
#define EXP expf
#define LOG logf
#define SQRT sqrtf
#else
#define EXP exp
#define LOG log
#define SQRT sqrt
#endif
typedef REAL real;
]]

local macros = {
  -- all in one file
  static = [[
/* Kernels stay functions of their own: GCC 12 at -O2 miscompiles loops over `restrict` parameters of
 * one block once they are inlined and vectorised (stores vanish), and every distinct kernel is
 * compiled once. */
#ifdef __clang__ /* which makes no clones and does not know the word */
#define KERNEL static __attribute__((noinline)) void
#else
#define KERNEL static __attribute__((noinline, noclone)) void
#endif
]],
  -- in files of their own
  extern = [[
/* Kernels: functions in files of their own, which the entries share. */
#define KERNEL __attribute__((visibility("hidden"))) void
]],
}

--- The definition of KERNEL: `where` is "static" or "extern".
function M.macro(where)
  return macros[where]
end

--- Declarations, for a file that calls kernels of other files.
function M.prototypes(list)
  local lines = { "/* ---- kernels_*.c ---- */\n" }
  for i, kernel in ipairs(list) do lines[i + 1] = kernel.prototype end
  return table.concat(lines, "\n") .. "\n"
end

--- Kernels after what they want at file scope, each text once.
function M.definitions(list)
  local parts, seen = {}, {}
  for _, kernel in ipairs(list) do
    for _, text in ipairs(kernel.support) do
      if not seen[text] then seen[text], parts[#parts + 1] = true, text end
    end
  end
  parts[#parts + 1] = "/* ---- kernels ---- */\n"
  for _, kernel in ipairs(list) do parts[#parts + 1] = kernel.text end
  return table.concat(parts, "\n")
end

local preamble = [[
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
${includes}

${number_type}

${kernel_macro}
]]

-- An op and its gradients: "batch_norm" of "batch_norm_dx" and "batch_norm_inference".
local function family_of(op)
  return (op:gsub("_d[xw]$", ""):gsub("_inference$", ""))
end

-- Lists of kernels, each for one file: { name, ops (in words), kernel … }.
local function groups_of(pool)
  local families, of = {}, {}
  for _, kernel in ipairs(pool.list) do
    local name = family_of(kernel.op)
    local family = of[name] or { name = name, size = 0 }
    if not of[name] then of[name], families[#families + 1] = family, family end
    family[#family + 1], family.size = kernel, family.size + #kernel.text
  end
  local other, groups = { name = "other" }, {}
  for _, family in ipairs(families) do
    if family.size < small then
      table.move(family, 1, #family, #other + 1, other)
    else
      for first = 1, #family, per_file do
        local last = math.min(first + per_file - 1, #family)
        groups[#groups + 1] = table.move(family, first, last, 1,
          { name = family.name .. (first > 1 and "_" .. (first // per_file + 1) or "") })
      end
    end
  end
  if #other > 0 then groups[#groups + 1] = other end
  for _, group in ipairs(groups) do
    local seen = {}
    group.ops = {}
    for _, kernel in ipairs(group) do
      if not seen[kernel.op] then seen[kernel.op], group.ops[#group.ops + 1] = true, kernel.op end
    end
  end
  return groups
end

--- The files of a pool: { { name, text } … }, in the order the ops were met. `banner(ops)` is the comment
--- at the head of each.
function M.files(pool, banner)
  local files = {}
  for i, group in ipairs(groups_of(pool)) do
    local definitions = M.definitions(group)
    -- the counter-based generator is the one thing of the runtime that a kernel calls
    local includes = definitions:find("ingot_", 1, true) and '\n#include "base/rng.h"' or ""
    files[i] = { name = "kernels_" .. group.name .. ".c",
      text = banner(table.concat(group.ops, ", ")) .. "\n\n" .. render(preamble, { includes = includes,
        number_type = M.number_type, kernel_macro = macros.extern }) .. "\n" .. definitions }
  end
  return files
end

return M
