-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Softmax and cross entropy in one: the mean over the batch of -log softmax(logits)[label], and its
-- gradient (softmax - one_hot) / batch, from one pass over the logits. The sum over the batch is
-- kept in double, in order.

local graph = require "generator.graph.graph"
local render = require("generator.base.render").render

return {
  name = "cross_entropy",
  doc = "Softmax and cross entropy with its gradient, mean over the batch.",
  inputs = { "logits", "labels" }, outputs = { "loss", "dlogits" }, attrs = {},
  infer = function(n)
    local s, l = n.inputs.logits.shape, n.inputs.labels.shape
    if #s ~= 2 or s[1] ~= l[1] then
      return nil, string.format("logits %s do not fit labels %s", graph.shape_text(s), graph.shape_text(l))
    end
    return { loss = { shape = { 1 } }, dlogits = { shape = s } }
  end,
  cost = function(n) return 8 * graph.count(n.inputs.logits.shape) end,
  grad = function(_, n) return { logits = n.outputs.dlogits } end,
  kernels = {
    c = {
      body = function(n)
        local s = n.inputs.logits.shape
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
  reference = "F.cross_entropy(logits, labels)",
  tests = { { logits = { 4, 5 }, int = { labels = { 4, max = 4 } } } },
}
