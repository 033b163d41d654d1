-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What `changed` and `all` say, as lines of text or of Markdown.

local columns = require("generator.describe").columns

local M = {}

-- "spec: train.epochs 10 -> 12; toolchain: gcc …": three details of each component.
local function reasons(item)
  local parts = {}
  for i, reason in ipairs(item.reasons) do
    local shown = table.concat(reason.details, ", ", 1, math.min(3, #reason.details))
    parts[i] = reason.component .. ": " .. shown .. (#reason.details > 3
      and string.format(" and %d more", #reason.details - 3) or "")
  end
  return table.concat(parts, "; ")
end

local function counted(counts)
  return string.format("%d changed, %d new, %d unchanged, %d failed", counts.changed, counts.new, counts.current,
    counts.failed)
end

--- The lines of `changed`: one for each experiment that is not current, and a summary.
function M.changed(items, counts)
  local rows = {}
  for _, item in ipairs(items) do
    if item.state ~= "current" then
      rows[#rows + 1] = { item.name, item.state, item.errors and item.errors[1] or reasons(item) }
    end
  end
  local lines = columns(rows, {})
  lines[#lines + 1] = counted(counts)
  return lines
end

local function cell(text)
  return (text:gsub("[|`<>*_\\]", "\\%0"):gsub("\n", " "))
end

--- The same as Markdown, for a comment or a summary of CI; experiments that changed alike share a line.
function M.changed_markdown(items, counts)
  local lines, rows, of = { "### Experiments", "", counted(counts) .. "." }, {}, {}
  for _, item in ipairs(items) do
    if item.state ~= "current" then
      local why = item.errors and cell(item.errors[1]) or cell(reasons(item))
      local row = of[item.state .. why]
      if not row then
        row = { state = item.state, why = why }
        of[item.state .. why], rows[#rows + 1] = row, row
      end
      row[#row + 1] = cell(item.name)
    end
  end
  if #rows > 0 then lines[#lines + 1] = "\n| experiment | state | why |\n|---|---|---|" end
  for _, row in ipairs(rows) do
    lines[#lines + 1] = string.format("| %s | %s | %s |", table.concat(row, ", "), row.state, row.why)
  end
  return lines
end

--- The line of an experiment that `all` has done with.
function M.regenerated(item)
  if item.errors then return "failed  " .. item.name .. ": " .. item.errors[1] end
  local why = reasons(item)
  return string.format("%s  %s  %.1f s  %s%s", item.result.built and "built " or "kept  ", item.name,
    item.result.seconds, item.result.path, why ~= "" and " (" .. why .. ")" or "")
end

--- The last line of `all`.
function M.regenerated_all(done, counts)
  return string.format("%d built, %d unchanged, %d failed in %.1f s", done.built, counts.current, done.failed,
    done.seconds)
end

--- The line of a smoke run (regenerate/smoke.lua) that ended.
function M.smoked(row)
  if row.state ~= "passed" then
    return string.format("%s  %s: %s", row.state == "missed" and "gate not met" or "failed", row.name, row.errors[1])
  end
  local metric = row.accuracy and string.format("accuracy %.4f", row.accuracy)
    or row.r2 and string.format("R2 %.4f", row.r2) or "no test split"
  return string.format("passed  %s: %s, trained in %.1f s", row.name, metric, row.seconds or 0)
end

function M.smoked_all(done)
  return string.format("%d passed, %d missed their gate, %d failed", done.passed, done.missed, done.failed)
end

return M
