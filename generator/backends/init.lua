-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What a kernel is, and which one a node gets.
--
-- An op's `kernels` table maps a kernel's name to
--   {
--     backend = "c",          defaults to the kernel's name
--     rank    = 0,            among kernels of one backend the higher rank is tried first
--     when    = function(n, target) … end,    whether it can run this node; absent: always
--     pays    = function(n, target) … end,    whether it is worth taking where nothing was measured (choices.lua)
--     bf16    = true          it can also read and write bf16 where the node's tensors are; "only": it is
--                             for such nodes only. A node whose kernel cannot gets floats by casts
--     layout  = "plain"       every tensor plain (the default)
--             | "same"        any layout, all image tensors alike
--             | { x = "blocked", y = "blocked", w = "plain", … }  per port; "either": x may be any;
--             | function(n, target) … end       one of these, by the node
--     -- a kernel of ours: a C function generated from
--     body    = function(n, k) … end,         C statements; ports are pointers by their names; and,
--                                             second, a list of texts wanted once at file scope
--     scalars = { "learning_rate" },          fields of ingot_machine passed as parameters
--     state   = function(n) … end,            regions of the state block it changes: { name, offset }
--     -- or a library's:
--     library = function(n, k) … end,         → { include =, open_once =, open =, run = }: header,
--                                             "onednn" or "openblas", C text of entry open and call
--     libraries = { "onednn" },               what must be linked
--     thread_dependent = true,                its results depend on the number of threads in the last bits: not
--                                             taken where the spec's target is deterministic = "threads"
--     slot    = true,                         n.slot is the node's number in the library's context
--     packs   = "w", pack_kernel = { … },     input that the library wants packed first (or a function
--                                             of the node: nil for no input), and how
--   }
-- n is the node; k = { target, block, graph, count(tensor), lanes(tensor), address(tensor), read(tensor,
-- text), write(tensor, text, value) } is made by the emitter. target = { isa, block, blocked, fast, avx512,
-- threads, deterministic, backends, openblas_core }: `blocked` says that images may be blocked (or channels-last),
-- `fast` that vector kernels are wanted (not in double precision tests).

local M = {}
local choices = require "generator.backends.choices"

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

--- The kernel for a node, and the names of those that were preferred but cannot run it. `bf16`: the
--- node has tensors in bf16; nil where no kernel takes them.
function M.choose(op, n, target, bf16)
  local passed = {}
  local measured = not bf16 and choices.of(n, target)
  measured = measured == "onednn_winograd" and "onednn" or measured
  for _, candidate in ipairs(M.candidates(op, target)) do
    local kernel = candidate.kernel
    local fits = bf16 and kernel.bf16 or not bf16 and kernel.bf16 ~= "only"
    local allowed = not (kernel.thread_dependent and target.deterministic == "threads")
    local wanted = not kernel.pays or kernel.pays(n, target)
    if measured and op.kernels[measured] then wanted = candidate.name == measured end
    if fits and allowed and wanted and (not kernel.when or kernel.when(n, target)) then
      return { name = candidate.name, backend = candidate.backend, layout = kernel.layout or "plain",
               definition = kernel }, passed
    end
    if kernel.bf16 ~= "only" then passed[#passed + 1] = candidate.name end
  end
  if bf16 then return nil end
  error("op " .. op.name .. " has no kernel for " .. n.path)
end

return M
