-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Cross entropy of the softmax of the model's output with the class, averaged over the batch: the
-- negative logarithm of the probability the model gives to the right class.

return {
  kind = "cross_entropy", section = "loss",
  doc = "Softmax and cross entropy, the mean over the batch, as `torch.nn.CrossEntropyLoss` defines it. The model's "
    .. "output is one number per class; do not end it with `softmax`.",
  fields = {},

  --- The loss of a training graph: logits (batch, classes), labels (batch). Returns the scalar tensor.
  build = function(g, logits, labels)
    return g:node("cross_entropy", "loss", { logits = logits, labels = labels }).loss
  end,

  --- What evaluation and prediction report: the classes' probabilities.
  probabilities = function(g, logits)
    return g:node("softmax", "probabilities", { x = logits }).y
  end,
}
