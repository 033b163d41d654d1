-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Writes the generated C of the shipped specs that have a lock to tests/golden/<name>/, with a stamp of
-- zeros. Run by hand (`make golden`) after a change that means to change generated code, and read the
-- diff: a refactoring leaves it empty.

package.path = "./?.lua;./?/init.lua;" .. package.path

local files = require("generator.base.files")
local lock = require("generator.lock")
local shell = require("generator.toolchain.shell")

local names = { "fashion_mlp" }

for _, name in ipairs(names) do
  local path = "specs/" .. name .. ".lua"
  local experiment = assert(require("generator.spec").load(path, { sets = {} }))
  local resolved = assert(require("generator.pipeline").resolve(experiment, assert(lock.load(lock.path(path)))))
  resolved.stamp, resolved.libraries = ("0"):rep(64), {}
  local emitted = assert(require("generator.compile").compile(resolved, {}))
  local folder = "tests/golden/" .. name
  assert(shell.make_folder(folder))
  for _, file in ipairs(emitted.files) do
    assert(files.write(folder .. "/" .. file.name, file.text))
    print(folder .. "/" .. file.name)
  end
end
