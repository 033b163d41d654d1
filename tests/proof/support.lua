-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What the tests of proofs share: one small executable, built once per test file, keys of both tools, and
-- copies of all that to change.

local files = require("generator.base.files")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")
local small_project = require("tests.support.small_project")

local M = {}

--- A small project with a built executable: { project, base (its name), out (folder of results) }.
function M.build(arguments)
  local project = small_project.new()
  local output, status, errors = project:run("specs/small.lua --json " .. (arguments or ""))
  assert(status == 0, errors)
  local said = json.decode(output:match("([^\n]*)\n$"))
  return { project = project, base = said.path:match("[^/]+$"), stamp = said.stamp, out = project.folder .. "/out" }
end

--- A fresh folder with a copy of the executable and of what lies beside it.
function M.copy(built, into)
  local folder = built.project.folder .. "/" .. into
  assert(shell.make_folder(folder))
  local output, status = shell.capture(string.format("cp -p %s/%s %s/%s.* %s/ 2>&1; rm -rf %s/*.src; true", built.out,
    built.base, built.out, built.base, folder, folder), true)
  assert(status == 0, output)
  return folder
end

--- Keys: folder/id and id.pub of OpenSSH, other and other.pub as well, mini.key and mini.pub of minisign.
function M.keys(folder)
  assert(shell.make_folder(folder))
  local output, status = shell.capture(string.format("cd %s && ssh-keygen -q -t ed25519 -N '' -C someone -f id && "
    .. "ssh-keygen -q -t ed25519 -N '' -C other -f other && ssh-keygen -q -t ecdsa -N '' -f ecdsa && "
    .. "minisign -G -W -f -p mini.pub -s mini.key && minisign -G -W -f -p mini2.pub -s mini2.key",
    shell.quote(folder)), true)
  assert(status == 0, output)
  return folder
end

--- Changes one bit in the middle of a file.
function M.flip(path)
  local bytes = assert(files.read(path))
  local at = #bytes // 2 + 1
  assert(files.write(path, bytes:sub(1, at - 1) .. string.char(bytes:byte(at) ~ 1) .. bytes:sub(at + 1)))
  if path:find("%-%x+$") then shell.capture("chmod 755 " .. shell.quote(path)) end
end

return M
