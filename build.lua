-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The command line of the generator: `lua build.lua specs/x.lua`; `--help` says the rest.
-- This file alone also runs under older Luas: Debian's `lua` may be 5.1 (luacheck brings it), and
-- then it starts itself again under lua5.4.

if _VERSION ~= "Lua 5.4" then
  local words = { "exec lua5.4" }
  for i = 0, #arg do words[#words + 1] = "'" .. arg[i]:gsub("'", "'\\''") .. "'" end
  local a, _, c = os.execute(table.concat(words, " "))
  local status = type(a) == "number" and a / 256 or c or 1
  if status == 127 then io.stderr:write("build.lua: needs lua5.4 (`make deps` installs it)\n") end
  os.exit(status == 127 and 5 or status)
end

collectgarbage("setpause", 400) -- a build is short: memory is cheaper than time

local root = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = root .. "/?.lua;" .. root .. "/?/init.lua;" .. package.path

for _, name in ipairs { "lfs", "argparse", "dkjson" } do
  if not pcall(require, name) then
    io.stderr:write("build.lua: the Lua module ", name, " is not installed (`make deps` installs it)\n")
    os.exit(5)
  end
end

os.exit(require("generator.cli").main(arg, root))
