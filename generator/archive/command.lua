-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The words of build.lua that are about an archive. The program ingot-archive does them all; here an
-- executable becomes a list of files for it, and everything else is handed through as it is.

local archive = require("generator.archive")
local json = require("generator.base.json")
local runtime = require("generator.toolchain.runtime")
local shell = require("generator.toolchain.shell")

local M = {}

--- The path of ingot-archive, built where it is not there; nil and a list of lines.
function M.tool(root)
  local built, lines = runtime.ensure(runtime.isa_here("x86-64-v4"), { root = root, out = shell.absolute("out"),
    jobs = shell.processors(), say = function(line) io.stderr:write(line, "\n") end })
  return built and built.keeper, lines
end

-- Runs the tool on this process's streams; its exit status.
local function run(command)
  local _, how, status = os.execute(shell.command(command))
  return how == "exit" and status or 128 + status
end

--- A word as it was typed. Returns the exit status, or nil and a list of lines.
function M.pass(word, arguments, root)
  local tool, lines = M.tool(root)
  if not tool then return nil, lines end
  local command = { tool, word }
  table.move(arguments, 1, #arguments, 3, command)
  return run(command)
end

function M.options(parser)
  parser:argument("file", "An executable in out/."):args("+")
  parser:option("--archive", "A folder, or s3://bucket/prefix."):default("archive"):argname("PLACE")
  parser:flag("--with-weights", "Also the weights of its newest run.")
  parser:flag("--bundle", "Also its shared libraries, their loader and a launcher: it then runs where none of them is.")
  parser:flag("--with-toolchain", "Also the names of the Debian packages that building it again needs.")
  parser:option("--sign", "Sign what is archived with this Ed25519 key, of OpenSSH or minisign."):argname("KEY")
  parser:option("--tag", "Give it this tag."):argname("NAME")
  parser:flag("--move", "Though another artifact has the tag.")
  parser:option("--by", "Who archives it; stays in the history."):argname("NAME")
  parser:option("--note", "Why; stays in the history."):argname("TEXT")
  parser:option("--work", "Folder of runs, for the results."):default("work"):argname("DIR")
  parser:flag("--quiet", "No progress.")
  parser:flag("--json", "Print one JSON object as the last line.")
end

-- One executable; the exit status.
local function store(path, arguments, tool)
  local scratch, why = shell.temporary_folder(os.getenv("TMPDIR") or "/tmp")
  if not scratch then return 1, why end
  local artifact, list
  artifact, why = archive.open(path, arguments, scratch)
  if artifact then list, why = archive.describe(artifact) end
  local status = 1
  if list then
    local command = { tool, "archive", "--archive", arguments.archive, "--members", list }
    for _, name in ipairs { "tag", "by", "note" } do
      if arguments[name] then table.move({ "--" .. name, arguments[name] }, 1, 2, #command + 1, command) end
    end
    for _, name in ipairs { "json", "quiet", "move" } do
      if arguments[name] then command[#command + 1] = "--" .. name end
    end
    status = run(command)
  end
  shell.remove_folder(scratch)
  return status, why
end

--- The word archive. Returns the exit status.
function M.archive(arguments, root)
  local tool, lines = M.tool(root)
  if not tool then
    for _, line in ipairs(lines) do io.stderr:write(line, "\n") end
    return 1
  end
  local result = 0
  arguments.root = root
  for _, path in ipairs(arguments.file) do
    local status, why = store(path, arguments, tool)
    if why then
      io.stderr:write(why, "\n")
      if arguments.json then
        io.stdout:write(json.encode { status = "failed", exit_code = status, error = why }, "\n")
      end
    end
    if result == 0 then result = status end
  end
  return result
end

return M
