-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The top of a spec: what `experiment { … }` holds. What stands in its kinds (readers, models,
-- optimizers …) is said in their own files.

local fields = require("generator.spec.fields")
local isas = require("generator.isas")

local list = {
  { name = "name", type = "name", required = true, max_length = 64,
    doc = "name of the executable, `out/<name>`; where the spec gives none, the name of its file" },
  { name = "data", type = "kind", section = "reader", required = true,
    doc = "where the data lies, how it is read and how it is split" },
  { name = "features", type = "kind", section = "features", required = true,
    doc = "how an item of the data becomes the model's input" },
  { name = "model", type = "kind", section = "model", required = true,
    doc = "a model by name, or layers in `sequential { … }`" },
  { name = "train", type = "record", required = true, doc = "how the model is trained", fields = {
    { name = "optimizer", type = "kind", section = "optimizer", required = true, doc = "what updates the weights" },
    { name = "loss", type = "kind", section = "loss", default = { kind = "cross_entropy" }, doc = "what is minimised" },
    { name = "schedule", type = "kind", section = "schedule", default = { kind = "constant" },
      doc = "how the learning rate changes" },
    { name = "epochs", type = "integer", min = 1, max = 100000, required = true,
      doc = "how often all training samples are seen" },
    { name = "batch_size", type = "integer", min = 1, max = 65536, required = true, doc = "samples per step" },
    { name = "seed", type = "integer", min = 0, default = 1,
      doc = "seed of initialisation, shuffling and dropout" },
    { name = "shuffle", type = "boolean", default = true, doc = "a new order of the samples in each epoch" },
    { name = "freeze", type = "any_of", doc = "parameters that are not trained: `\"backbone\"` (all but the last "
        .. "layer that has parameters), a layer, a pattern such as `\"layer1.*\"`, or a list of them; see the README, "
        .. "\"Transfer learning\"",
      of = { { type = "string", min_length = 1 },
             { type = "list", min_length = 1, of = { type = "string", min_length = 1 } } } },
    { name = "freeze_statistics", type = "boolean", default_doc = "true where something is frozen",
      default = function(train) return train.freeze and true or nil end,
      doc = "batch norms whose weight and bias are frozen work with their running statistics, as in evaluation; "
        .. "`false`: they go on normalising with the batch and averaging" },
    { name = "last_batch", type = "enum", allowed = { "keep", "drop" }, default = "keep",
      doc = "the incomplete last batch of an epoch: trained on as a smaller batch, or left out" },
  } },
  { name = "evaluate", type = "record", doc = "how the trained model is evaluated", fields = {
    { name = "batch_size", type = "integer", min = 1, max = 65536,
      default = function(_, experiment) return experiment.train and experiment.train.batch_size end,
      default_doc = "that of `train`", doc = "samples per call; changes speed, not results" },
  } },
  { name = "predict", type = "record", doc = "how `predict` runs", fields = {
    { name = "batch_size", type = "integer", min = 1, max = 65536, default = 1, doc = "samples per call" },
  } },
  { name = "target", type = "record", doc = "the machine the executable is for", fields = {
    { name = "isa", type = "enum", allowed = isas.targets, default = "x86-64-v3",
      doc = "instruction set: v3 has AVX2 and FMA, v4 AVX-512, v4-bf16 AVX512_BF16, v4-amx AMX besides; the "
        .. "executable refuses a CPU without it" },
    { name = "threads", type = "integer", min = 1, max = 1024, default = 2, doc = "threads of a run" },
    { name = "backends", type = "list", min_length = 1, unique = true, default = { "onednn", "openblas", "c" },
      of = { type = "enum", allowed = { "onednn", "openblas", "c" } },
      doc = "libraries to take kernels from, the preferred first; plain C is always there to fall back on" },
  } },
}

local function check(o, registry)
  local reader, features = o.data and registry.kinds[o.data.kind], o.features and registry.kinds[o.features.kind]
  if reader and features and reader.module.yields ~= features.module.accepts then
    return "features", ("`%s` takes %s, the reader `%s` gives %s"):format(o.features.kind,
      tostring(features.module.accepts), o.data.kind, tostring(reader.module.yields))
  end
end

return {
  kind = "experiment", section = "experiment", doc = "One experiment: what a spec returns.",
  fields = list, by_name = fields.index(list, "generator/spec/experiment.lua"), check = check,
}
