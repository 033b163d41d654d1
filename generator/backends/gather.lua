-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Sums over windows as C text, for images in blocks of channels (blocked, [N][CB][H][W][B]): every position of
-- the result gathers what its window holds of the source, so that each is written once and no two threads
-- write the same. A row of the result is worked on in tiles of a few columns, a vector each, that stay in
-- registers; which taps a column has is known here, so that only those are printed.
--
-- Two directions of the same window w = { H, W (of the result), SH, SW, PH, PW, KH, KW, source = { height,
-- width } }:
--   "window"    the result is the smaller image: row r reads rows r * SH - PH + kh
--   "transpose" the result is the larger image: row r reads rows (r + PH - kh) / SH where that divides;
--               kh and kw go down, so that sources are added in ascending order

local M = {}
local render = require("generator.base.render").render

-- Taps of column `j`: a list of { kw, column }, in the order of their addition; and how many there would be
-- without edges.
local function taps(w, direction, j)
  local list, whole = {}, 0
  for at = 0, w.KW - 1 do
    local kw = direction == "window" and at or w.KW - 1 - at
    local column
    if direction == "window" then
      column = j * w.SW - w.PW + kw
    elseif (j + w.PW - kw) % w.SW == 0 then
      column = (j + w.PW - kw) // w.SW
    end
    if column then
      whole = whole + 1
      if column >= 0 and column < w.source.width then list[#list + 1] = { kw, column } end
    end
  end
  return list, whole
end

M.taps = taps

--- Cuts the columns of a row into tiles { first, count, repeats }: `repeats` tiles follow one another, alike
--- but for their place. At most `most` columns each.
function M.tiles(w, direction, most)
  local function interior(j)
    local list, whole = taps(w, direction, j)
    return #list == whole
  end
  if w.W <= most then return { { 0, w.W, 1 } } end
  local step = direction == "transpose" and w.SW or 1
  local size = math.max(step, math.min(most, 8) // step * step)
  local list, at = {}, 0
  while at < w.W do
    local count = math.min(size, w.W - at)
    local function inside(tile)
      for j = tile, tile + size - 1 do
        if j >= w.W or not interior(j) then return false end
      end
      return true
    end
    local repeats = 1
    while inside(at) and inside(at + repeats * size) do repeats = repeats + 1 end
    list[#list + 1] = { at, count, repeats }
    at = at + count * repeats
  end
  return list
end

-- C text of the rows a row of the result reads, as `for (…) {` with kh and `row`, the place of the row's first
-- vector in the source.
local function rows(w, direction)
  if direction == "window" then
    return render([[
for (int kh = kh0; kh < kh1; kh++) {
const ptrdiff_t row = (ptrdiff_t)(top + kh) * ${width};]], { width = w.source.width })
  end
  return render([[
for (int kh = kh0; kh >= kh1; kh -= ${SH}) {
const ptrdiff_t row = (ptrdiff_t)((top - kh) / ${SH}) * ${width};]], { SH = w.SH, width = w.source.width })
end

--- Statements that declare the range of kh for row `r` of the result: top, kh0, kh1.
function M.range(w, direction)
  if direction == "window" then
    return render([[
const int top = r * ${SH} - ${PH};
const int kh0 = top < 0 ? -top : 0, kh1 = ${IH} - top < ${KH} ? ${IH} - top : ${KH};]],
      { SH = w.SH, PH = w.PH, KH = w.KH, IH = w.source.height })
  end
  -- the largest kh that belongs to a row of the source: (top - kh) / SH >= 0, kh of top's remainder
  return render([[
const int top = r + ${PH}, phase = top % ${SH};
const int most = top < ${KH} - 1 ? top : ${KH} - 1;
const int kh0 = most - (most - phase + ${SH}) % ${SH};
const int kh1 = top - ${last} > 0 ? top - ${last} : 0;]],
    { SH = w.SH, PH = w.PH, KH = w.KH, last = (w.source.height - 1) * w.SH })
end

-- The lines of `text`, indented by their braces.
local function indented(text)
  local depth, lines = 0, {}
  for line in text:gmatch("[^\n]+") do
    if line:find("^}") then depth = depth - 1 end
    lines[#lines + 1] = ("    "):rep(depth) .. line
    if line:find("{$") then depth = depth + 1 end
  end
  return table.concat(lines, "\n")
end
M.indented = indented

--- Statements for one row of the result. text: functions that return
--- C text,
---   start(i)                      the first value of the sum v<i>
---   before(kws)                   once for every row of the window; kws: list of the kw it has
---   source(name, column)          declares what is read of the source's column `column` (C text), under `name`
---   tap(i, name, kw)              adds to v<i>
---   finish(i, column)             stores v<i> as column `column` (C text) of the result
function M.row(w, direction, most, text)
  local parts = {}
  for _, tile in ipairs(M.tiles(w, direction, most)) do
    local first, count, repeats = table.unpack(tile)
    local step = direction == "window" and count * w.SW or count // w.SW
    local function moved(column, by)
      return repeats > 1 and string.format("t * %d + %d", by, column) or tostring(column)
    end
    local lines, ends, sources, order, kws, used = {}, {}, {}, {}, {}, {}
    for i = 0, count - 1 do
      lines[#lines + 1] = string.format("vec v%d = %s;", i, text.start(i))
      ends[#ends + 1] = text.finish(i, moved(first + i, count))
      for _, tap in ipairs((taps(w, direction, first + i))) do
        local kw, column = tap[1], tap[2]
        if not sources[column] then
          sources[column] = {}
          order[#order + 1] = column
        end
        table.insert(sources[column], { i, kw })
        if not used[kw] then
          used[kw] = true
          kws[#kws + 1] = kw
        end
      end
    end
    table.sort(order)
    table.sort(kws)
    if #order > 0 then lines[#lines + 1] = rows(w, direction) end
    if text.before and #order > 0 then lines[#lines + 1] = text.before(kws) end
    for index, column in ipairs(order) do
      local name = "s" .. index
      lines[#lines + 1] = text.source(name, "(row + " .. moved(column, step) .. ")")
      for _, tap in ipairs(sources[column]) do lines[#lines + 1] = text.tap(tap[1], name, tap[2]) end
    end
    if #order > 0 then lines[#lines + 1] = "}" end
    table.move(ends, 1, #ends, #lines + 1, lines)
    parts[#parts + 1] = (repeats > 1 and string.format("for (int t = 0; t < %d; t++) {\n", repeats) or "{\n")
      .. table.concat(lines, "\n") .. "\n}"
  end
  return indented(table.concat(parts, "\n"))
end

return M
