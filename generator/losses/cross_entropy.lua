-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Cross entropy of the softmax of the model's output with the class, averaged over the batch: the
-- negative logarithm of the probability the model gives to the right class.
--
-- A loss file says, beside its fields,
--
--   tasks                        which data it is for: { classification = true, regression = true }
--   build(g, logits, target, o)  the nodes from the model's output (batch, outputs) to the scalar loss,
--                                which it returns; target = { labels =, labels2 =, mix = } (the last two
--                                where samples are mixed) or { targets = }, tensors of the graph
--   probabilities(g, logits, o, task)  what evaluation and prediction report: the classes' probabilities, or
--                                in regression the predicted numbers
--   fits(o, outputs)             optional: a field that does not fit the number of outputs, and why

local targets = require "generator.backends.loss_targets"

return {
  kind = "cross_entropy", section = "loss",
  doc = "Softmax and cross entropy, the mean over the batch, as `torch.nn.CrossEntropyLoss` defines it. The model's "
    .. "output is one number per class; do not end it with `softmax`.",
  fields = {
    { name = "label_smoothing", type = "number", min = 0, max = 1, default = 0,
      doc = "share of the target that is spread evenly over all classes" },
    { name = "class_weights", type = "list", min_length = 1, of = { type = "number", above = 0 },
      doc = "weights of the classes, in their order; the mean is then weighted by those of the batch's classes" },
  },
  tasks = { classification = true },
  fits = function(o, outputs)
    local why = targets.misfit(o.class_weights, outputs, "classes")
    if why then return "class_weights", why end
  end,

  build = targets.build("cross_entropy", "label_smoothing", "class_weights"),
  probabilities = targets.probabilities("softmax"),
}
