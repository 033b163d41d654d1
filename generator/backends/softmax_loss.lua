-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Cross entropy of softmax with smoothed, weighted and mixed targets, and its gradient, from one pass
-- over the logits: the kernel of cross_entropy.lua and kl_divergence.lua.
--
-- The target of a row is t[i] = w[i] (s / C + (1 - s) q[i]): s smooths (Szegedy et al. 2016), w weighs
-- classes, q is one-hot or mixed. With T the sum of t, the row's loss is
--   T log(sum of exp z) - sum of t[i] z[i],    z = logits less their maximum,
-- divided by the batch size, or by the sum of w over the batch's labels where classes are weighted (as
-- torch.nn.CrossEntropyLoss does). Sums over the batch are kept in double, in order.

local M = {}
local render = require("generator.base.render").render
local targets = require "generator.backends.loss_targets"

-- Adds the sum of t log t of the row: `u` is the share of a class that is no label.
local function entropy(n, smoothing, count)
  local base = smoothing / count
  local one = base + (1 - smoothing)
  local function xlogx(v) return v > 0 and v * math.log(v) or 0.0 end
  local alone = (count - 1) * xlogx(base) + xlogx(one)
  if not n.inputs.mix then return render("total += ${v}; /* sum of t log t */", { v = alone }) end
  return render([[
if (labels[n] == labels2[n]) {
    total += ${alone}; /* sum of t log t */
} else {
    const double a = ${base} + ${rest} * (double)mix[n], b = ${base} + ${rest} * (1.0 - (double)mix[n]);
    total += ${others} + (a > 0 ? a * log(a) : 0.0) + (b > 0 ? b * log(b) : 0.0);
}]], { alone = alone, base = base, rest = 1.0 - smoothing, others = (count - 2) * xlogx(base) })
end

--- o = { smoothing, weights (list or nil), entropy (true: less the target's entropy) }.
function M.body(n, o)
  local s = n.inputs.logits.shape
  local count, w, mixed = s[2], o.weights, n.inputs.mix ~= nil
  local uniform, sum_of_weights = o.smoothing / count, 0.0
  for i = 1, count do sum_of_weights = sum_of_weights + (w and w[i] or 1) end
  local function weighted(label) return w and " * class_weight[" .. label .. "]" or "" end
  local v = {
    N = s[1], C = count, uniform = uniform, rest = 1.0 - o.smoothing, all = uniform * sum_of_weights,
    weights = w and targets.array("class_weight", w) or "", weight_of_i = weighted "i",
    first = (mixed and "mix[n]" or "1") .. weighted "labels[n]",
    entropy = o.entropy and entropy(n, o.smoothing, count) or "",
  }
  v.second = mixed and render("const real second = (real)${rest} * (1 - mix[n])${weight};",
    { rest = v.rest, weight = weighted "labels2[n]" }) or ""
  v.plus = mixed and " + second" or ""
  v.second_loss = mixed and "taken += second * (row[labels2[n]] - top);" or ""
  v.second_slope = mixed and "d[labels2[n]] -= second / whole;" or ""
  v.whole = render(w and [[
double weight = 0;
for (int n = 0; n < ${N}; n++)
    weight += (double)(${terms});
const real whole = (real)weight;
]] or "const real whole = ${N};\n", { N = s[1], terms = v.first
    .. (mixed and " + (1 - mix[n])" .. weighted "labels2[n]" or "") })
  v.smooth_loss = uniform > 0 and render("for (int i = 0; i < ${C}; i++)\n"
    .. "    taken += (real)${uniform}${weight_of_i} * (row[i] - top);", v) or ""
  v.smooth_slope = uniform > 0 and render(" - (real)${uniform}${weight_of_i} / whole", v) or ""
  return render([=[
${weights}
${whole}
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
    const real first = (real)${rest} * ${first};
    ${second}
    const real share = (real)${all} + first${plus};
    real taken = first * (row[labels[n]] - top);
    ${second_loss}
    ${smooth_loss}
    total += (double)(share * LOG(sum) - taken);
    ${entropy}
    const real scale = share / (sum * whole);
    for (int i = 0; i < ${C}; i++)
        d[i] = d[i] * scale${smooth_slope};
    d[labels[n]] -= first / whole;
    ${second_slope}
}
loss[0] = (real)(total / (double)whole);
]=], v)
end

return M
