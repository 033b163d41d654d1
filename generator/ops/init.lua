-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The op registry: every file of this folder but this one, in sorted order. An op file returns
--
--   {
--     name    = "relu",                  the file's name
--     doc     = "…",                     one sentence, for docs/ops.md
--     inputs  = { "x", "b?" },           ports in order, `?` marks an optional one
--     outputs = { "y" },
--     attrs   = { { name=, doc=, default=, optional= }, … },
--     infer   = function(n) … end,       → { y = { shape =, dtype =, view_of = } } or nil, message
--     cost    = function(n) … end,       → floating point operations of one call
--     grad    = function(g, n, d) … end, builds nodes; d = gradients by output port;
--                                        → gradients by input port. `false`: no gradient
--     kernels = { c = { … }, … },        see generator/backends/init.lua; `c` always exists.
--                                        { view = true } for ops that only rename memory
--     reference = "torch expression",    how the committed vectors were computed; `false` where an
--                                        op is only ever compared with others
--     tests   = { { x = {4, 5}, attrs = { … } }, … },   shapes by port
--     -- and where it applies:
--     layer   = { … },                   what a spec may write (generator/graph/builder.lua);
--                                        random = function(pick, shape): fields for a random model
--                                        (tests/graphs), nil where none fit; absent: the defaults;
--                                        false: never, it reads no images
--     inplace = { y = "x" },             an output that may take the memory of an input
--     mutates = { "running_mean" },      persistent inputs the op changes; optional ones: without
--                                        them it computes the same and changes nothing
--     random  = true,                    what it gives differs from step to step
--     pointwise = "C expression",        element-wise ops: fusable, kernel derived
--     bf16    = { "x", "y" },            ports that mixed precision stores as bf16, "follow", or a
--                                        function of the node (generator/passes/precision.lua)
--     tolerance = 1e-4,                  of fast kernels against `c`, relative to the largest value
--   }

local lfs = require "lfs"

local M = { list = {}, by_name = {} }

local required = { "name", "doc", "inputs", "outputs", "attrs", "infer", "cost", "grad", "kernels",
                   "reference", "tests" }

--- Checks one op table; raises with the file's name where it is not whole.
function M.validate(op, file)
  for _, field in ipairs(required) do
    if op[field] == nil then error(string.format("%s: an op needs the field '%s'", file, field), 0) end
  end
  if op.name .. ".lua" ~= file:match("[^/]*$") then
    error(string.format("%s: the op is called '%s', the file is not", file, op.name), 0)
  end
  if not op.kernels.view and not op.kernels.c then
    error(string.format("%s: a plain C kernel must exist (kernels.c)", file), 0)
  end
  return op
end

--- Adds the ops of a folder to the registry, in sorted order.
function M.scan(folder, module_prefix)
  local names = {}
  for entry in lfs.dir(folder) do
    local name = entry:match("^([%w_]+)%.lua$")
    if name and name ~= "init" then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local op = M.validate(require(module_prefix .. name), folder .. "/" .. name .. ".lua")
    M.list[#M.list + 1] = op
    M.by_name[op.name] = op
  end
end

local here = debug.getinfo(1, "S").source:match("^@(.*)/[^/]*$") or "generator/ops"
M.scan(here, "generator.ops.")

return M
