-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Processes that speak the line protocol of bench/peers/serve.py. Lua's pipes go one way, so requests
-- go through a named pipe and answers come back through io.popen. Every request waits for its answer.

local json = require "dkjson"
local lfs = require "lfs"
local shell = require "generator.toolchain.shell"

local M = {}

M.folder = "out/bench"

local Peer = {}
Peer.__index = Peer

--- The Python of `make peers`: $INGOT_PEERS (a virtual environment) or .venv; nil where there is none.
function M.python()
  local venv = os.getenv("INGOT_PEERS") or ".venv"
  local python = venv .. "/bin/python"
  return lfs.attributes(python) and python or nil
end

--- What is installed there, as "name version, …", for the heading of the table.
function M.versions(python, names)
  local program = "import importlib.metadata as m, sys\n"
    .. "for n in sys.argv[1:]:\n"
    .. "    try: print(n, m.version(n))\n"
    .. "    except m.PackageNotFoundError: print(n, 'missing')\n"
  local words = { python, "-c", program, table.unpack(names) }
  local pipe = assert(io.popen(shell.command(words)))
  local lines = {}
  for line in pipe:lines() do lines[#lines + 1] = line end
  pipe:close()
  return table.concat(lines, ", ")
end

--- Starts a peer. Its standard error, and what it prints by itself, goes to out/bench/<name>.log.
--- Returns it, or nil and why.
function M.start(python, script, name)
  assert(shell.make_folder(M.folder))
  local base = M.folder .. "/" .. name
  os.remove(base .. ".requests")
  if not os.execute("mkfifo " .. shell.quote(base .. ".requests")) then return nil, "mkfifo failed" end
  -- a compiler cache of its own, so that compiling is measured cold
  local cache = M.folder .. "/inductor-" .. name
  shell.remove_folder(cache)
  local command = string.format("TORCHINDUCTOR_CACHE_DIR=$PWD/%s PYTHONDONTWRITEBYTECODE=1 exec %s %s <%s 2>%s",
    shell.quote(cache), shell.quote(python), shell.quote(script), shell.quote(base .. ".requests"),
    shell.quote(base .. ".log"))
  local answers = assert(io.popen(command, "r"))
  local requests = assert(io.open(base .. ".requests", "w")) -- waits until the other end is open
  requests:setvbuf("line")
  local peer = setmetatable({ answers = answers, requests = requests, base = base, cache = cache }, Peer)
  local hello = answers:read("l")
  if not hello then
    peer:close()
    return nil, "it does not start; see " .. base .. ".log"
  end
  return peer
end

--- Asks and waits. Returns the answer, or nil and why; a peer that ended is never asked again.
function Peer:ask(request)
  if self.ended then return nil, "has ended; see " .. self.base .. ".log" end
  self.requests:write(json.encode(request), "\n")
  local line = self.answers:read("l")
  local answer = line and json.decode(line)
  if not answer then
    self.ended = true
    return nil, "has ended; see " .. self.base .. ".log"
  end
  if not answer.ok then return nil, answer.error end
  return answer
end

function Peer:close()
  if not self.ended and self.requests then self.requests:write('{"do": "quit"}\n') end
  self.ended = true
  self.requests:close()
  self.answers:close()
  os.remove(self.base .. ".requests")
  shell.remove_folder(self.cache)
end

return M
