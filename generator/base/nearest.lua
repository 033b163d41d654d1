-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- "Did you mean …?": the known word nearest to a misspelt one, by edit distance with swaps of
-- neighbours counted as one edit (optimal string alignment).

local nearest = {}

function nearest.distance(a, b)
  local rows = { [0] = {} }
  for j = 0, #b do rows[0][j] = j end
  for i = 1, #a do
    rows[i] = { [0] = i }
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j)
      local best = math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1,
                 rows[i - 1][j - 1] + (same and 0 or 1))
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        best = math.min(best, rows[i - 2][j - 2] + 1)
      end
      rows[i][j] = best
    end
  end
  return rows[#a][#b]
end

-- The word of the list nearest to `word`, or nil where none is near enough to be what was meant:
-- at most a third of the longer word may differ (and at least two letters may), or one is the
-- beginning of the other.
function nearest.find(word, list)
  local best, best_distance
  if #word > 64 then return nil end
  for _, candidate in ipairs(list) do
    local low, other = word:lower(), candidate:lower()
    local distance = nearest.distance(low, other)
    local longer, shorter = math.max(#low, #other), math.min(#low, #other)
    local starts = shorter >= 2 and low:sub(1, shorter) == other:sub(1, shorter)
    if starts then distance = math.min(distance, 2) end
    local allowed = math.min(math.max(2, longer // 3), longer - 1)
    if distance <= allowed and (not best or distance < best_distance) then
      best, best_distance = candidate, distance
    end
  end
  return best
end

-- " (did you mean `x`?)" or "".
function nearest.hint(word, list)
  local found = nearest.find(word, list)
  return found and (" (did you mean `%s`?)"):format(found) or ""
end

return nearest
