-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Runs at an MLflow server: a real one (from PyPI, .venv-test), stopped and started while runs go on,
-- and servers that are none. What arrives is what runs.db holds, once; no run fails or waits.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local files = require("generator.base.files")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")
local sorted = require("generator.base.sorted")

local root = assert(shell.real_path("."))
local mlflow = root .. "/.venv-test/bin/mlflow"

local bench = e2e.new()
bench:images("images", 30, 12, 8, 3)
bench:write("small.lua", e2e.image_spec())
-- minutes of training
bench:write("wide.lua", e2e.image_spec {
  model = "flatten {}, linear { outputs = 4096 }, relu {}, linear { outputs = 3 }",
})
local small = bench:build("small.lua")

local function good(ran)
  lu.assertEquals(ran.status, 0, ran.err .. ran.out)
  return ran.last
end

-- ------------------------------------------------------------------ servers that are none

TestOdd = {}

-- Runs against a stub of this kind; what the run says was not sent.
local function against(kind, environment)
  bench:shell("rm -f stub.port stub.seen; python3 " .. shell.quote(root .. "/tests/support/stub_server.py") .. " "
    .. kind .. " >/dev/null 2>&1 & echo $! >stub.pid; soon '[ -e stub.port ]'")
  local ran = bench:shell(string.format("%s ./%s run --json --work %s --track mlflow=http://127.0.0.1:%s",
    environment or "", small.path, kind, bench:read("stub.port")))
  bench:shell("kill $(cat stub.pid)")
  local said = good(ran)
  lu.assertNil(said.not_recorded)
  lu.assertStrContains(ran.err, "the word sync sends the rest")
  lu.assertTrue(bench:exists(kind .. "/" .. small.folder .. "/report.html"))
  return said.not_sent
end

function TestOdd.test_odd_answers()
  for kind, part in sorted.pairs { nonsense = "answers as no MLflow server would: <html>hello</html>",
    number = "answers as no MLflow server would: 42", empty = "answers as no MLflow server would",
    broken = "answers 500: oh dear", moved = "sends elsewhere (302)", hangup = "http://127.0.0.1:" } do
    lu.assertStrContains(against(kind), part)
  end
end

function TestOdd.test_credentials_are_sent_and_refused()
  lu.assertStrContains(against("refuse", "MLFLOW_TRACKING_USERNAME=ana MLFLOW_TRACKING_PASSWORD=secret"),
    "refuses the credentials (401)")
  lu.assertStrContains(bench:read("stub.seen"), "Basic YW5hOnNlY3JldA==\n")
  bench:shell("rm -r refuse")
  against("refuse", "MLFLOW_TRACKING_TOKEN=abc")
  lu.assertStrContains(bench:read("stub.seen"), "Bearer abc\n")
end

function TestOdd.test_a_slow_server_does_not_hold_up_a_run()
  -- the server answers after a minute: the run has given up by itself, not by its answer
  lu.assertStrContains(against("slow"), "there was no time left")
end

function TestOdd.test_urls_that_are_none()
  for url, part in sorted.pairs { ["mlflow=ftp://x"] = "is not the URL of an MLflow server",
    ["mlflow=http://ana:secret@x"] = "holds a user or a password", somewhere = "none, local or mlflow=URL" } do
    local ran = bench:exec(small, "run --json --work urls --track " .. url)
    lu.assertEquals(ran.status, 2)
    lu.assertStrContains(ran.err, part)
    lu.assertNil(ran.err:find("secret", 1, true) and not part:find("holds", 1, true) or nil)
  end
end

-- ------------------------------------------------------------------ a real server

TestServer = {}

local port

-- Chooses a port that is free now; the server's URL.
local function new_port()
  port = tonumber(bench:shell("python3 -c \"import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); "
    .. "print(s.getsockname()[1])\"").out)
  return "http://127.0.0.1:" .. port
end

local function start(name, environment, options)
  bench:shell(string.format("MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false %s setsid %s server --host 127.0.0.1 "
    .. "--port %d --workers 1 --serve-artifacts --backend-store-uri "
    .. "sqlite:///%s --artifacts-destination %s %s >>server.log 2>&1 & echo $! >server.pid", environment or "",
    shell.quote(mlflow), port, bench:path(name .. ".db"), bench:path(name .. "-files"), options or ""))
  local up = bench:shell("for i in $(seq 900); do " .. root
    .. "/.venv-test/bin/python -c \"import urllib.request as u; "
    .. "u.urlopen('http://127.0.0.1:" .. port .. "/health')\" 2>/dev/null && exit 0; sleep 0.2; done; exit 1")
  lu.assertEquals(up.status, 0, bench:read("server.log"))
end

local function stop()
  -- with its workers: the server leads a process group of its own
  bench:shell("kill -- -$(cat server.pid); while kill -0 $(cat server.pid) 2>/dev/null; do sleep 0.1; done")
end

-- Asks the server's own database: rows as lists of texts.
local function ask(database, statement)
  local ran = bench:shell(string.format("python3 -c \"import sqlite3, sys, json; print(json.dumps([[repr(v) "
    .. "for v in r] for r "
    .. "in sqlite3.connect('file:%s?mode=ro', uri=True).execute(sys.argv[1])]))\" \"%s\"", database, statement))
  lu.assertEquals(ran.status, 0, ran.err)
  return ran.out
end

-- Every metric of runs.db is at the server once, with the same step, time and value.
local function same_metrics(work, run)
  local ours = ask(work .. "/runs.db", "SELECT metrics.name, step, time, value FROM metrics JOIN runs ON runs.number = "
    .. "metrics.run WHERE runs.id = '" .. run .. "' ORDER BY 1, 2, 3, 4")
  local theirs = ask("server.db", "SELECT key, step, timestamp, value FROM metrics WHERE run_uuid = (SELECT run_uuid "
    .. "FROM tags WHERE key = 'ingot.run' AND value = '" .. run .. "') ORDER BY 1, 2, 3, 4")
  lu.assertTrue(#ours > 100)
  lu.assertTrue(ours == theirs, "metrics differ:\n" .. ours:sub(1, 2000) .. "\n" .. theirs:sub(1, 2000))
end

local function status_there(run)
  return json.decode(ask("server.db", "SELECT status FROM runs WHERE run_uuid = (SELECT run_uuid FROM tags WHERE "
    .. "key = 'ingot.run' AND value = '" .. run .. "')"))
end

function TestServer.test_a_real_server_that_comes_and_goes()
  if not files.exists(mlflow) then lu.skip(".venv-test has no mlflow (scripts/test_peers.sh installs it)") end
  local url = new_port()
  -- the server is down: all of the run waits
  local first = good(bench:exec(small, "run --json --work w --track mlflow=" .. url))
  lu.assertStrContains(first.not_sent, "127.0.0.1")
  local ran = bench:exec(small, "sync --json --work w")
  lu.assertEquals(ran.status, 1)
  lu.assertEquals(ran.last.waiting, 1)
  start("server")
  lu.assertEquals(good(bench:build_lua("sync --json --work w")).sent, 1)
  same_metrics("w", first.run)
  lu.assertEquals(status_there(first.run), { { "'FINISHED'" } })
  -- again: nothing is sent twice
  good(bench:exec(small, "sync --json --work w"))
  same_metrics("w", first.run)
  local there = "(SELECT run_uuid FROM tags WHERE key = 'ingot.run' AND value = '" .. first.run .. "')"
  lu.assertStrContains(ask("server.db", "SELECT value FROM params WHERE key = 'train.epochs' AND run_uuid = " .. there),
    "'5'")
  lu.assertEquals(json.decode(ask("server.db", "SELECT count(*) FROM inputs WHERE destination_id = " .. there)),
    { { "1" } })
  local stored = {}
  for _, path in ipairs(bench:list("server-files")) do stored[path:match("[^/]+$")] = path end
  for _, name in ipairs { "weights.safetensors", "report.html", "spec.lua", "manifest.json" } do
    lu.assertNotNil(stored[name], name)
  end
  lu.assertEquals(bench:sha256("server-files/" .. stored["weights.safetensors"]), first.weights.sha256)

  -- an answer that was lost: what was being sent is looked for before it is sent again
  local broken = "python3 -c \"import sqlite3; c = sqlite3.connect('w/runs.db'); c.execute('DELETE FROM sent WHERE "
    .. "item IN (?, ?, ?)', ('metrics', 'run', 'status')); c.commit()\""
  lu.assertEquals(bench:shell(broken).status, 0)
  good(bench:exec(small, "sync --json --work w"))
  same_metrics("w", first.run)
  lu.assertEquals(json.decode(ask("server.db", "SELECT count(*) FROM runs")), { { "1" } })

  -- stopped and started in the middle of a run, which is then interrupted
  local endless = bench:build("wide.lua", "--set train.epochs=100000 --set train.batch_size=1")
  bench:shell(string.format("./%s train --json --work mid --track mlflow=%s >mid.out 2>mid.err & echo $! >mid.pid; "
    .. "soon 'grep -q ^epoch mid.err'", endless.path, url))
  stop()
  bench:shell("sleep 3")
  start("server")
  bench:shell("kill -INT $(cat mid.pid); while kill -0 $(cat mid.pid) 2>/dev/null; do sleep 0.1; done")
  local said = json.decode(bench:read("mid.out"))
  lu.assertEquals(said.status, "interrupted", bench:read("mid.err"))
  good(bench:exec(endless, "sync --json --work mid"))
  same_metrics("mid", said.run)
  lu.assertEquals(status_there(said.run), { { "'KILLED'" } })
  stop()
end

-- MLflow's own basic authentication: credentials it accepts, refuses, and none at all. What was refused
-- waits, and arrives with the right ones; they stand in no file of ours.
function TestServer.test_a_server_that_wants_credentials()
  if not files.exists(mlflow) then lu.skip(".venv-test has no mlflow (scripts/test_peers.sh installs it)") end
  if bench:shell(root .. "/.venv-test/bin/python -c 'import flask_wtf'").status ~= 0 then
    lu.skip(".venv-test has no mlflow[auth] (scripts/test_peers.sh installs it)")
  end
  local url = new_port()
  bench:write("auth.ini", "[mlflow]\ndefault_permission = READ\ndatabase_uri = sqlite:///" .. bench:path("users.db")
    .. "\nadmin_username = ana\nadmin_password = correct-horse-7\n"
    .. "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n")
  start("guarded", "MLFLOW_FLASK_SERVER_SECRET_KEY=k MLFLOW_AUTH_CONFIG_PATH=" .. bench:path("auth.ini"),
    "--app-name basic-auth")
  local words = "run --json --work guarded --track mlflow=" .. url
  local user = "MLFLOW_TRACKING_USERNAME=ana MLFLOW_TRACKING_PASSWORD="
  local ran = bench:shell(string.format("./%s %s", small.path, words))
  lu.assertStrContains(good(ran).not_sent, "refuses the credentials (401)")
  ran = bench:shell(string.format("%swrong-horse-7 ./%s sync --json --work guarded", user, small.path))
  lu.assertEquals(ran.status, 1)
  lu.assertStrContains(ran.err, "refuses the credentials (401)")
  lu.assertEquals(ran.last.waiting, 1)
  local sent = bench:shell(string.format("%scorrect-horse-7 ./%s sync --json --work guarded", user, small.path))
  lu.assertEquals(good(sent).sent, 1)
  local run = good(bench:exec(small, "runs --json --work guarded")).runs[1].id
  lu.assertEquals(json.decode(ask("guarded.db", "SELECT status FROM runs WHERE run_uuid = (SELECT run_uuid FROM tags "
    .. "WHERE key = 'ingot.run' AND value = '" .. run .. "')")), { { "'FINISHED'" } })
  stop()
  lu.assertEquals(bench:shell("grep -rl -e correct-horse -e wrong-horse guarded").out, "")
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
