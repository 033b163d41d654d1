-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Runs in runs.db, as docs/tracking.md promises: what is recorded, how runs are listed, compared and
-- tagged (by the executable and by build.lua), and that a bad file costs a warning and never a run.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")

local bench = e2e.new()
bench:images("images", 30, 12, 8, 3)
bench:write("small.lua", e2e.image_spec())
-- minutes of training
bench:write("wide.lua", e2e.image_spec {
  model = "flatten {}, linear { outputs = 4096 }, relu {}, linear { outputs = 3 }",
})
local small = bench:build("small.lua")
local faster = bench:build("small.lua", "--set train.optimizer.learning_rate=0.02 --set train.epochs=3")

local function good(ran)
  lu.assertEquals(ran.status, 0, ran.err .. ran.out)
  return ran.last
end

-- Looks into a file, or changes it, with an SQLite that is not ours: Python's.
local function sqlite(path, statement)
  local ran = bench:shell(string.format("python3 -c \"import sqlite3, sys; c = sqlite3.connect('%s'); "
    .. "print(c.execute(sys.argv[1]).fetchall()); c.commit()\" \"%s\"", path, statement))
  lu.assertEquals(ran.status, 0, ran.err)
  return ran.out
end

TestRuns = {}

function TestRuns.test_a_run_is_recorded_and_shown()
  local said = good(bench:exec(small, "run --json --work w"))
  lu.assertEquals(#said.run, 32)
  local run = good(bench:exec(small, "runs show --json --work w " .. said.run:sub(1, 8))).run
  lu.assertEquals(run.id, said.run)
  lu.assertEquals(run.status, "finished")
  lu.assertEquals(run.stamp, small.stamp)
  lu.assertEquals(run.parameters["train.optimizer.learning_rate"], "0.01")
  lu.assertEquals(run.parameters["model.2.outputs"], "16")
  lu.assertEquals(run.spec, bench:read("small.lua"))
  lu.assertEquals(run.artifacts.weights.sha256, said.weights.sha256)
  lu.assertAlmostEquals(run.metrics["test.log_loss"], said.metrics.test.log_loss, 1e-12)
  lu.assertTrue(run.metrics["system.resident_bytes"] > 1e6)
  lu.assertNotNil(run.environment["cpu.model"])
  lu.assertNotNil(run.environment["library.sqlite3"])
  lu.assertNotNil(run.stages.train)
  lu.assertEquals(#run.inputs.train, 64)
  -- 5 epochs of 3 steps, each a point
  lu.assertEquals(sqlite("w/runs.db", "SELECT name, count(*), max(step) FROM metrics WHERE name IN ('loss', "
    .. "'learning_rate', 'epoch.loss') GROUP BY name"), "[('epoch.loss', 5, 15), ('learning_rate', 15, 15), "
    .. "('loss', 15, 15)]\n")
  -- a second call trains nothing and adds to the same run; --fresh begins another
  lu.assertEquals(good(bench:exec(small, "run --json --work w")).run, said.run)
  lu.assertEquals(good(bench:exec(small, "evaluate --json --work w")).run, said.run)
  lu.assertNotEquals(good(bench:exec(small, "train --fresh --json --work w")).run, said.run)
  lu.assertNil(good(bench:exec(small, "run --fresh --json --work none --track none")).run)
  lu.assertFalse(bench:exists("none/runs.db"))
end

function TestRuns.test_lists_filters_and_compares()
  local one = good(bench:exec(small, "run --json --work list")).run
  local two = good(bench:exec(faster, "run --json --work list")).run
  lu.assertEquals(bench:exec(small, "train --json --work list --fresh --data nowhere").status, 1)
  good(bench:exec(small, "runs tag --json --work list " .. one:sub(1, 8) .. " author=ana"))
  local function ids(arguments)
    local list = {}
    for i, run in ipairs(good(bench:build_lua("runs --json --work list " .. arguments)).runs) do list[i] = run.id end
    return list
  end
  lu.assertEquals(#ids(""), 3)
  lu.assertEquals(ids("status=finished --sort started"), { one, two })
  lu.assertEquals(ids("tag.author=ana"), { one })
  lu.assertEquals(ids("'test.accuracy>=0' stamp=" .. faster.stamp:sub(1, 10)), { two })
  lu.assertEquals(ids("'parameter.train.epochs<4'"), { two })
  lu.assertEquals(ids("'epoch.loss>1000'"), {})
  lu.assertEquals(#ids("--limit 1"), 1)
  local failed = good(bench:exec(small, "runs --json --work list status=failed")).runs[1]
  lu.assertStrContains(failed.cause, "nowhere")
  lu.assertEquals(failed.exit_code, 1)
  local differs = good(bench:exec(small, "compare --json --work list " .. one .. " " .. two)).compared.differs
  lu.assertEquals(differs.parameters["train.optimizer.learning_rate"], { "0.01", "0.02" })
  lu.assertEquals(differs.parameters["train.epochs"], { "5", "3" })
  lu.assertEquals(differs.code.stamp, { small.stamp, faster.stamp })
  lu.assertNil(next(differs.data))
  lu.assertNotNil(differs.metrics["test.log_loss"])
  local text = bench:build_lua("compare --work list " .. one .. " " .. two).out
  lu.assertStrContains(text, "train.optimizer.learning_rate")
  -- what is asked wrongly
  for arguments, part in next, { ["runs tset.accuracy>0"] = "no run has a metric 'tset.accuracy'",
    ["runs what"] = "is not a condition", ["runs show"] = "wants one RUN", ["compare " .. one] = "2 to 64 runs" } do
    local ran = bench:exec(small, "--work list " .. arguments:gsub(">", "'>'"))
    lu.assertEquals(ran.status, 2, arguments)
    lu.assertStrContains(ran.err, part)
  end
  local ran = bench:exec(small, "runs show zzzz --work list")
  lu.assertEquals(ran.status, 1)
  lu.assertStrContains(ran.err, "no run 'zzzz'")
end

function TestRuns.test_a_killed_run_is_found_and_gone_on_with()
  local endless = bench:build("wide.lua", "--set train.epochs=100000 --set train.batch_size=1")
  -- until the first point of the loss is in the file
  bench:write("wait.py", "import sqlite3, time\nfor _ in range(600):\n  time.sleep(0.1)\n  try:\n    "
    .. "c = sqlite3.connect('file:killed/runs.db?mode=ro', uri=True)\n    "
    .. "if c.execute(\"SELECT 1 FROM latest WHERE name = 'loss'\").fetchone(): break\n  except sqlite3.Error: pass\n")
  bench:shell("./" .. endless.path .. " train --work killed & pid=$!; python3 wait.py; kill -9 $pid; wait $pid")
  local run = good(bench:exec(small, "runs --json --work killed")).runs[1]
  lu.assertEquals(run.status, "killed")
  lu.assertStrContains(run.cause, "killed")
  lu.assertTrue(run.metrics.loss ~= nil)
  bench:shell("./" .. endless.path .. " train --work killed 2>log & pid=$!; "
    .. "soon 'grep -q ^epoch log'; kill -INT $pid; wait $pid")
  local again = good(bench:exec(small, "runs --json --work killed")).runs
  lu.assertEquals(#again, 1)
  lu.assertEquals(again[1].id, run.id)
  lu.assertEquals(again[1].status, "interrupted")
  lu.assertEquals(again[1].attempts, 2)
  -- 2,500,000 steps and no more than 1000 points
  local points = tonumber(sqlite("killed/runs.db", "SELECT count(*) FROM metrics WHERE name = 'loss'"):match("%d+"))
  lu.assertTrue(points > 0 and points <= 1000, tostring(points))
end

TestBadFiles = {}

-- A run into a work folder with a bad runs.db ends well, with one warning that holds `part`, and is kept.
local function set_aside(work, part)
  local ran = bench:exec(small, "run --fresh --json --work " .. work)
  local said = good(ran)
  lu.assertStrContains(ran.err, part)
  lu.assertStrContains(ran.err, "warning: this run is kept in " .. said.set_aside)
  lu.assertNil(said.not_recorded)
  lu.assertTrue(bench:exists(said.set_aside))
  lu.assertTrue(bench:exists(work .. "/" .. small.folder .. "/weights.safetensors"))
  return said
end

-- Once runs.db is good again whoever opens it takes over what was set aside, whole and once.
local function taken_over(work, said, runs)
  for _ = 1, 2 do
    local list = good(bench:exec(small, "runs --json --work " .. work)).runs
    lu.assertEquals(#list, runs)
    lu.assertEquals(list[1].id, said.run)
    lu.assertEquals(list[1].status, "finished")
    lu.assertEquals(list[1].metrics["test.accuracy"], said.metrics.test.accuracy)
  end
  local run = good(bench:exec(small, "runs show --json --work " .. work .. " " .. said.run)).run
  lu.assertNotNil(run.metrics.loss)
  lu.assertNotNil(run.metrics["system.resident_bytes"])
  lu.assertEquals(bench:shell("ls " .. work .. " | grep aside").out, "")
end

function TestBadFiles.test_damaged()
  bench:write("damaged/runs.db", ("no database "):rep(1000))
  local said = set_aside("damaged", "is damaged")
  lu.assertEquals(bench:read("damaged/runs.db"), ("no database "):rep(1000))
  local ran = bench:exec(small, "runs --work damaged")
  lu.assertEquals(ran.status, 1)
  lu.assertStrContains(ran.err, "damaged/runs.db: is damaged")
  bench:shell("rm damaged/runs.db*")
  good(bench:exec(faster, "run --json --work damaged"))
  local list = good(bench:exec(small, "runs --json --work damaged --sort started")).runs
  lu.assertEquals(#list, 2)
  lu.assertTrue(list[1].id == said.run or list[2].id == said.run)
end

function TestBadFiles.test_newer()
  good(bench:exec(small, "run --json --work newer"))
  sqlite("newer/runs.db", "PRAGMA user_version = 99")
  local said = set_aside("newer", "written by a newer Ingot")
  lu.assertStrContains(bench:exec(small, "runs --work newer").err, "is of version 99")
  sqlite("newer/runs.db", "PRAGMA user_version = 1")
  taken_over("newer", said, 2)
end

function TestBadFiles.test_locked()
  good(bench:exec(small, "run --json --work locked"))
  bench:write("hold.py", "import sqlite3, sys, time\nc = sqlite3.connect('locked/runs.db')\n"
    .. "c.execute('BEGIN IMMEDIATE')\nopen('held', 'w')\ntime.sleep(60)\n")
  bench:shell("python3 hold.py & echo $! >pid; soon '[ -e held ]'")
  local said = set_aside("locked", "is locked")
  bench:shell("kill $(cat pid)")
  taken_over("locked", said, 2)
end

-- Recorded from its beginning, locked at its end: the row that is there gets the rest.
function TestBadFiles.test_locked_at_the_end()
  local endless = bench:build("wide.lua", "--set train.epochs=100000 --set train.batch_size=2")
  bench:write("end.py", [[
import sqlite3, subprocess, sys, time, signal
run = subprocess.Popen(["./" + sys.argv[1], "train", "--work", "late"], stderr=subprocess.PIPE, text=True)
for _ in range(600):
    time.sleep(0.1)
    try:
        c = sqlite3.connect("late/runs.db", timeout=10)
        if c.execute("SELECT 1 FROM latest WHERE name = 'loss'").fetchone():
            break
    except sqlite3.Error:
        pass
c.isolation_level = None
c.execute("BEGIN IMMEDIATE")
run.send_signal(signal.SIGINT)
sys.stderr.write(run.communicate()[1])
c.execute("ROLLBACK")
]])
  local ran = bench:shell("python3 end.py " .. endless.path)
  lu.assertStrContains(ran.err, "is kept in late/runs-aside-")
  local list = good(bench:exec(small, "runs --json --work late")).runs
  lu.assertEquals(#list, 1)
  lu.assertEquals(list[1].status, "interrupted")
  lu.assertEquals(bench:shell("ls late | grep aside").out, "")
end

-- Neither runs.db nor a file beside it can be written.
local function unrecorded(ran)
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertStrContains(ran.last.not_recorded, "runs.db")
  lu.assertStrContains(ran.err, "warning: this run is not recorded")
end

function TestBadFiles.test_full_disk()
  good(bench:exec(small, "run --json --work full"))
  -- the file may not grow: 512-byte blocks, room for the results only
  local ran = bench:shell("ulimit -f 80; exec ./" .. small.path .. " train --fresh --json --work full")
  unrecorded(ran)
end

function TestBadFiles.test_nothing_recorded_yet()
  local ran = bench:exec(small, "runs --work nothing")
  lu.assertEquals(ran.status, 1)
  lu.assertStrContains(ran.err, "nothing/runs.db: there is no such file")
end

TestWriters = {}

function TestWriters.test_many_at_once()
  local ran = bench:shell("for i in 1 2 3 4 5 6; do ./" .. small.path .. " run --json --fresh --threads $i --quiet "
    .. "--work many/$i >/dev/null & done; wait")
  lu.assertEquals(ran.status, 0, ran.err)
  -- the same file from several processes at once
  ran = bench:shell("for i in 1 2 3 4 5 6; do ./" .. faster.path .. " evaluate --quiet --json --weights many/1/"
    .. small.folder .. "/weights.safetensors --any-stamp --work many/all >/dev/null & done; wait")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertEquals(#good(bench:exec(small, "runs --json --work many/all")).runs, 6)
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
