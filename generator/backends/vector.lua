-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Fast kernels of ours, in vectors of B floats (templates/*.c), as bodies and file-scope support for
-- kernels.lua's contract (generator/backends/init.lua). Images are blocked, [N][CB][H][W][B]; dense
-- matrices are plain. Every sum has an order of its own: results do not depend on the threads.
--
-- Each function takes plain values and returns body, support: C statements, and a list of texts for
-- file scope, in this order, each wanted once in a file. `B` is the block: 16 for x86-64-v4, 8
-- for x86-64-v3. Ports are C pointers by the names an op gives them.

local M = {}
local c = require "generator.backends.c"
local gather = require "generator.backends.gather"
local render = require("generator.base.render").render

local home = debug.getinfo(1, "S").source:match("^@(.-)generator/backends/vector%.lua$") or ""
local texts = {}

--- The text of templates/NAME.c without its licence line.
local function template(name)
  if not texts[name] then
    local file = assert(io.open(home .. "templates/" .. name .. ".c"))
    texts[name] = file:read("a"):gsub("^/%*.-%*/\n\n", "", 1)
    file:close()
  end
  return texts[name]
end

--- The templates `names` as texts for file scope.
local function support(names, block)
  local parts = {}
  for i, name in ipairs(names) do parts[i] = render(template(name), { B = block }) end
  return parts
end

local merged, parallel = c.merged, c.parallel

--- How many of the channels from `channel` on are there, as C in a loop over blocks of `block` of them: constant where
--- all blocks are whole, so that the compiler sees plain vectors.
function M.channels_here(channels, block)
  return channels % block == 0 and tostring(block) or channels .. " - channel"
end

-- x = (N, C, H, W) and what follows from it.
local function image(shape, block)
  local blocks, inner = (shape[2] + block - 1) // block, 1
  for i = 3, #shape do inner = inner * shape[i] end
  return { N = shape[1], C = shape[2], CB = blocks, B = block, I = inner, M = shape[1] * inner,
    here = M.channels_here(shape[2], block), plane = inner * block, elements = shape[1] * blocks * inner * block }
end

-- Shards of the batch, so that few channel blocks still occupy several threads.
local function shards(v)
  if v.elements < c.parallel_threshold or v.CB % 4 == 0 then return 1 end
  return math.min(v.N, v.CB % 2 == 0 and 2 or 4)
end

local function sharded(v, arrays, across)
  v.S = shards(v)
  v.loop = parallel(v.elements >= c.parallel_threshold and v.CB * v.S > 1, " collapse(2)")
  v.shards = v.S > 1 and render("wide_vec ${a}[${CB}][${S}], ${b}[${CB}][${S}];",
    merged(v, { a = arrays[1], b = arrays[2] })) or ""
  v.across = v.S > 1 and render(template(across), v) or ""
end

-- A port whose image may have more channels than those worked on (`wide`, or nil), as text to index with the
-- narrow image's offset in sample `n`.
local function within(port, wide, v, n)
  local skip = wide and ((wide + v.B - 1) // v.B - v.CB) * v.plane or 0
  if skip == 0 then return port end
  return render("(${port} + (ptrdiff_t)${n} * ${skip})", { port = port, n = n, skip = skip })
end

--- ReLU on the vector v, bounded where there is a ceiling.
local function rectify(a)
  if not a.relu then return "" end
  return a.ceiling and render("v = bound(rectify(v), ${ceiling});", { ceiling = a.ceiling }) or "v = rectify(v);"
end

local function with_ceiling(a, names)
  if a.ceiling then table.insert(names, math.min(2, #names + 1), "vector_ceiling") end
  return names
end

-- For kernels of other layouts (channels_last.lua).
M.template, M.support, M.rectify, M.with_ceiling = template, support, rectify, with_ceiling

--- What moves the running statistics in a batch norm's kernel, unless a.again: nothing.
function M.statistics(v, a)
  local rest = 1 - a.momentum
  return a.again and "" or render(template "batch_norm_statistics", { rest = rest, momentum = a.momentum, M = v.M })
end

--- Batch norm in training. shape of y; a = { eps, momentum, relu, ceiling, residual, wide, again }: `wide` is
--- how many channels x has, of which the first ones count; `again`: the running statistics stay.
--- Ports: x, gamma, beta, running_mean, running_var, residual → y, mean, invstd. y may be residual.
function M.batch_norm(shape, block, a)
  local v = merged(image(shape, block), {
    eps = a.eps, momentum = a.momentum, rest = 1 - a.momentum,
    residual = a.residual and "v += load(residual + i);" or "",
    relu = rectify(a),
  })
  v.x = within("x", a.wide, v, "n")
  v.statistics = M.statistics(v, a)
  sharded(v, { "means", "squares" }, "batch_norm_forward_across")
  return render(template "batch_norm_forward", v), support(with_ceiling(a, { "vector", "vector_moments" }), block)
end

--- Its gradients. a.mask: "none" (no ReLU), "y" (from the output) or "x" (computed again from x,
--- beta: without residual, reads less); a.ceiling: of the ReLU; a.residual: keep the masked gradient
--- (mask "y"); a.two: dy is the sum of dy and dy2; a.wide: channels of x; a.more: channels of `more`, the first
--- of which are added to dx.
--- Ports: dy, x, y or beta, gamma, mean, invstd → dx, dgamma, dbeta, dresidual. dx or dresidual may
--- be dy, and dx may be x where nobody reads x later.
function M.batch_norm_dx(shape, block, a)
  local scale = "const vec inv = load_channels(invstd + channel, lanes);\n"
    .. "const vec scale = load_channels(gamma + channel, lanes) * inv;"
  local v = image(shape, block)
  local x = within("x", a.wide, v, "n")
  local dy = a.two and "load(dy + i) + load(dy2 + i)" or "load(dy + i)"
  local gradient = a.ceiling and {
    y = render("keep_where(between(load(y + i), ${ceiling}), ", a) .. dy .. ")",
    x = render("keep_where(between(d * scale + shift, ${ceiling}), ", a) .. dy .. ")",
  } or {
    none = dy,
    y = "keep_where(load(y + i) > (vec){0}, " .. dy .. ")",
    x = "keep_where(d * scale + shift > (vec){0}, " .. dy .. ")",
  }
  v = merged(v, {
    gradient = gradient[a.mask], x = x,
    more = a.more and " + load(" .. within("more", a.more, v, "n") .. " + i)" or "",
    keep = a.residual and "store(dresidual + i, g);" or "",
    again = a.residual and "load(dresidual + i)" or gradient[a.mask],
    early = a.mask == "x" and scale .. "\nconst vec shift = load_channels(beta + channel, lanes);" or "",
    late = a.mask ~= "x" and scale or "",
  })
  sharded(v, { "sums", "dots" }, "batch_norm_backward_across")
  return render(template "batch_norm_backward", v), support(with_ceiling(a, { "vector" }), block)
end

--- Batch norm with running statistics where it cannot be folded. a = { eps, relu, ceiling, wide }.
--- Ports: x, gamma, beta, running_mean, running_var → y. y may be x.
function M.batch_norm_inference(shape, block, a)
  local v = merged(image(shape, block), { eps = a.eps, relu = rectify(a) })
  v.loop = parallel(v.elements >= c.parallel_threshold and v.N * v.CB > 1)
  v.x = within("x", a.wide, v, "(p / " .. v.CB .. ")")
  return render(template "batch_norm_inference", v), support(with_ceiling(a, { "vector" }), block)
end

-- w = { IH, IW, OH, OW, KH, KW, SH, SW, PH, PW }; planes = N * CB.
local function window(name, planes, block, w)
  local v = merged(w, { P = planes, B = block })
  v.loop = parallel(planes > 1 and planes * w.IH * w.IW * block >= c.parallel_threshold)
  return render(template(name), v), support({ "vector" }, block)
end

--- Pools with windows of which each touches the image (padding below the kernel's size). Ports:
--- max_pool x → y, index (uint8_t, as many as y); max_pool_dx dy, index → dx; avg_pool x → y;
--- avg_pool_dx dy → dx. The average is over the whole window, padding included.
function M.max_pool(planes, block, w) return window("max_pool", planes, block, w) end
function M.avg_pool(planes, block, w) return window("avg_pool", planes, block, w) end

-- The gradient of a pool: each position of the image gathers what the windows it lies in pass to it, windows
-- in ascending order; source(name, at) declares what is read of a window, added(name, kw) is what it adds.
local function window_dx(planes, block, w, source, added)
  local v = merged(w, { P = planes, B = block })
  v.loop = parallel(planes > 1 and planes * w.IH * w.IW * block >= c.parallel_threshold)
  w = merged(w, { H = w.IH, W = w.IW, source = { height = w.OH, width = w.OW } })
  v.range = gather.range(w, "transpose")
  v.row = gather.row(w, "transpose", block == 16 and 16 or 8, {
    start = function() return "(vec){0}" end,
    source = function(name, column) return source(name, string.format("image + %s * %d", column, block)) end,
    tap = function(i, name, kw) return string.format("v%d += %s;", i, added(name, kw)) end,
    finish = function(i, column) return string.format("store(dx + out + (%s) * %d, v%d);", column, block, i) end,
  })
  return render(template "gather_dx", v), support({ "vector" }, block)
end

function M.max_pool_dx(planes, block, w)
  return window_dx(planes, block, w, function(name, at)
    return render("const vec ${name} = load(dy + ${at});\n"
      .. "const mask at_${name} = __builtin_convertvector(*(const byte_vec *)(index + ${at}), mask);",
      { name = name, at = at })
  end, function(name, kw)
    return string.format("keep_where(at_%s == kh * %d + %d, %s)", name, w.KW, kw, name)
  end)
end

function M.avg_pool_dx(planes, block, w)
  return window_dx(planes, block, w, function(name, at)
    return render("const vec ${name} = load(dy + ${at}) * ((real)1 / (${KH} * ${KW}));",
      { name = name, at = at, KH = w.KH, KW = w.KW })
  end, function(name) return name end)
end

--- Mean over windows that share out the image: w = { IH, IW, OH, OW }. Ports: x → y; dy → dx.
function M.adaptive_avg_pool(planes, block, w) return window("adaptive_avg_pool", planes, block, w) end
function M.adaptive_avg_pool_dx(planes, block, w) return window("adaptive_avg_pool_dx", planes, block, w) end

--- Sum over batch and positions: x (blocked) → sum (C).
function M.channel_sum(shape, block)
  local v = image(shape, block)
  v.loop = parallel(v.elements >= c.parallel_threshold and v.CB > 1)
  return render(template "channel_sum", v), support({ "vector" }, block)
end

local function global(name, shape, block)
  local v = image(shape, block)
  v.loop = parallel(v.elements >= c.parallel_threshold and v.N * v.CB > 1)
  return render(template(name), v), support({ "vector" }, block)
end

--- shape of the image. Ports: x (blocked) → y (N, C) plain; dy (N, C) plain → dx (blocked).
function M.global_avg_pool(shape, block) return global("global_avg_pool", shape, block) end
function M.global_avg_pool_dx(shape, block) return global("global_avg_pool_dx", shape, block) end

-- Rows of a register tile: an even number of tiles about as high as the registers allow.
local function tile_rows(m, block, vectors)
  local most = block == 16 and (vectors == 2 and 12 or 16) or (vectors == 2 and 6 or 12)
  if m <= most then return m end
  local tiles = (m + most - 1) // most
  tiles = tiles + tiles % 2
  return (m + tiles - 1) // tiles
end

M.tile_rows = tile_rows

--- Rows `m` in tiles of about the same height, at most `most`, so that all of them fill the registers: `tiles` of
--- them, the first `tall` with R rows, the others with one less; `first` is C text of tile `tile`'s first row.
--- `even`: an even number of tiles, for two threads.
local function split_rows(m, most, even)
  local tiles = (m + most - 1) // most
  if even and tiles > 1 then tiles = tiles + tiles % 2 end
  local rows = (m + tiles - 1) // tiles
  local tall = m - (rows - 1) * tiles
  local first = tiles == 1 and "0" or tall == tiles and "tile * " .. rows
    or string.format("tile < %d ? tile * %d : tile * %d + %d", tall, rows, rows - 1, tall)
  return { tiles = tiles, tall = tall, R = rows, first = first,
    height = tall == tiles and tostring(rows) or string.format("tile < %d ? %d : %d", tall, rows, rows - 1) }
end

-- A call of product_tile for each height that there is; `call` is its text with %d for the height.
local function each_height(split, call)
  local tall = string.format(call, split.R)
  if split.tall == split.tiles then return tall end
  return render("if (tile < ${tall})\n    ${a}\nelse\n    ${b}",
    { tall = split.tall, a = tall, b = string.format(call, split.R - 1) })
end

-- Sizes of the tiles of a product: as wide as n where n is below one vector, else one or two vectors.
local function tiling(form, m, n, k, block)
  local wide = form == "nt" and (n > block and 2 * block or block)
    or (n >= 2 * block and 2 * block or n >= block and block or n)
  local split = split_rows(m, block == 16 and (wide > block and 12 or 16) or wide > block and 6 or 12, true)
  return merged(split, { M = m, N = n, K = k, T = wide, AR = form == "tn" and 1 or k, AK = form == "tn" and m or 1,
    whole = wide >= block and k or math.max(0, k - (block - n + n - 1) // n) })
end

-- Steps of a product "nn" that are made for all rows before the next: all where b (k, n) stays in the second cache
-- (100,000 numbers), else as many rows of it as the first holds. Meanwhile the next rows are asked for, a part with
-- every tile: 1.5 times as fast as asking for those of the tile (32 x 3136 by 3136 x 128).
local SECOND_CACHE = 114688
local function steps_at_once(k, n, always)
  return not always and k * n <= SECOND_CACHE and k or math.max(32, 8192 // n // 8 * 8)
end

-- C text that asks for the part of the numbers from `from` on, `count` of them, that is `part`'s (C text) of `parts`.
local function prefetch(from, count, part, parts)
  return render([[
for (int l = 0; l < ${share}; l += 16) __builtin_prefetch(${from} + (${part}) * ${share} + l);]],
    { share = ((count + 15) // 16 + parts - 1) // parts * 16, from = from, part = part })
end

-- A product "nn" whose b is read block by block: KB rows of C columns. Wide ones are shared out by columns, so that
-- each thread reads a part of b, others by rows.
local function blocks_of_steps(v, block)
  local chunks = v.N // v.C
  v.region, v.loop_columns, v.loop_rows = "", "", ""
  if v.M * v.N * v.K >= M.product_threshold and chunks > 1 then
    v.loop_columns = "#pragma omp parallel for schedule(static)"
  elseif v.loop ~= "" then
    v.region, v.loop_rows = "#pragma omp parallel", "#pragma omp for schedule(static) nowait"
  end
  v.call = each_height(v, render("product_tile(%d, ${T}, steps, steps, 0, rows, ${K}, 1, columns, ${N}, start, "
    .. "from, ${relu} && last, out, ${N});", v))
  local across = v.C // v.T
  v.part = render("tile * ${across} + (j - c) / ${T}", { across = across, T = v.T })
  v.share = (v.KB + v.tiles * across - 1) // (v.tiles * across)
  return render(template "product_blocks", v), support({ "vector", "vector_product" }, block)
end

-- Statements that turn ${B} vectors v[r] of ${B} numbers: rows become columns.
local function turning(block)
  local lines, s = {}, block // 2
  while s > 0 do
    local low, high = {}, {}
    for l = 0, block - 1 do
      low[l + 1] = l & s ~= 0 and block + l - s or l
      high[l + 1] = l & s ~= 0 and block + l or l + s
    end
    lines[#lines + 1] = render([[
#pragma GCC unroll 16
for (int r = 0; r < ${B}; r++) {
    if (r & ${s}) continue;
    const vec x = v[r], y = v[r + ${s}];
    v[r] = __builtin_shufflevector(x, y, ${low});
    v[r + ${s}] = __builtin_shufflevector(x, y, ${high});
}]], { B = block, s = s, low = table.concat(low, ", "), high = table.concat(high, ", ") })
    s = s // 2
  end
  return table.concat(lines, "\n")
end

--- Panels of `blocks` blocks that a kernel keeps in registers beside other numbers: of three, and at the end of two or
--- one where they do not come out even. N3, N2, N1: how many of each; P: all. C texts: `wide`, blocks of panel p, and
--- `begin`, its first block; `of`, the panel of block ob; `call(f)`, the statement f(w) for panels of w blocks, chosen
--- by `wide`; `widths`, all such w.
function M.panels(blocks)
  local few = blocks < 3 and blocks or (blocks % 3 == 0 and 0 or 2)
  local v = { N1 = few == 1 and 1 or 0, N2 = few == 2 and (blocks % 3 == 1 and 2 or 1) or 0 }
  v.N3 = (blocks - 2 * v.N2 - v.N1) // 3
  v.P, v.rest = v.N3 + v.N2 + v.N1, v.N1 > 0 and 1 or 2
  local both = v.N3 > 0 and v.N2 > 0
  v.wide = both and render("p < ${N3} ? 3 : 2", v) or tostring(v.N3 > 0 and 3 or v.rest)
  v.begin = both and render("p < ${N3} ? 3 * p : 2 * p + ${N3}", v) or v.wide .. " * p"
  v.of = both and render("ob < 3 * ${N3} ? ob / 3 : (ob - ${N3}) / 2", v) or "ob / " .. v.wide
  v.widths = both and { 3, 2 } or { tonumber(v.wide) }
  function v.call(f) return both and "if (wide == 3) " .. f(3) .. "\nelse " .. f(2) or f(v.widths[1]) end
  return v
end

--- The function transpose_square (templates/vector_transpose.c) as a text for file scope.
function M.transpose(block) return render(template "vector_transpose", { B = block, stages = turning(block) }) end

--- Up to `rows` rows by a matrix of `least` numbers or more take what time its reading takes: kernels of their own,
--- with about `columns` columns to a thread. Tests change them.
M.streamed = { rows = 16, least = 4 * 1024 * 1024, columns = 2048 }

-- Columns of a thread's piece of such a matrix (k, n), or nil where the product is none.
local function streamed_columns(m, n, k, block, threads)
  local s = M.streamed
  if m > s.rows or k * n < s.least or k % 8 ~= 0 then return nil end
  local pieces = threads * math.max(1, n // threads // s.columns)
  return n % (pieces * 2 * block) == 0 and n // pieces or nil
end

local function streamed_product(v, block, p)
  v.B, v.T = block, 2 * block
  if v.M == 1 then
    v.G, v.start = 8, p.bias and p.bias .. "[j]" or "0"
    v.finish = p.relu and render("for (int j = c; j < c + ${C}; j += ${B})\n"
      .. "    *(loose_vec *)(${y} + j) = rectify(*(const loose_vec *)(${y} + j));", v) or ""
    return render(template "product_row", v), support({ "vector" }, block)
  end
  v.KB, v.start = 16, p.bias and p.bias .. "[c + j]" or "0"
  v.lines = v.KB * v.T // 16
  v.call = each_height(v, render("product_tile(%d, ${T}, steps, steps, 0, ${a} + (ptrdiff_t)i * ${K} + k0, ${K}, 1, "
    .. "packed + j * ${KB}, ${T}, out, ${T}, ${relu} && last, out, ${T});", v))
  local list = support({ "vector", "vector_product" }, block)
  list[#list + 1] = template "fetch_lines"
  return render(template "product_packed", v), list
end

--- Products of plain matrices, y (m, n) over k; form "nn" y = a b, "tn" y = a' b, "nt" y = a b'.
--- p = { a, b, y, bias, relu }: port names; bias and relu not with "nt".
function M.product(form, m, n, k, block, p, threads)
  local v = merged(tiling(form, m, n, k, block), { a = p.a, b = p.b, y = p.y,
    bias = p.bias and p.bias .. " + j" or "NULL", relu = p.relu and 1 or 0,
    ahead = form == "nn" and k * n >= 8192 and 8 or 0 })
  v.C = form == "nn" and streamed_columns(m, n, k, block, threads)
  if v.C then return streamed_product(v, block, p) end
  local outer = form == "nt" and (n + v.T - 1) // v.T or v.tiles
  v.loop = parallel(outer > 1 and m * n * k >= M.product_threshold)
  if form == "nn" and n % v.T == 0 and n >= block and k * n > SECOND_CACHE and (v.tiles > 2 or n >= 512) then
    -- few rows only read b: a page at a time
    local reads = v.tiles <= 2 and n % 1024 == 0
    v.C = reads and 1024 or n >= 512 and n % 256 == 0 and 256 or n
    v.KB = reads and 16 or steps_at_once(k, v.C, true)
    return blocks_of_steps(v, block)
  end
  v.call = each_height(v, form == "nt"
    and render("product_tile(%d, ${T}, ${K}, ${K}, 0, rows, ${K}, 1, turned, ${T}, NULL, 0, 0, out, step);", v)
    or render("product_tile(%d, ${T}, ${K}, ${whole}, ${ahead}, rows, ${AR}, ${AK}, columns, ${N}, ${bias}, 0, "
      .. "${relu}, out, ${N});", v))
  if form ~= "nt" then return render(template "product", v), support({ "vector", "vector_product" }, block) end
  local list = support({ "vector", "vector_product" }, block)
  v.B, v.squares = block, k // block * block
  if v.squares > 0 then
    list[#list + 1] = M.transpose(block)
  end
  v.turn = v.squares > 0 and render([[
for (int k = 0; columns == ${T} && k < ${squares}; k += ${B})
    for (int j = 0; j < ${T}; j += ${B})
        transpose_square(${b} + (ptrdiff_t)(c + j) * ${K} + k, ${K}, turned + k * ${T} + j, ${T});]], v) or ""
  v.prefetch = n > v.T and prefetch(render("${b} + (ptrdiff_t)(c + ${T}) * ${K}", v), v.T * k, "tile", v.tiles) or ""
  return render(template "product_nt", v), list
end

--- The product "tn" of a (k, m) and b (k, n), of which a few rows at a time go to the optimizer: `p` = { a, b }, the
--- texts of generator/backends/updates.lua, and `blocks`, the names of the weights and the optimizer's numbers.
function M.product_update(m, n, k, block, p)
  local v = merged(tiling("tn", m, n, k, block), p)
  v.loop = parallel(v.tiles > 1 and m * n * k >= M.product_threshold)
  local across, parts = (n + v.T - 1) // v.T, {}
  for i, block_of in ipairs(p.blocks) do
    parts[i] = prefetch(block_of .. " + first * " .. n, v.R * n, "c / " .. v.T, across)
  end
  v.prefetch = table.concat(parts, "\n")
  v.call = each_height(v, render("product_tile(%d, ${T}, ${K}, ${whole}, 0, rows, 1, ${M}, columns, ${N}, "
    .. "NULL, 0, 0, out, ${N});", v))
  return render(template "product_update", v), support({ "vector", "vector_product" }, block)
end

--- The product "nn" of few rows (m, k) with weights (k, n), y (m, n), in shards of the weights' rows, one
--- for each thread of the target: each thread reads those rows that the gradient's kernel and the optimizer
--- give it too, so that they stay in its cache. How many shards there are is part of the sums' definition.
function M.product_shards(m, n, k, block, p)
  local depth = (k + p.shards - 1) // p.shards
  local v = merged(split_rows(m, block == 16 and 12 or 6), {
    M = m, N = n, K = k, T = 2 * block, P = p.shards, D = depth,
    last = k - depth * (p.shards - 1), KB = n % (2 * block) == 0 and steps_at_once(depth, n) or depth,
    a = p.a, b = p.b, y = p.y,
    start = p.bias and p.bias .. "[j]" or "0", result = p.relu and "sum <= 0 ? 0 : sum" or "sum",
  })
  v.start_of = v.KB < depth and "k0 > 0 ? out : NULL, " .. n or "NULL, 0"
  v.ahead = v.KB < depth and 0 or 8
  v.prefetch = v.KB < depth and prefetch(render("${b} + ((ptrdiff_t)s * ${D} + k0 + ${KB}) * ${N}", v), v.KB * n,
    render("tile * ${across} + j / ${T}", { across = n // v.T, T = v.T }), v.tiles * (n // v.T)) or ""
  v.call = each_height(v, render("product_tile(%d, ${T}, steps, steps, ${ahead}, rows, ${K}, 1, columns, ${N}, "
    .. "${start_of}, 0, out, ${N});", v))
  return render(template "product_shards", v), support({ "vector", "vector_product" }, block)
end

--- Shards for weights (k, n) and m rows: 1 where they are too few, or do not fit the caches that this is
--- about.
function M.shards_of(m, n, k, target)
  local weights = n * k
  if weights < 16384 or weights > 1 << 20 or n < 2 * target.block or k < 128 * target.threads
    or m < 2 or m * n * target.threads > 65536 then return 1 end
  return target.threads
end

--- Multiplications below which one thread is faster than waking a second.
M.product_threshold = 131072

return M
