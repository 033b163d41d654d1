-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What a build has to say to a person, as aligned lines.

local sorted = require("generator.base.sorted")

local M = {}

--- Bytes with a binary unit: 1536 -> "1.5 KiB".
function M.bytes(count)
  local units, value, i = { "B", "KiB", "MiB", "GiB", "TiB" }, count, 1
  while value >= 1024 and i < #units do value, i = value / 1024, i + 1 end
  return i == 1 and string.format("%d B", count) or string.format("%.1f %s", value, units[i])
end

--- A large count with a decimal unit: 1814073344 -> "1.81 G".
function M.count(value)
  local units, i = { "", "k", "M", "G", "T" }, 1
  while value >= 1000 and i < #units do value, i = value / 1000, i + 1 end
  if i == 1 then return string.format("%d ", math.floor(value + 0.5)) end
  return string.format("%.2f %s", value, units[i])
end

--- Digits in groups: 11689512 -> "11,689,512".
function M.grouped(value)
  local text = string.format("%d", value)
  while true do
    local more, changed = text:gsub("^(%-?%d+)(%d%d%d)", "%1,%2")
    if changed == 0 then return text end
    text = more
  end
end

local function pair(train, predict, show)
  return string.format("%s training, %s prediction", show(train), show(predict))
end

local function kernels(counts)
  local parts = {}
  for name, count in sorted.pairs(counts) do parts[#parts + 1] = string.format("%s %d", name, count) end
  return table.concat(parts, ", ")
end

--- The lines about a build that succeeded (a result of driver.build).
function M.built(result)
  local record, rows = result.record, {}
  local summary = record.summary or {}
  local function row(name, value) rows[#rows + 1] = { name, value } end
  row("stamp", record.stamp)
  if summary.parameters then
    row("parameters", M.grouped(summary.parameters) .. (summary.frozen and string.format(", %s of them trained",
      M.grouped(summary.parameters - summary.frozen)) or ""))
  end
  if summary.flops_per_sample then
    local flops = summary.flops_per_sample
    row("per sample", pair(flops.train, flops.predict, function(v) return M.count(v) .. "FLOP" end))
  end
  if summary.memory then row("memory", pair(summary.memory.train_bytes, summary.memory.predict_bytes, M.bytes)) end
  if summary.checkpointing then
    local kept = summary.checkpointing
    row("checkpoints", string.format("%d blocks: %s instead of %s of activations, %.0f %% more arithmetic", kept.blocks,
      M.bytes(summary.memory.train_arena_bytes), M.bytes(kept.whole_arena_bytes),
      100 * kept.again_flops / (kept.step_flops - kept.again_flops)))
  end
  if summary.backbone then
    row("backbone", string.format("activations of %s for %s samples, %s on disk", summary.backbone.after,
      M.grouped(summary.backbone.samples), M.bytes(summary.backbone.bytes)))
  end
  if summary.kernels then row("kernels", kernels(summary.kernels)) end
  local dependent = summary.thread_dependent or {}
  if #dependent > 0 then
    row("threads", string.format("the last bits of %d nodes depend on their number (thread_dependent in the record)",
      #dependent))
  end
  row("executable", string.format("%s, %s%s", result.path, M.bytes(record.size),
    result.fresh and "" or " (unchanged, nothing was compiled)"))
  for _, text in ipairs(summary.warnings or {}) do row("warning", text) end
  if result.isa_here ~= result.isa then
    row("warning", string.format("this machine's CPU is %s: the executable needs %s and ends with exit code 5 here; "
      .. "--set target.isa=%s builds one for this CPU, with a stamp of its own", result.isa_here, result.isa,
      result.isa_here))
  end
  row("run it", result.link)
  local lines = {}
  for i, one in ipairs(rows) do lines[i] = string.format("%-12s%s", one[1], one[2]) end
  return lines
end

-- Columns of a list of rows, the first row being the heading; `right` says which are numbers.
local function columns(rows, right)
  local widths, lines = {}, {}
  for _, row in ipairs(rows) do
    for i, text in ipairs(row) do widths[i] = math.max(widths[i] or 0, utf8.len(text) or #text) end
  end
  for _, row in ipairs(rows) do
    local parts = {}
    for i, text in ipairs(row) do
      local space = (" "):rep(widths[i] - (utf8.len(text) or #text))
      parts[i] = right[i] and space .. text or text .. space
    end
    lines[#lines + 1] = (table.concat(parts, "  "):gsub("%s+$", ""))
  end
  return lines
end
M.columns = columns

--- The lines about a family of variants that was built (family.build): one each, and a summary.
function M.family(built)
  local rows, new = {}, 0
  for i, one in ipairs(built.variants) do
    new = new + (one.built and 1 or 0)
    rows[i] = { one.name, one.stamp and one.stamp:sub(1, 12) or "failed",
      one.summary and one.summary.parameters and M.grouped(one.summary.parameters) .. " parameters" or "",
      one.path and (one.path .. (one.built and "" or " (unchanged)")) or one.errors[1] }
  end
  local lines = columns(rows, { [3] = true })
  lines[#lines + 1] = string.format("%d variants: %d built, %d unchanged, %d failed", #rows, new,
    #rows - built.failed - new, built.failed)
  return lines
end

-- A run of a variant as a row of the table; what it failed of in place of the figures.
local function compared(row)
  if row.errors then return { row.name, "failed", row.errors[1] } end
  local function figure(form, value) return value and string.format(form, value) or "-" end
  local numbers = row.r2 ~= nil
  return { row.name, figure("%.4f", numbers and row.r2 or row.accuracy),
    figure(numbers and "%.5g" or "%.4f", numbers and row.rmse or row.macro_f1), figure("%.1f", row.seconds),
    row.parameters and M.grouped(row.parameters) or "-", row.weights and row.weights:sub(1, 12) or "-" }
end

--- The table of a family that was run (family.run).
function M.comparison(done)
  local numbers = false
  for _, row in ipairs(done.variants) do numbers = numbers or row.r2 ~= nil end
  local rows, failed = { { "name", numbers and "R2" or "accuracy", numbers and "RMSE" or "macro F1", "seconds",
    "parameters", "weights" } }, {}
  for _, row in ipairs(done.variants) do
    if row.errors then failed[#failed + 1] = row else rows[#rows + 1] = compared(row) end
  end
  local lines = columns(rows, { [2] = true, [3] = true, [4] = true, [5] = true })
  for _, row in ipairs(failed) do lines[#lines + 1] = row.name .. ": failed: " .. row.errors[1] end
  for _, group in ipairs(done.folds or {}) do
    local parts = {}
    for _, metric in ipairs { { "accuracy", "accuracy", "%.4f" }, { "macro_f1", "macro F1", "%.4f" },
      { "r2", "R2", "%.4f" }, { "rmse", "RMSE", "%.5g" } } do
      local mean, std = group.mean[metric[1]], group.std[metric[1]]
      if mean then
        parts[#parts + 1] = ("%s %s ± %s"):format(metric[2], metric[3]:format(mean), metric[3]:format(std))
      end
    end
    lines[#lines + 1] = ("%s: %d of %d folds: %s"):format(group.name, group.runs, group.folds,
      table.concat(parts, ", "))
  end
  return lines
end

--- The line about one variant whose run has ended.
function M.ended(row) return table.concat(compared(row), "  ") end

--- The lines about the variants of a spec (family.list).
function M.variants(list)
  local rows = {}
  for i, one in ipairs(list) do
    local built = one.stamp and one.stamp:sub(1, 12) or "not built"
    rows[i] = { one.name, one.errors and "wrong: " .. one.errors[1] or built }
  end
  return columns(rows, {})
end

--- The lines about what was built before (driver.list).
function M.list(records)
  if #records == 0 then return { "nothing was built yet" } end
  local width, lines = 4, {}
  for _, record in ipairs(records) do width = math.max(width, #record.file) end
  for i, record in ipairs(records) do
    lines[i] = string.format("%s %-" .. width .. "s  %s  %s", record.current and "*" or " ", record.file,
      record.stamp, M.bytes(record.size))
  end
  return lines
end

--- What gc removed, or would remove.
function M.collected(result, dry)
  local lines = {}
  for _, one in ipairs(result.removed) do lines[#lines + 1] = ("%14d bytes  %s"):format(one.bytes, one.name) end
  lines[#lines + 1] = ("%s %d entr%s of the cache, %d bytes; %d kept"):format(dry and "would remove" or "removed",
    #result.removed, #result.removed == 1 and "y" or "ies", result.bytes, result.kept)
  if result.busy > 0 then lines[#lines + 1] = ("%d in use, left alone"):format(result.busy) end
  return lines
end

return M
