-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The entry graphs of a program, from a resolved pipeline: forward graphs only; what a training step
-- adds (gradients, update) and how it is run is the passes' work.

local M = {}
local graph = require "generator.graph.graph"
local builder = require "generator.graph.builder"
local ops = require "generator.ops"

--- Layer tables by kind, from a registry of kinds (generator/spec/registry.lua).
function M.layers(registry)
  local layers, constructors = {}, {}
  for _, name in ipairs(registry.names) do
    local kind = registry.kinds[name]
    if kind.section == "layer" then
      layers[name] = kind.module.layer or kind.module
      constructors[name] = function(fields)
        fields.kind = name
        return fields
      end
    end
  end
  return layers, constructors
end

-- What the model gives per sample: a number per class, or as many as are predicted.
local function outputs_of(resolved) return resolved.outputs or #resolved.classes end

-- The layer tree of the experiment's model: written as layers, or made by a model file.
local function layer_tree(resolved, registry, constructors)
  local model = resolved.model
  local kind = registry.kinds[model.kind]
  if kind.section == "layer" then return model end
  local s = resolved.sample
  return kind.module.build(constructors, model, {
    classes = outputs_of(resolved), channels = s.channels, height = s.height, width = s.width,
  })
end

local function forward(resolved, registry, name, batch, training)
  local s = resolved.sample
  local g = graph.new(name, { registry = ops.by_name, training = training, batch = batch })
  -- Rows of integers (text) are no images; those of predict may be longer than any of the data set.
  local width = name == "predict" and s.predict_width or s.width
  local x = s.dtype == "i32" and g:input("x", { batch, width }, nil, "i32")
    or g:input("x", { batch, s.channels, s.height, s.width })
  if s.row_cells == 1 then x.ids_below = s.row_limit end -- rows of a table that ids may name
  if s.row_cells == 2 then x.sparse, x.entries = s.row_limit, s.row_entries end
  g.sparse_updates = training and (resolved.train.sparse_updates or "touched") or "all"
  local features = resolved.features and registry.kinds[resolved.features.kind]
  if features and features.module.input then x = features.module.input(g, x) end
  local layers, constructors = M.layers(registry)
  local b = builder.new(g, layers)
  local tree = layer_tree(resolved, registry, constructors)
  b.names[1] = tree.name or ""
  local logits = b:build(tree, x)
  local outputs = outputs_of(resolved)
  local want = graph.shape_text({ batch, outputs })
  if graph.shape_text(logits.shape) ~= want then
    graph.fail("model", "its output is %s, but %d %s need %s; end it with linear { outputs = %d }",
      graph.shape_text(logits.shape), outputs, resolved.task == "regression" and "targets" or "classes", want, outputs)
  end
  if logits == x then graph.fail("model", "has no layers") end
  g.outputs.logits = logits
  return g
end

--- Forward graph of a training step over `batch` samples, up to the loss. resolved.mixed: samples are
--- mixed, each has two classes and a share of the first.
function M.train(resolved, registry, name, batch)
  local g = forward(resolved, registry, name, batch, true)
  local target = {}
  if resolved.task == "regression" then
    target.targets = g:input("targets", { batch, outputs_of(resolved) }, "label")
  else
    target.labels = g:input("labels", { batch }, "label", "i32")
    if resolved.mixed then
      target.labels2 = g:input("labels2", { batch }, "label", "i32")
      target.mix = g:input("mix", { batch }, "label")
    end
  end
  local loss = registry.kinds[resolved.train.loss.kind].module
  g.outputs.loss = loss.build(g, g.outputs.logits, target, resolved.train.loss)
  return g
end

--- Graph of inference: logits and probabilities.
function M.inference(resolved, registry, name, batch)
  local g = forward(resolved, registry, name, batch, false)
  local loss = registry.kinds[resolved.train.loss.kind].module
  g.outputs.probabilities = loss.probabilities(g, g.outputs.logits, resolved.train.loss, resolved.task)
  return g
end

return M
