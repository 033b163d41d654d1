-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Medians, and medians of ratios between rounds that were run next to each other: on a shared machine
-- the speed of minutes differs, that of neighbours less.

local M = {}

--- The median of a list of numbers, nil where it is empty.
function M.median(list)
  local sorted = { table.unpack(list) }
  table.sort(sorted)
  local n = #sorted
  if n == 0 then return nil end
  if n % 2 == 1 then return sorted[(n + 1) // 2] end
  return (sorted[n // 2] + sorted[n // 2 + 1]) / 2
end

--- median, least, most of over[i] / under[i].
function M.ratio(over, under)
  local ratios = {}
  for i = 1, math.min(#over, #under) do ratios[i] = over[i] / under[i] end
  if #ratios == 0 then return nil end
  return M.median(ratios), math.min(table.unpack(ratios)), math.max(table.unpack(ratios))
end

return M
