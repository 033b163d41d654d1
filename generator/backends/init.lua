-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What a kernel is, and which one a node gets.
--
-- An op's `kernels` table maps a kernel's name to
--   {
--     backend = "c",          defaults to the kernel's name
--     rank    = 0,            among kernels of one backend the higher rank is tried first
--     when    = function(n, target) … end,    whether it can run this node; absent: always
--     layout  = "plain"       every tensor plain (the default)
--             | "same"        any layout, all image tensors alike
--             | { x = "blocked", y = "blocked", w = "plain", … }  per port; "either": x may be both
--     -- a kernel of ours: a C function generated from
--     body    = function(n, k) … end,         C statements; ports are pointers by their names
--     scalars = { "learning_rate" },          fields of ingot_machine passed as parameters
--     support = function(n, k) … end,         C text the function needs at file scope (deduplicated)
--     -- or a library's:
--     library = function(n, k) … end,         → { declare =, open =, run =, kernel = } C text
--     libraries = { "onednn" },               what must be linked
--   }
-- k = { target, block, count(tensor), name, slot() } is made by the emitter.

local M = {}

--- Kernels of an op in the order to try them, for a target: the target's backends in their order
--- (`c` always last), then rank, then name.
function M.candidates(op, target)
  local position = {}
  for i, b in ipairs(target.backends) do position[b] = i end
  position.c = position.c or #target.backends + 1
  local list = {}
  for name, kernel in pairs(op.kernels) do -- sorted below
    local backend = kernel.backend or name
    if position[backend] then
      list[#list + 1] = { name = name, backend = backend, position = position[backend],
                          rank = kernel.rank or 0, kernel = kernel }
    end
  end
  table.sort(list, function(a, b)
    if a.position ~= b.position then return a.position < b.position end
    if a.rank ~= b.rank then return a.rank > b.rank end
    return a.name < b.name
  end)
  return list
end

--- The kernel for a node, and the names of those that were preferred but cannot run it.
function M.choose(op, n, target)
  local passed = {}
  for _, candidate in ipairs(M.candidates(op, target)) do
    local kernel = candidate.kernel
    if not kernel.when or kernel.when(n, target) then
      return { name = candidate.name, backend = candidate.backend, layout = kernel.layout or "plain",
               definition = kernel }, passed
    end
    passed[#passed + 1] = candidate.name
  end
  error("op " .. op.name .. " has no kernel for " .. n.path)
end

return M
