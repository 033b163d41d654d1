-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Softmax and cross entropy in one: the mean over the batch of -log softmax(logits)[label], and its
-- gradient (softmax - one_hot) / batch, from one pass over the logits. The sum over the batch is
-- kept in double, in order. With smoothed, weighted or mixed targets: generator/backends/softmax_loss.lua.

local graph = require "generator.graph.graph"
local render = require("generator.base.render").render
local softmax_loss = require "generator.backends.softmax_loss"
local targets = require "generator.backends.loss_targets"

return {
  name = "cross_entropy",
  doc = "Softmax and cross entropy with its gradient, mean over the batch.",
  inputs = targets.classes, outputs = { "loss", "dlogits" },
  attrs = {
    { name = "label_smoothing", default = 0.0, doc = "share of the target spread evenly over all classes" },
    { name = "class_weights", optional = true, doc = "one number per class; the mean is then a weighted one" },
  },
  infer = targets.infer,
  cost = function(n) return 8 * graph.count(n.inputs.logits.shape) end,
  grad = function(_, n) return { logits = n.outputs.dlogits } end,
  kernels = {
    c = {
      body = function(n)
        local s, a = n.inputs.logits.shape, n.attrs
        if a.label_smoothing > 0 or a.class_weights or n.inputs.mix then
          return softmax_loss.body(n, { smoothing = a.label_smoothing, weights = a.class_weights })
        end
        return render([=[
double total = 0;
for (int n = 0; n < ${N}; n++) {
    const real *row = logits + n * ${C};
    real *d = dlogits + n * ${C};
    real top = row[0];
    for (int i = 1; i < ${C}; i++) top = row[i] > top ? row[i] : top;
    real sum = 0;
    for (int i = 0; i < ${C}; i++) {
        d[i] = EXP(row[i] - top);
        sum += d[i];
    }
    total += (double)(LOG(sum) - (row[labels[n]] - top));
    const real scale = 1 / (sum * ${N});
    for (int i = 0; i < ${C}; i++) d[i] *= scale;
    d[labels[n]] -= (real)1 / ${N};
}
loss[0] = (real)(total / ${N});
]=], { N = s[1], C = s[2] })
      end,
    },
  },
  reference = [[
w = torch.tensor(a.class_weights, dtype=logits.dtype) if hasattr(a, "class_weights") else None
if mix is None:
    loss = F.cross_entropy(logits, labels, w, label_smoothing=label_smoothing)
else:
    share = mix.detach()
    both = [F.cross_entropy(logits, l, w, reduction="none", label_smoothing=label_smoothing) for l in (labels, labels2)]
    whole = len(labels) if w is None else (share * w[labels] + (1 - share) * w[labels2]).sum()
    loss = (share * both[0] + (1 - share) * both[1]).sum() / whole
]],
  tests = {
    { logits = { 4, 5 }, int = { labels = { 4, max = 4 } } },
    { logits = { 4, 5 }, int = { labels = { 4, max = 4 } }, attrs = { label_smoothing = 0.1 } },
    { logits = { 6, 3 }, int = { labels = { 6, max = 2 } }, attrs = { class_weights = { 0.5, 2.0, 1.25 } } },
    { logits = { 6, 3 }, int = { labels = { 6, max = 2 } },
      attrs = { class_weights = { 0.5, 2.0, 1.25 }, label_smoothing = 0.2 } },
    { logits = { 5, 4 }, mix = { 5 }, int = { labels = { 5, max = 3 }, labels2 = { 5, max = 3 } }, share = { "mix" } },
    { logits = { 5, 4 }, mix = { 5 }, int = { labels = { 5, max = 3 }, labels2 = { 5, max = 3 } }, share = { "mix" },
      attrs = { label_smoothing = 0.1, class_weights = { 1.0, 2.0, 0.25, 0.75 } } },
  },
}
