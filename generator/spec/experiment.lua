-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The top of a spec: what `experiment { … }` holds. What stands in its kinds (readers, models,
-- optimizers …) is said in their own files.

local augment = require("generator.augment")
local fields = require("generator.spec.fields")
local gate = require("generator.gate")
local policy = require("generator.spec.policy")
local slices = require("generator.slices")
local validate = require("generator.validate")
local isas = require("generator.isas")

-- What a group of parameters can have of its own: the numbers of any optimizer. Each optimizer takes
-- those it has itself (`check` below).
local group = { type = "record", name = "groups", fields = {
  { name = "match", type = "any_of", required = true,
    of = { { type = "string", min_length = 1 },
           { type = "list", min_length = 1, of = { type = "string", min_length = 1 } } },
    doc = "which parameters: names of tensors or layers, patterns with `*` and `?`, `\"head\"` (the last layer with "
      .. "parameters), `\"backbone\"` (all before it), `\"vectors\"` (biases, and the scales and shifts of norms); "
      .. "each must match something" },
  { name = "learning_rate", type = "number", above = 0,
    doc = "in place of the optimizer's; what the schedule does to that, it does to this in proportion" },
  { name = "weight_decay", type = "number", min = 0, doc = "in place of the optimizer's" },
  { name = "momentum", type = "number", min = 0, below = 1, doc = "in place of the optimizer's" },
  { name = "dampening", type = "number", min = 0, max = 1, doc = "in place of the optimizer's" },
  { name = "beta1", type = "number", min = 0, below = 1, doc = "in place of the optimizer's" },
  { name = "beta2", type = "number", min = 0, below = 1, doc = "in place of the optimizer's" },
  { name = "alpha", type = "number", min = 0, below = 1, doc = "in place of the optimizer's" },
  { name = "eps", type = "number", min = 0, doc = "in place of the optimizer's" },
  { name = "lr_decay", type = "number", min = 0, doc = "in place of the optimizer's" },
  { name = "initial_accumulator_value", type = "number", min = 0, doc = "in place of the optimizer's" },
} }

local list = {
  { name = "name", type = "name", required = true, max_length = 64,
    doc = "name of the executable, `out/<name>`; where the spec gives none, the name of its file" },
  { name = "data", type = "kind", section = "reader", required = true,
    doc = "where the data lies, how it is read and how it is split" },
  { name = "features", type = "kind", section = "features", required = true,
    doc = "how an item of the data becomes the model's input" },
  { name = "augment", type = "list", of = { type = "kind", section = "augmentation" }, min_length = 1,
    doc = "random changes of the training samples, in this order, new in every epoch" },
  { name = "model", type = "kind", section = "model", required = true,
    doc = "a model by name, or layers in `sequential { … }`" },
  { name = "train", type = "record", required = true, doc = "how the model is trained", fields = {
    { name = "optimizer", type = "kind", section = "optimizer", required = true, doc = "what updates the weights" },
    { name = "loss", type = "kind", section = "loss", default = { kind = "cross_entropy" }, doc = "what is minimised" },
    { name = "schedule", type = "kind", section = "schedule", default = { kind = "constant" },
      doc = "how the learning rate changes" },
    { name = "groups", type = "list", min_length = 1, of = group,
      doc = "parameters that are updated with other settings than the optimizer's; the first group that matches a "
        .. "parameter has it, and those of no group keep the optimizer's settings" },
    { name = "clip_gradient_value", type = "number", above = 0,
      doc = "every gradient is limited to plus and minus this: `torch.nn.utils.clip_grad_value_`" },
    { name = "sparse_updates", type = "enum", allowed = { "touched", "all" }, default_doc = "`\"touched\"`",
      doc = "of the first layer's weights on sparse vectors (features `count_vectors`, `tf_idf`): change those of "
        .. "terms that occur in a batch, and what the optimizer keeps of them, as torch.optim.SparseAdam: a step "
        .. "costs what its numbers that are not 0 cost; or all of them in every step, as for any other layer" },
    { name = "clip_gradient_norm", type = "number", above = 0,
      doc = "all gradients are scaled down together so that their Euclidean norm is at most this: "
        .. "`torch.nn.utils.clip_grad_norm_`, after `clip_gradient_value` where both are given" },
    { name = "epochs", type = "integer", min = 1, max = 100000, required = true,
      doc = "how often all training samples are seen" },
    { name = "batch_size", type = "integer", min = 1, max = 65536, required = true, doc = "samples per step" },
    { name = "seed", type = "integer", min = 0, default = 1,
      doc = "seed of initialisation, shuffling and dropout" },
    { name = "shuffle", type = "boolean", default = true, doc = "a new order of the samples in each epoch" },
    { name = "pretrained", type = "string", min_length = 1,
      doc = "a safetensors file whose weights training starts from; its digest, names and shapes go into the lock "
        .. "(transfer.md)" },
    { name = "pretrained_skip", type = "any_of",
      doc = "layers that do not come from that file but are initialised afresh: `\"head\"` where it was made for other "
        .. "classes, a layer, a pattern or a list of them, as for `freeze`",
      of = { { type = "string", min_length = 1 },
             { type = "list", min_length = 1, of = { type = "string", min_length = 1 } } } },
    { name = "freeze", type = "any_of", doc = "parameters that are not trained: `\"backbone\"` (all but the last "
        .. "layer that has parameters), a layer, a pattern such as `\"layer1.*\"`, or a list of them (transfer.md)",
      of = { { type = "string", min_length = 1 },
             { type = "list", min_length = 1, of = { type = "string", min_length = 1 } } } },
    { name = "freeze_statistics", type = "boolean", default_doc = "true where something is frozen",
      default = function(train) return train.freeze and true or nil end,
      doc = "batch norms whose weight and bias are frozen work with their running statistics, as in evaluation; "
        .. "`false`: they go on normalising with the batch and averaging" },
    { name = "cache_backbone", type = "boolean",
      doc = "what the frozen part below the lowest layer that trains gives for a training sample is computed once and "
        .. "kept on disk; epochs begin with that (transfer.md)" },
    { name = "precision", type = "enum", allowed = { "fp32", "bf16" }, default = "fp32",
      doc = "`bf16`: activations, their gradients and the factors of convolutions and large products are bf16, sums, "
        .. "weights, statistics, losses and the optimizer stay fp32; evaluation and prediction compute alike; needs a "
        .. "`target.isa` that multiplies bf16" },
    { name = "gradient_checkpointing", type = "enum", allowed = { "none", "blocks" }, default = "none",
      doc = "`blocks`: the backward pass computes again, block by block, what it needs of the forward pass, instead of "
        .. "keeping it: less memory, about a third more arithmetic, the same weights to the bit; the build says both" },
    { name = "steps_per_epoch", type = "integer", min = 1, default_doc = "all",
      doc = "an epoch ends after so many steps, with all samples shuffled: a first try of a long training" },
    { name = "last_batch", type = "enum", allowed = { "keep", "drop" }, default = "keep",
      doc = "the incomplete last batch of an epoch: trained on as a smaller batch, or left out" },
  } },
  { name = "evaluate", type = "record", doc = "how the trained model is evaluated", fields = {
    { name = "batch_size", type = "integer", min = 1, max = 65536,
      default = function(_, experiment) return experiment.train and experiment.train.batch_size end,
      default_doc = "that of `train`", doc = "samples per call; changes speed, not results" },
    { name = "slices", type = "map", of = { name = "slice", type = "record", fields = slices.fields, optional = true },
      expected_doc = "a table of names and what tells items apart, such as { speaker = { group = \"^[^/]+\" } }",
      entry = slices.wrong,
      doc = "metrics of parts of the items as well: by name `{ group = \"a Lua pattern on the path\" }` or, of a "
        .. "table, `{ column = \"its name\" }`; see [report.md](report.md#slices)" },
  } },
  { name = "predict", type = "record", doc = "how `predict` runs", fields = {
    { name = "batch_size", type = "integer", min = 1, max = 65536, default = 1, doc = "samples per call" },
  } },
  { name = "validate", type = "record", optional = true,
    doc = "what the data must be before anything is trained on it, judged by the lock when the spec is built "
      .. "([data.md](data.md#validation))", fields = {
      { name = "stop", type = "record", optional = true, fields = validate.fields,
        doc = "limits that end the build, naming files, columns or classes" },
      { name = "warn", type = "record", optional = true, fields = validate.fields,
        doc = "limits that are warned of, in the build and in `info`" },
    } },
  { name = "gate", type = "map", of = { type = "string", min_length = 1 },
    expected_doc = "a table of metrics and rules, such as { accuracy = \">= 0.9\" }",
    entry = function(name, rule) return select(2, gate.parse(name, rule)) end,
    doc = "what the test split must reach, else the executable ends with exit code 3; see "
      .. "[report.md](report.md#the-gate)" },
  { name = "smoke", type = "record", optional = true,
    doc = "a short training that shows whether all of it works: `lua build.lua smoke` ([ci.md](ci.md#smoke-runs))",
    fields = {
      { name = "epochs", type = "integer", min = 1, max = 100000, default = 1, doc = "in place of `train.epochs`" },
      { name = "steps_per_epoch", type = "integer", min = 1, default = 20,
        doc = "in place of `train.steps_per_epoch`" },
      { name = "gate", type = "map", of = { type = "string", min_length = 1 },
        expected_doc = "a table of metrics and rules, such as { accuracy = \">= 0.5\" }",
        entry = function(name, rule) return select(2, gate.parse(name, rule)) end,
        doc = "in place of `gate`: what so short a training must reach" },
    } },
  { name = "target", type = "record", doc = "the machine the executable is for", fields = {
    { name = "isa", type = "enum", allowed = isas.targets, default = "x86-64-v3",
      doc = "instruction set: v3 has AVX2 and FMA, v4 AVX-512, v4-bf16 AVX512_BF16, v4-amx AMX besides; the "
        .. "executable refuses a CPU without it" },
    { name = "threads", type = "integer", min = 1, max = 1024, default = 2, doc = "threads of a run" },
    { name = "deterministic", type = "enum", allowed = { "run", "threads" }, default = "run",
      doc = "`run`: the same bits from run to run with the same number of threads; `threads`: with any number, "
        .. "by slower kernels for weight gradients of convolutions and for large products" },
    { name = "backends", type = "list", min_length = 1, unique = true, default = { "onednn", "openblas", "c" },
      of = { type = "enum", allowed = { "onednn", "openblas", "c" } },
      doc = "libraries to take kernels from, the preferred first; plain C is always there to fall back on" },
  } },
  { name = "track", type = "record", optional = true, doc = "where runs are recorded beside `WORK/runs.db`", fields = {
    { name = "mlflow", type = "string", min_length = 1, max_length = 1024, pattern = "https?://[^%s?#@]+",
      pattern_doc = "the URL of a server, like http://host:5000, without a user",
      doc = "an MLflow server that runs are sent to as well" },
    { name = "experiment", type = "string", min_length = 1, max_length = 250,
      default_doc = "`name`", doc = "what runs are grouped by" },
  } },
}

-- A group may change what its optimizer has, to what the optimizer allows.
local function check_groups(train, registry)
  local def = registry.kinds[train.optimizer.kind]
  for i, given in ipairs(train.groups or {}) do
    local settings, found = {}, false
    for key, value in pairs(train.optimizer) do settings[key] = value end -- by key: order does not matter
    for _, field in ipairs(group.fields) do
      local name = field.name
      if name ~= "match" and given[name] ~= nil then
        found, settings[name] = true, given[name]
        if not def.by_name[name] then
          local allowed = {}
          for _, known in ipairs(group.fields) do
            if def.by_name[known.name] then allowed[#allowed + 1] = known.name end
          end
          return ("train.groups[%d].%s"):format(i, name), ("`%s` has no such field; a group of it can set %s"):format(
            train.optimizer.kind, table.concat(allowed, ", "))
        end
      end
    end
    if not found then return ("train.groups[%d]"):format(i), "changes nothing: it has `match` alone" end
    if def.check then
      local name, message = def.check(settings, registry)
      if name then return ("train.groups[%d]"):format(i), ("makes `%s` wrong: it %s"):format(name, message) end
    end
  end
end

local function check(o, registry)
  if o.train and o.train.pretrained_skip and not o.train.pretrained then
    return "train.pretrained_skip", "says what not to take from `train.pretrained`, which is not given"
  end
  if o.train and o.train.cache_backbone then
    if not o.train.freeze then return "train.cache_backbone", "needs `train.freeze`: nothing is frozen" end
    if o.augment then
      return "train.cache_backbone", "keeps what the frozen part gives for a sample, but `augment` makes another "
        .. "sample of it in every epoch; give one of them"
    end
  end
  if o.train then
    local name, message = policy.check(o.train)
    if name then return name, message end
  end
  if o.train and o.train.optimizer then
    local name, message = check_groups(o.train, registry)
    if name then return name, message end
  end
  local reader, features = o.data and registry.kinds[o.data.kind], o.features and registry.kinds[o.features.kind]
  if reader and features and reader.module.yields ~= features.module.accepts then
    return "features", ("`%s` takes %s, the reader `%s` gives %s"):format(o.features.kind,
      tostring(features.module.accepts), o.data.kind, tostring(reader.module.yields))
  end
  if o.train and o.target and o.train.precision == "bf16" and not isas.by_name[o.target.isa].bf16 then
    return "train.precision", ('"bf16" needs a target.isa that multiplies bf16: "%s"; this one is "%s"'):format(
      table.concat(isas.with_bf16, '" or "'), o.target.isa)
  end
  if reader and features and o.features.cache == "none" and not reader.module.streams then
    return "features.cache", ('is "none", which needs files of one sample each; the reader `%s` has others')
      :format(o.data.kind)
  end
  for _, slice in ipairs(reader and not reader.module.table and o.evaluate and o.evaluate.slices or {}) do
    if slice.value and slice.value.column then
      return "evaluate.slices." .. slice.name .. ".column", "is for tables; of the files of `" .. o.data.kind
        .. "`, `group` tells them apart"
    end
  end
  if reader and o.augment then
    local field, message = augment.check(o.augment, reader.module.yields, registry.kinds)
    if field then return field, message end
  end
end

for _, field in ipairs(list) do
  if field.name == "train" then table.move(policy.fields, 1, #policy.fields, #field.fields + 1, field.fields) end
end

return {
  kind = "experiment", section = "experiment", doc = "One experiment: what a spec returns.",
  fields = list, by_name = fields.index(list, "generator/spec/experiment.lua"), check = check,
}
