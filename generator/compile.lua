-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- From a resolved pipeline to generated C: builds the entry graphs, runs the passes in order with the
-- invariant check after each, and emits. The only place that knows the order of passes.

local M = {}
local isas = require "generator.isas"
local check = require "generator.graph.check"
local entries = require "generator.graph.entries"
local pretrained = require "generator.graph.pretrained"
local print_ir = require "generator.graph.print"
local program = require "generator.emit.program"
local parts = require "generator.passes.parts"
local plan = require "generator.passes.plan"
local update = require "generator.passes.update"
local pass = {
  freeze = require "generator.passes.freeze",
  cut = require "generator.passes.cut",
  fuse = require "generator.passes.fuse",
  gradient = require "generator.passes.gradient",
  checkpoint = require "generator.passes.checkpoint",
  dead_code = require "generator.passes.dead_code",
  fuse_gradients = require "generator.passes.fuse_gradients",
  concat_in_place = require "generator.passes.concat_in_place",
  fuse_pointwise = require "generator.passes.fuse_pointwise",
  precision = require "generator.passes.precision",
  lower_convolutions = require "generator.passes.lower_convolutions",
  convolutions = require "generator.passes.convolutions",
  kernels = require "generator.passes.kernels",
  fuse_updates = require "generator.passes.fuse_updates",
  hoist = require "generator.passes.hoist",
}

M.pass_names = { "build", "freeze", "cut", "fuse", "gradient", "checkpoint", "update", "dead_code",
                 "fuse_gradients", "concat_in_place", "fuse_pointwise", "precision", "lower_convolutions",
                 "convolutions", "kernels", "fuse_updates", "hoist", "plan" }

--- What kernels are chosen for (generator/backends/init.lua). `blocked`: oneDNN's convolutions want
--- blocked activations.
function M.target(spec_target, real_size)
  local blocked = false
  for _, name in ipairs(spec_target.backends) do blocked = blocked or name == "onednn" end
  local isa = isas.by_name[spec_target.isa]
  return { isa = isa.name, threads = spec_target.threads,
           deterministic = spec_target.deterministic, backends = spec_target.backends, block = isa.block,
           avx512 = isa.avx512, openblas_core = isa.openblas_core, blocked = blocked,
           fast = (real_size or 4) == 4 }
end

-- Runs one entry through the passes. options.stop_after ends early; every pass is checked.
local function compile_entry(g, context)
  local function done(name)
    check.check(g, name)
    if context.trace then context.trace(g, name) end
    return context.stop_after == name
  end
  if done("build") then return end
  if g.training then pass.freeze.run(g, context.train) end
  if done("freeze") then return end
  if g.training and context.train.cache_backbone then
    (g.name == "backbone" and pass.cut.backbone or pass.cut.step)(g)
  end
  if done("cut") then return end
  if not context.plain then pass.fuse.run(g) end
  if done("fuse") then return end
  if g.training and g.outputs.loss then
    pass.gradient.run(g)
    if done("gradient") then return end
    pass.checkpoint.run(g, context.train, { block = context.target.block, real_size = context.real_size })
    if done("checkpoint") then return end
    context.layout = context.layout or update.layout(g, context.train, context.optimizer_module)
    update.run(g, context.train, context.optimizer_module, context.layout)
    if done("update") then return end
  end
  pass.dead_code.run(g)
  if done("dead_code") then return end
  -- kernels on bf16 images read them whole
  local ranges = context.train.precision ~= "bf16"
  if not context.plain then pass.fuse_gradients.run(g, context.target, ranges) end
  if done("fuse_gradients") then return end
  if not context.plain and ranges then pass.concat_in_place.run(g, context.target) end
  if done("concat_in_place") then return end
  if not context.plain then pass.fuse_pointwise.run(g) end
  if done("fuse_pointwise") then return end
  if context.train.precision == "bf16" then pass.precision.run(g) end
  if done("precision") then return end
  if context.collect then context.collect(g, context.target) end
  if not context.plain then pass.lower_convolutions.run(g, context.target) end
  if done("lower_convolutions") then return end
  if not context.plain then pass.convolutions.run(g, context.target) end
  if done("convolutions") then return end
  pass.kernels.run(g, context.target)
  if done("kernels") then return end
  local chosen = context.target.choices
  if not context.plain and not context.keep_gradients and not (chosen and chosen.apart) then
    pass.fuse_updates.run(g, context.target)
  end
  if done("fuse_updates") then return end
  if not context.plain then pass.hoist.run(g) end
  if done("hoist") then return end
  plan.run(g, context.layout.offsets, { block = context.target.block, real_size = context.real_size })
  if g.parts and g.parts > 1 then parts.place(g, context.target, context.real_size or 4) end
  done("plan")
end

-- The weights that training starts from must fit the model.
local function fit_pretrained(g, resolved, registry)
  if not resolved.pretrained then return end
  local fit, why = pretrained.fit(g, resolved.pretrained, resolved.train.pretrained_skip,
    registry.kinds[resolved.model.kind].module.other_names)
  if not fit then error({ model_error = true, path = "model", field = "train.pretrained", message = why }, 0) end
  resolved.pretrained.fit = fit
end

--- Compiles a resolved pipeline. options: registry (of kinds), stop_after (a pass name), trace
--- (function(graph, pass)), real_size, digest (function(text) -> hex), graphs_only (return the planned
--- graphs), plain (no pass that only makes it faster: what tests compare with), keep_gradients (all gradients are
--- in memory after `compute`: for tests that read them), collect (function(graph,
--- target), called before the passes that choose kernels). Returns what
--- generator/emit/program.lua emits, or nil, errors with the layer's path; with stop_after, true.
function M.compile(resolved, options)
  options = options or {}
  local registry = options.registry or require("generator.spec.registry").default()
  local context = {
    target = M.target(resolved.target, options.real_size), train = resolved.train,
    optimizer_module = registry.kinds[resolved.train.optimizer.kind].module,
    stop_after = options.stop_after, trace = options.trace, real_size = options.real_size,
    digest = options.digest or require("generator.toolchain.sha256").text,
    plain = options.plain, keep_gradients = options.keep_gradients, collect = options.collect,
  }
  context.target.choices = resolved.choices
  local ok, result = xpcall(function()
    local list = {}
    local function add(g)
      compile_entry(g, context)
      list[#list + 1] = g
      return g
    end
    local step = add(entries.train(resolved, registry, "train_step", resolved.batch))
    fit_pretrained(step, resolved, registry)
    if step.checkpointed and not options.stop_after then
      -- what it saves: the same step without it
      local train = setmetatable({ gradient_checkpointing = "none" }, { __index = resolved.train })
      local whole = setmetatable({ trace = false, stop_after = false, train = train }, { __index = context })
      local plain = entries.train(resolved, registry, "train_step", resolved.batch)
      compile_entry(plain, whole)
      step.checkpointed.whole_bytes = plain.plan.arena_bytes
    end
    if resolved.tail > 0 then add(entries.train(resolved, registry, "train_step_tail", resolved.tail)) end
    if resolved.train.cache_backbone then add(entries.train(resolved, registry, "backbone", resolved.batch)) end
    for _, of in ipairs { { "evaluate_step", resolved.evaluate.batch_size },
      { "predict", resolved.predict.batch_size } } do
      local g = entries.inference(resolved, registry, of[1], of[2])
      local count = context.plain and 1 or parts.of(g, context.target)
      if count > 1 then g = entries.inference(resolved, registry, of[1], of[2] // count) end
      g.parts = count
      add(g)
    end
    if options.graphs_only then return { graphs = list, context = context } end
    if options.stop_after and options.stop_after ~= "plan" then return true end
    return program.emit(resolved, list, context, registry)
  end, function(e)
    if type(e) == "table" and e.model_error then return e end
    return { bug = debug.traceback(tostring(e), 2) }
  end)
  if ok then return result end
  if result.bug then error(result.bug, 0) end
  return nil, { { field = result.field or "model", path = result.path,
                  message = (result.path == "model" and "" or result.path .. ": ") .. result.message } }
end

M.print = print_ir.graph

return M
