-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The ingot_loading of a program (runtime/data/augment.h), from what generator/augment.lua resolved; nothing
-- where that is nil.
--
--   augment.emit(loading) -> { text =, member = }; augment.include

local M = { include = "data/augment.h" }

local function steps_text(parts, list, name)
  if #list == 0 then return "NULL" end
  local rows = {}
  for i, step in ipairs(list) do
    parts[#parts + 1] = ("static const %s augment_%d = %s; /* %s */\n"):format(step.config, step.place, step.text,
      step.kind)
    rows[i] = ("    {%s, &augment_%d, %d},\n"):format(step.symbol, step.place, step.place)
  end
  parts[#parts + 1] = ("\nstatic const ingot_augment_step %s[] = {\n%s};\n"):format(name, table.concat(rows))
  return name
end

function M.emit(loading)
  if not loading then return { text = "", member = "" } end
  local parts, members = { "/* ---- loading ---- */\n\n" }, {}
  local function member(name, value) members[#members + 1] = ("    .%s = %s,\n"):format(name, tostring(value)) end
  member("stream", loading.stream and 1 or 0)
  member("waves", loading.waves)
  member("wave_count", #loading.wave)
  member("sample_count", #loading.sample)
  member("wave_steps", steps_text(parts, loading.wave, "wave_steps"))
  member("sample_steps", steps_text(parts, loading.sample, "sample_steps"))
  for _, one in ipairs { { "source", "crop" }, { "batch", "mixup" } } do
    local step = loading[one[1]][1]
    if step then
      parts[#parts + 1] = ("static const %s augment_%d = %s; /* %s */\n"):format(step.config, step.place, step.text,
        step.kind)
      member(one[2], ("&augment_%d"):format(step.place))
      member(one[2] .. "_place", step.place)
    end
  end
  parts[#parts + 1] = ("\nstatic const ingot_loading loading = {\n%s};\n"):format(table.concat(members))
  return { text = table.concat(parts) .. "\n", member = "        .loading = &loading,\n" }
end

return M
