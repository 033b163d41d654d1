-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What a person names when an artifact is meant: a path where there is one, else a stamp, tag or name of an
-- archive, which is restored into a temporary folder, every digest checked.

local command = require("generator.archive.command")
local files = require("generator.base.files")
local shell = require("generator.toolchain.shell")

local M = {}

--- { path, remove = function() } of what `name` means; nil and { status, lines … }. `options`: archive, root.
function M.open(name, options)
  local function nothing() end
  if files.exists(name) or name:find("/", 1, true) then return { path = name, remove = nothing } end
  local place = options.archive or "archive"
  if not options.archive and not files.exists(place) then return { path = name, remove = nothing } end
  local tool, lines = command.tool(options.root)
  if not tool then
    lines.status = 1
    return nil, lines
  end
  local folder, why = shell.temporary_folder(os.getenv("TMPDIR") or "/tmp")
  if not folder then return nil, { status = 1, why } end
  local errors = folder .. "/errors"
  local _, how, status = os.execute(shell.command { tool, "restore", name, "--archive", place, "--to",
    folder .. "/artifact", "--quiet" } .. " >/dev/null 2>" .. shell.quote(errors))
  if status ~= 0 then
    local said = { status = how == "exit" and status or 1 }
    for line in (files.read(errors) or ""):gmatch("[^\n]+") do said[#said + 1] = line end
    shell.remove_folder(folder)
    return nil, said
  end
  return { path = folder .. "/artifact", remove = function() shell.remove_folder(folder) end }
end

return M
