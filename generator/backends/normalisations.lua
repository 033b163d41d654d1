-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Kernels of batch normalisation. A tensor in either layout is [N][CB][I][B] (see pools.lua), I the
-- positions of an image. Work is split over channel blocks, which no two threads share; within one,
-- sums run over the batch in order, a row of positions in real and the rows' totals in double.

local M = {}
local c = require "generator.backends.c"
local graph = require "generator.graph.graph"
local last = require "generator.backends.channels_last"
local vector = require "generator.backends.vector"
local render = require("generator.base.render").render

-- A port whose image may have more channels than those worked on, as text to index with the narrow image's
-- offset in sample `n`.
local function within(n, k, port, v)
  if not n.inputs[port] then return port end
  local _, blocks = k.lanes(n.inputs[port])
  if blocks == v.CB then return port end
  return render("(${port} + n * ${skip})", { port = port, skip = (blocks - v.CB) * v.I * v.B })
end

-- The shape of what is normalised: x may have more channels than gamma, the first ones count.
local function narrow_shape(n)
  local s = { table.unpack(n.inputs.x.shape) }
  s[2] = n.inputs.gamma.shape[1]
  return s
end

-- Channels of an image, or nil where it is not there.
local function channels(t) return t and t.shape[2] end

local function values(n, k, t)
  local lanes, blocks = k.lanes(t)
  local inner = graph.count({ table.unpack(t.shape, 3) })
  return {
    N = t.shape[1], C = t.shape[2], CB = blocks, B = lanes, I = inner, M = t.shape[1] * inner,
    loop = c.outer_loop(blocks, t.shape[1] * inner * lanes),
    relu = n.attrs.relu and "v = " .. c.rectified("v", n.attrs.ceiling) .. ";" or "",
  }
end

-- The vector kernels work on blocked images.
local function on_blocked_images(n, target) return target.fast and target.blocked and #n.inputs.x.shape == 4 end

--- The field `bf16` of an op: images may be, the features of a matrix stay float.
function M.bf16(ports)
  return function(n) return #(n.inputs.x or n.inputs.dy).shape == 4 and ports or nil end
end

-- Every image channels-last.
local channels_last = { x = "channels_last", residual = "channels_last", y = "channels_last", dy = "channels_last",
                        dy2 = "channels_last", dx = "channels_last", dresidual = "channels_last",
                        more = "channels_last" }

local function forward_attributes(n)
  return { eps = n.attrs.eps, momentum = n.attrs.momentum, relu = n.attrs.relu, ceiling = n.attrs.ceiling,
           residual = n.inputs.residual ~= nil, wide = channels(n.inputs.x), again = n.inputs.running_mean == nil }
end

local function backward_attributes(n)
  return { mask = n.inputs.y and "y" or n.inputs.beta and "x" or "none", residual = n.attrs.residual,
           ceiling = n.attrs.ceiling, two = n.inputs.dy2 ~= nil, wide = channels(n.inputs.x),
           more = channels(n.inputs.more) }
end

local statistics = [[
running_mean[ch] = (real)${rest} * running_mean[ch] + (real)(${momentum} * sum[l]);
running_var[ch] = (real)${rest} * running_var[ch] + (real)(${momentum} * ${unbiased} * var);]]

M.forward = {
  channels_last = {
    backend = "c", rank = 1, bf16 = "only", when = last.wanted, layout = channels_last,
    body = function(n) return last.batch_norm(narrow_shape(n), forward_attributes(n)) end,
  },
  vector = {
    backend = "c", rank = 1, when = on_blocked_images,
    layout = { x = "blocked", residual = "blocked", y = "blocked" },
    body = function(n, k)
      return vector.batch_norm(narrow_shape(n), k.block, forward_attributes(n))
    end,
  },
  c = {
    layout = "same",
    body = function(n, k)
      local v = values(n, k, n.outputs.y)
      v.eps, v.momentum, v.rest = n.attrs.eps, n.attrs.momentum, 1 - n.attrs.momentum
      v.x = within(n, k, "x", v)
      v.unbiased = v.M / (v.M - 1)
      v.residual = n.inputs.residual and "v += residual[at + i];" or ""
      v.statistics = n.inputs.running_mean and render(statistics, v) or ""
      return render([[
${loop}
for (int cb = 0; cb < ${CB}; cb++) {
    const int lanes = ${C} - cb * ${B} < ${B} ? ${C} - cb * ${B} : ${B};
    double sum[${B}] = {0}, squares[${B}] = {0};
    for (int n = 0; n < ${N}; n++) {
        const real *restrict row = ${x} + (n * ${CB} + cb) * ${I} * ${B};
        for (int i = 0; i < ${I}; i++)
            for (int l = 0; l < ${B}; l++) sum[l] += (double)row[i * ${B} + l];
    }
    for (int l = 0; l < ${B}; l++) sum[l] /= ${M};
    for (int n = 0; n < ${N}; n++) {
        const real *restrict row = ${x} + (n * ${CB} + cb) * ${I} * ${B};
        for (int i = 0; i < ${I}; i++)
            for (int l = 0; l < ${B}; l++) {
                const double d = (double)row[i * ${B} + l] - sum[l];
                squares[l] += d * d;
            }
    }
    real scale[${B}] = {0}, shift[${B}] = {0};
    for (int l = 0; l < lanes; l++) {
        const int ch = cb * ${B} + l;
        const double var = squares[l] / ${M};
        mean[ch] = (real)sum[l];
        invstd[ch] = (real)(1 / sqrt(var + ${eps}));
        ${statistics}
        scale[l] = gamma[ch] * invstd[ch];
        shift[l] = beta[ch] - mean[ch] * scale[l];
    }
    for (int n = 0; n < ${N}; n++) {
        const int at = (n * ${CB} + cb) * ${I} * ${B};
        for (int i = 0; i < ${I} * ${B}; i++) {
            real v = ${x}[at + i] * scale[i % ${B}] + shift[i % ${B}];
            ${residual}
            ${relu}
            y[at + i] = v;
        }
    }
}
]], v)
    end,
  },
}

M.backward = {
  channels_last = {
    backend = "c", rank = 1, bf16 = "only", when = last.wanted, layout = channels_last,
    body = function(n) return last.batch_norm_dx(narrow_shape(n), backward_attributes(n)) end,
  },
  vector = {
    backend = "c", rank = 1, when = on_blocked_images,
    layout = { x = "blocked", dy = "blocked", dy2 = "blocked", y = "blocked", dx = "blocked", dresidual = "blocked",
               more = "blocked" },
    body = function(n, k)
      return vector.batch_norm_dx(narrow_shape(n), k.block, backward_attributes(n))
    end,
  },
  c = {
    layout = "same",
    body = function(n, k)
      local v = values(n, k, n.outputs.dx)
      v.x = within(n, k, "x", v)
      v.more_dx = n.inputs.more and " + " .. within(n, k, "more", v) .. "[at + i]" or ""
      v.d = n.inputs.dy2 and "dy[at + i] + dy2[at + i]" or "dy[at + i]"
      v.passes = n.attrs.ceiling and c.passes(n.inputs.y and "y[at + i]" or "again", n.attrs.ceiling)
      v.again = n.inputs.beta and render("(${x}[at + i] - center[i % ${B}]) * inv[i % ${B}] * weight[i % ${B}] "
        .. "+ shift[i % ${B}]", v)
      v.before = n.attrs.ceiling and n.inputs.beta and "const real again = " .. v.again .. ";" or ""
      v.mask = v.passes and render("${passes} ? ${d} : 0", v)
        or n.inputs.y and render("y[at + i] > 0 ? ${d} : 0", v)
        or n.inputs.beta and render("${again} > 0 ? ${d} : 0", v)
        or v.d
      v.more = n.inputs.beta and render("real weight[${B}] = {0}, shift[${B}] = {0};", v) or ""
      v.more_lanes = n.inputs.beta and render("weight[l] = gamma[cb * ${B} + l];\nshift[l] = beta[cb * ${B} + l];", v)
        or ""
      v.keep = n.attrs.residual and "dresidual[at + i] = m;" or ""
      return render([[
${loop}
for (int cb = 0; cb < ${CB}; cb++) {
    const int lanes = ${C} - cb * ${B} < ${B} ? ${C} - cb * ${B} : ${B};
    real center[${B}] = {0}, inv[${B}] = {0};
    ${more}
    for (int l = 0; l < lanes; l++) {
        center[l] = mean[cb * ${B} + l];
        inv[l] = invstd[cb * ${B} + l];
        ${more_lanes}
    }
    double sum[${B}] = {0}, dot[${B}] = {0};
    for (int n = 0; n < ${N}; n++) {
        const int at = (n * ${CB} + cb) * ${I} * ${B};
        for (int i = 0; i < ${I} * ${B}; i++) {
            ${before}
            const real m = ${mask};
            sum[i % ${B}] += (double)m;
            dot[i % ${B}] += (double)(m * (${x}[at + i] - center[i % ${B}]) * inv[i % ${B}]);
        }
    }
    real scale[${B}] = {0}, mean_m[${B}] = {0}, mean_mx[${B}] = {0};
    for (int l = 0; l < lanes; l++) {
        const int ch = cb * ${B} + l;
        dbeta[ch] = (real)sum[l];
        dgamma[ch] = (real)dot[l];
        scale[l] = gamma[ch] * inv[l];
        mean_m[l] = (real)(sum[l] / ${M});
        mean_mx[l] = (real)(dot[l] / ${M});
    }
    for (int n = 0; n < ${N}; n++) {
        const int at = (n * ${CB} + cb) * ${I} * ${B};
        for (int i = 0; i < ${I} * ${B}; i++) {
            const int l = i % ${B};
            ${before}
            const real m = ${mask};
            const real xhat = (${x}[at + i] - center[l]) * inv[l];
            dx[at + i] = scale[l] * (m - mean_m[l] - xhat * mean_mx[l])${more_dx};
            ${keep}
        }
    }
}
]], v)
    end,
  },
}

M.inference = {
  channels_last = {
    backend = "c", rank = 1, bf16 = "only", when = last.wanted, layout = channels_last,
    body = function(n)
      return last.batch_norm_inference(n.inputs.x.shape, { eps = n.attrs.eps, relu = n.attrs.relu,
        ceiling = n.attrs.ceiling })
    end,
  },
  vector = {
    backend = "c", rank = 1, when = on_blocked_images, layout = { x = "blocked", y = "blocked" },
    body = function(n, k)
      return vector.batch_norm_inference(narrow_shape(n), k.block, { eps = n.attrs.eps, relu = n.attrs.relu,
        ceiling = n.attrs.ceiling, wide = channels(n.inputs.x) })
    end,
  },
  c = {
    layout = "same",
    body = function(n, k)
      local v = values(n, k, n.outputs.y)
      v.eps, v.x = n.attrs.eps, within(n, k, "x", v)
      return render([[
${loop}
for (int cb = 0; cb < ${CB}; cb++) {
    const int lanes = ${C} - cb * ${B} < ${B} ? ${C} - cb * ${B} : ${B};
    real scale[${B}] = {0}, shift[${B}] = {0};
    for (int l = 0; l < lanes; l++) {
        const int ch = cb * ${B} + l;
        scale[l] = gamma[ch] / SQRT(running_var[ch] + (real)${eps});
        shift[l] = beta[ch] - running_mean[ch] * scale[l];
    }
    for (int n = 0; n < ${N}; n++) {
        const int at = (n * ${CB} + cb) * ${I} * ${B};
        for (int i = 0; i < ${I} * ${B}; i++) {
            real v = ${x}[at + i] * scale[i % ${B}] + shift[i % ${B}];
            ${relu}
            y[at + i] = v;
        }
    }
}
]], v)
    end,
  },
}

-- Element-wise: a lane of a blocked image is a channel, one that is missing has the gradient zero.
M.inference_backward = {
  c = {
    layout = "same",
    body = function(n, k)
      local v = values(n, k, n.inputs.dy)
      v.eps = n.attrs.eps
      return render([[
${loop}
for (int cb = 0; cb < ${CB}; cb++) {
    const int lanes = ${C} - cb * ${B} < ${B} ? ${C} - cb * ${B} : ${B};
    real scale[${B}] = {0};
    for (int l = 0; l < lanes; l++) {
        const int ch = cb * ${B} + l;
        scale[l] = gamma[ch] / SQRT(running_var[ch] + (real)${eps});
    }
    for (int n = 0; n < ${N}; n++) {
        const int at = (n * ${CB} + cb) * ${I} * ${B};
        for (int i = 0; i < ${I} * ${B}; i++) dx[at + i] = dy[at + i] * scale[i % ${B}];
    }
}
]], v)
    end,
  },
}

return M
