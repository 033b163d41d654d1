-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Fast kernels of ours for bf16 images, [N][H][W][C] in memory (templates/last_*.c): values are read
-- into vectors of floats, computed with, and rounded once when stored. The contract is that of
-- vector.lua: plain values in, body and support texts out; every sum has an order of its own.
-- Instruction sets with bf16 all have vectors of 16 floats.

local M = {}
local c = require "generator.backends.c"
local render = require("generator.base.render").render
local vector = require "generator.backends.vector"

local block = 16

local merged, parallel = c.merged, c.parallel

-- A kernel's text and what it needs at file scope, `more` besides vectors of bf16.
local function kernel(name, values, more)
  local names = { "vector", "bf16", "bf16_vector" }
  table.move(more or {}, 1, more and #more or 0, #names + 1, names)
  return render(vector.template("last_" .. name), values), vector.support(names, block)
end

-- x = (N, C, H, W) and what follows from it. `lanes` is how many channels a vector at channel `at` has.
local function image(shape, at)
  local inner = 1
  for i = 3, #shape do inner = inner * shape[i] end
  local v = { N = shape[1], C = shape[2], B = block, I = inner, M = shape[1] * inner,
    CB = (shape[2] + block - 1) // block }
  v.whole = v.C % block == 0
  v.here = vector.channels_here(v.C, block)
  v.lanes = v.whole and block or at and v.C .. " - " .. at
  v.elements = v.M * v.C
  return v
end

-- Rows are summed in shards, `V` vectors of channels at a time: enough of both for many threads, the
-- shards not shorter than the rows that are summed in real.
local function sharded(v, at)
  v.V = not v.whole and 1 or v.CB % 4 == 0 and 4 or v.CB % 2 == 0 and 2 or 1
  v.S = math.max(1, math.min(16 * v.V // v.CB, v.M // 256))
  if not v.whole then v.lanes = string.format("%d - (%s) * %d", v.C, at, block) end
  v.loop = parallel(v.elements >= c.parallel_threshold and v.S * v.CB > v.V, " collapse(2)")
  return v
end

--- As vector.batch_norm; a.wide: channels of x, of which the first ones are normalised.
function M.batch_norm(shape, a)
  local v = sharded(image(shape), "g + v")
  local text = merged(v, {
    eps = a.eps, momentum = a.momentum, rest = 1 - a.momentum, statistics = vector.statistics(v, a),
    residual = a.residual and "v += get(residual + i, ${lanes});" or "",
    relu = vector.rectify(a), XC = a.wide or v.C,
  })
  if not v.whole then text.lanes = string.format("%d - g * %d", v.C, block) end -- V is 1 there
  text.residual = render(text.residual, text)
  return kernel("batch_norm_forward", text, vector.with_ceiling(a, { "vector_moments" }))
end

--- As vector.batch_norm_dx; a.wide as above, a.more: channels of `more`.
function M.batch_norm_dx(shape, a)
  local v = sharded(image(shape), "k + v")
  local dy = render(a.two and "get(dy + i, ${lanes}) + get(dy2 + i, ${lanes})" or "get(dy + i, ${lanes})", v)
  local function where(value) -- ReLU let through
    local passes = a.ceiling and render("between(${value}, ${ceiling})", { value = value, ceiling = a.ceiling })
      or value .. " > (vec){0}"
    return render("keep_where(${passes}, ${dy})", { passes = passes, dy = dy })
  end
  local gradient = {
    none = dy, y = where(render("get(y + i, ${lanes})", v)), x = where "d * scales[k + v] + shifts[k + v]",
  }
  return kernel("batch_norm_backward", merged(v, {
    gradient = gradient[a.mask], XC = a.wide or v.C,
    more = a.more and render(" + get(more + (ptrdiff_t)r * ${MC} + (k + v) * ${B}, ${lanes})",
      merged(v, { MC = a.more })) or "",
    keep = a.residual and render("put(dresidual + i, ${lanes}, g);", v) or "",
    again = a.residual and render("get(dresidual + i, ${lanes})", v) or gradient[a.mask],
    shifts = a.mask == "x" and render(", shifts[${CB}]", v) or "",
    shift = a.mask == "x" and "shifts[cb] = load_channels(beta + channel, lanes);" or "",
  }), vector.with_ceiling(a, {}))
end

--- As vector.batch_norm_inference.
function M.batch_norm_inference(shape, a)
  local v = image(shape)
  return kernel("batch_norm_inference", merged(v, {
    eps = a.eps, relu = vector.rectify(a), rows = parallel(v.elements >= c.parallel_threshold),
  }), vector.with_ceiling(a, {}))
end

--- Sum over everything but the channels: x → sum.
function M.channel_sum(shape) return kernel("channel_sum", sharded(image(shape), "k + v")) end

-- w as for vector.max_pool; shape is the image's.
local function window(name, shape, rows, w, more)
  local v = merged(w, image(shape, "c"), more or {})
  v.loop = parallel(v.N * rows > 1 and v.elements >= c.parallel_threshold)
  if v.share then v.share = render(v.share, v) end
  if v.scale then v.scale = render(v.scale, v) end
  return kernel(name, v)
end

--- Pools, as those of vector.lua.
function M.max_pool(shape, w) return window("max_pool", shape, w.OH, w) end
function M.avg_pool(shape, w) return window("avg_pool", shape, w.OH, w) end
function M.max_pool_dx(shape, w)
  return window("pool_dx", shape, w.IH, w, { scale = "", share = "keep_where(get_bytes(index + at, ${lanes}) == "
    .. "(down - oh * ${SH}) * ${KW} + across - ow * ${SW}, get(dy + at, ${lanes}))" })
end
function M.avg_pool_dx(shape, w)
  return window("pool_dx", shape, w.IH, w, { scale = " * ((real)1 / (${KH} * ${KW}))",
    share = "get(dy + at, ${lanes})" })
end

local function global(name, shape)
  local v = image(shape, "c")
  v.loop = parallel(v.elements >= c.parallel_threshold and v.N * v.CB > 1)
  return kernel(name, v)
end

function M.global_avg_pool(shape) return global("global_avg_pool", shape) end
function M.global_avg_pool_dx(shape) return global("global_avg_pool_dx", shape) end

--- Whether a node's bf16 tensors get one of these: fast kernels are wanted, images are channels-last.
function M.wanted(_, target) return target.fast and target.blocked end

return M
