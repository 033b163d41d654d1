-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- `make golden`: writes tests/golden/<pipeline>/*.c again. By hand only; read the diff.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lfs = require "lfs"
local sorted = require "generator.base.sorted"

for name, text in sorted.pairs(require("tests.golden.golden").make()) do
  lfs.mkdir("tests/golden/" .. name:match("^[^/]+"))
  local file = assert(io.open("tests/golden/" .. name, "w"))
  assert(file:write(text))
  assert(file:close())
  print("tests/golden/" .. name)
end
