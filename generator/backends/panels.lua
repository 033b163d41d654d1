-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Large products on packed rows (generator/backends/rows.lua), in the manner of Goto and van de Geijn ("Anatomy
-- of high-performance matrix multiplication", 2008): one factor lies in panels as wide as a register tile,
-- of the other a block of rows stays in the second cache. How many rows there are is known when the step runs;
-- what is not there costs nothing. What a layer does to the product (bias, ReLU, GELU, the sum with
-- another gradient) is done while the tile is in registers. Every sum runs in the order of the steps: results
-- depend neither on the threads nor on the other rows of the batch.

local M = {}
local render = require("generator.base.render").render
local rows = require "generator.backends.rows"
local vector = require "generator.backends.vector"

--- Sizes of tiles and blocks: MR rows by NR columns, KC steps, MC slivers to a block.
function M.sizes(block)
  if block == 16 then return { B = 16, MR = 12, NR = 32, KC = 384, MC = 20 } end
  return { B = 8, MR = 6, NR = 16, KC = 384, MC = 40 }
end

--- Panels of a matrix of `n` columns.
function M.count(n, block)
  local nr = M.sizes(block).NR
  return (n + nr - 1) // nr
end

local support = { "vector", "vector_product", "vector_rows", "vector_choose", "vector_exp", "vector_gelu",
  "fetch_lines" }

local function support_of(s)
  local list = vector.support(support, s.B)
  list[#list + 1] = render(vector.template "panel_tile", s)
  list[#list + 1] = render(vector.template "panel_edge", s)
  return list
end

--- Copies weights w (k, n), or their transpose, into panels: port x -> y.
function M.pack(k, n, transposed, block)
  local s = M.sizes(block)
  local v = { K = k, N = n, NR = s.NR, P = M.count(n, block),
    loop = k * n >= 32768 and "#pragma omp parallel for schedule(static)" or "" }
  v.fill = transposed and render([[
for (int c = 0; c < columns; c++)
    for (int k = 0; k < ${K}; k++) panel[k * ${NR} + c] = x[(ptrdiff_t)(p * ${NR} + c) * ${K} + k];
for (int c = columns; c < ${NR}; c++)
    for (int k = 0; k < ${K}; k++) panel[k * ${NR} + c] = 0;]], v) or render([[
for (int k = 0; k < ${K}; k++)
    for (int c = 0; c < ${NR}; c++)
        panel[k * ${NR} + c] = c < columns ? x[(ptrdiff_t)k * ${N} + p * ${NR} + c] : 0;]], v)
  return render(vector.template "panels", v)
end

-- C text that loads, or stores v, at pointer `p` for the first (0) or second (B) vector of the tile at column j.
local function access(s, nn)
  local whole = nn % s.NR == 0
  local function load(p, past)
    if whole then return render("load_loose(${p} + ${o})", { p = p, o = past }) end
    return render("load_left(${p} + ${o}, ${N} - j - ${o})", { p = p, o = past, N = nn })
  end
  local function store(p, past, v)
    if whole then return render("store_loose(${p} + ${o}, ${v});", { p = p, o = past, v = v }) end
    return render("store_some(${p} + ${o}, ${N} - j - ${o}, ${v});", { p = p, o = past, N = nn, v = v })
  end
  return load, store
end

--- y (m, n) = a (m, k) times panels. p = { a, b, y, bias, relu, gelu, keep, more, slope }: names of ports; `keep` is
--- the port that gets the product before GELU, `more` is added, `slope` the port whose GELU slope it is multiplied
--- by.
function M.product(n, m, nn, k, p, target)
  local s = M.sizes(target.block)
  local blocks = (k + s.KC - 1) // s.KC
  local v = { count = rows.count(n, n.inputs[p.a]), N = nn, K = k, a = p.a, y = p.y, T = target.threads,
    P = M.count(nn, target.block),
    loop = m * nn * k >= vector.product_threshold and "#pragma omp parallel for schedule(static)" or "",
    KC = blocks > 1 and (k + blocks - 1) // blocks or k }
  for key, value in pairs(s) do v[key] = v[key] or value end -- copied by key: order does not matter
  local load, store = access(s, nn)
  local function both(list, f)
    list[#list + 1] = f("v0", 0)
    list[#list + 1] = f("v1", s.B)
  end
  local first, last, again, lines = {}, {}, {}, {}
  if p.more then both(first, function(x, o) return x .. " += " .. load(p.more .. " + at", o) .. ";" end) end
  if p.bias then both(last, function(x, o) return x .. " += " .. load(p.bias .. " + j", o) .. ";" end) end
  if p.relu then both(last, function(x) return x .. " = rectify(" .. x .. ");" end) end
  if p.keep then both(last, function(x, o) return store(p.keep .. " + at", o, x) end) end
  if p.gelu then both(last, function(x) return x .. " = gelu(" .. x .. ");" end) end
  if p.slope then
    both(last, function(x, o) return x .. " *= gelu_slope(" .. load(p.slope .. " + at", o) .. ");" end)
  end
  if blocks > 1 then both(again, function(x, o) return x .. " += " .. load(p.y .. " + at", o) .. ";" end) end
  local function add(condition, list)
    if #list == 0 then return end
    if condition then lines[#lines + 1] = "if (" .. condition .. ") {" end
    for _, line in ipairs(list) do lines[#lines + 1] = (condition and "    " or "") .. line end
    if condition then lines[#lines + 1] = "}" end
  end
  add("k0 > 0", again)
  add(blocks > 1 and "k0 == 0", first)
  add(blocks > 1 and render("k0 + depth == ${K}", v), last)
  v.finish = table.concat(lines, "\n")
  v.store = store(p.y .. " + at", 0, "v0") .. "\n" .. store(p.y .. " + at", s.B, "v1")
  return "(void)" .. p.b .. "; /* read as panels */\n" .. render(vector.template "panel_product", v), support_of(s)
end

--- Numbers of scratch that M.gradient needs for dw (m, n).
function M.scratch(nn, target)
  local s = M.sizes(target.block)
  return M.count(nn, target.block) * s.NR * s.KC
end

--- dw (m, n) = a' b over the rows of a (rows, m) and b (rows, n). p = { a, b, y, bias }; bias: the port that
--- gets the sum of b's rows. Port scratch.
function M.gradient(n, m, nn, p, target)
  local s = M.sizes(target.block)
  local v = { count = rows.count(n, n.inputs[p.a]), M = m, N = nn, P = M.count(nn, target.block), a = p.a, b = p.b,
    y = p.y, bias = "" }
  for key, value in pairs(s) do v[key] = value end -- copied by key: order does not matter
  local slivers = (m + s.MR - 1) // s.MR
  local blocks = (slivers + s.MC - 1) // s.MC
  blocks = (blocks + target.threads - 1) // target.threads * target.threads
  v.MC = (slivers + blocks - 1) // blocks
  local load, store = access(s, nn)
  v.again = "v0 += " .. load("out", 0) .. ";\nv1 += " .. load("out", s.B) .. ";"
  v.store = store("out", 0, "v0") .. "\n" .. store("out", s.B, "v1")
  if p.bias then
    v.bias = render([[
real *const sums = ${bias} + p * ${NR};
if (k0 > 0) {
    left += load_left(sums, columns);
    right += load_left(sums + ${B}, columns - ${B});
}
store_some(sums, columns, left);
store_some(sums + ${B}, columns - ${B}, right);]], { bias = p.bias, NR = s.NR, B = s.B })
  else
    v.bias = "(void)left, (void)right;"
  end
  return render(vector.template "panel_product_tn", v), support_of(s)
end

--- Whether a node's products are done here: those on packed rows, and those with what only these can do.
function M.wanted(n, target)
  return target.fast and (n.inputs.rows ~= nil or n.attrs.gelu == true or n.inputs.more ~= nil or n.inputs.h ~= nil)
end

return M
