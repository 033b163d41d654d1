-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What a spec says of tracking as C (runtime/track/track.h). A spec that says nothing leaves no trace.

local c_string = require("generator.base.render").string

local M = { include = "track/track.h" }

--- { text, member } of `resolved.track`, "" both where it is absent.
function M.emit(track)
  if not track then return { text = "", member = "" } end
  local function value(text) return text and c_string(text) or "NULL" end
  return {
    text = string.format("/* ---- where runs are recorded ---- */\n\nstatic const ingot_track track = {\n"
      .. "    .mlflow = %s,\n    .experiment = %s,\n};\n\n", value(track.mlflow), value(track.experiment)),
    member = "    .track = &track,\n",
  }
end

return M
