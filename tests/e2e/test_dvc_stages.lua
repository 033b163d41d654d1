-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- DVC's stages of an experiment: the real `dvc` (scripts/test_peers.sh installs it) drives what we wrote and finds
-- nothing to do where we wrote dvc.lock; and what is refused.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local files = require("generator.base.files")
local shell = require("generator.toolchain.shell")

local program = assert(shell.real_path(".")) .. "/.venv-test/bin/dvc"

-- A folder with images and a locked spec.
local function new_project()
  local bench = e2e.new()
  bench:images("images", 30, 12, 8, 3)
  bench:write("specs/small.lua", e2e.image_spec())
  lu.assertEquals(bench:build_lua("lock specs/small.lua").status, 0)
  return bench
end

local function of_ingot(bench, arguments)
  local ran = bench:build_lua("dvc specs/small.lua " .. (arguments or ""))
  lu.assertEquals(ran.status, 0, ran.err .. ran.out)
  return ran
end

local function refused(bench, arguments, message, status)
  local ran = bench:build_lua(arguments)
  lu.assertStrContains(ran.err, message)
  lu.assertEquals(ran.status, status or 1)
end

local function dvc(bench, arguments)
  local ran = bench:shell(shell.quote(program) .. " " .. arguments, "export OMP_WAIT_POLICY=passive "
    .. "DVC_NO_ANALYTICS=1 DVC_GLOBAL_CONFIG_DIR=$PWD/.config DVC_SITE_CACHE_DIR=$PWD/.site")
  lu.assertEquals(ran.status, 0, ran.err .. ran.out)
  return ran.out
end

local function repository(bench)
  if not files.exists(program) then lu.skip(".venv-test has no dvc (scripts/test_peers.sh installs it)") end
  lu.assertEquals(bench:shell("git init -q .").status, 0)
  dvc(bench, "init -q")
end

TestDvc = {}

function TestDvc:setUp()
  self.bench = new_project()
end

function TestDvc:tearDown()
  self.bench:remove()
end

function TestDvc:test_repro_builds_and_runs_what_changed()
  local bench = self.bench
  repository(bench)
  of_ingot(bench)
  local out = dvc(bench, "repro")
  lu.assertStrContains(out, "Running stage 'build-small'")
  lu.assertStrContains(out, "Running stage 'run-small'")
  local weights = "results/small/weights.safetensors"
  local first = bench:sha256(weights)
  lu.assertStrContains(dvc(bench, "metrics show"), "test.accuracy")

  out = dvc(bench, "repro")
  lu.assertStrContains(out, "Stage 'build-small' didn't change, skipping")
  lu.assertStrContains(out, "Stage 'run-small' didn't change, skipping")

  local text = bench:read("specs/small.lua")
  bench:write("specs/small.lua", (text:gsub("epochs = 5", "epochs = 2")))
  out = dvc(bench, "repro")
  lu.assertStrContains(out, "Running stage 'build-small'")
  lu.assertStrContains(out, "Running stage 'run-small'")
  lu.assertNotEquals(bench:sha256(weights), first)

  -- what DVC has seen before comes out of its cache, and still runs
  bench:write("specs/small.lua", text)
  out = dvc(bench, "repro")
  lu.assertNotStrContains(out, "Running stage")
  lu.assertEquals(bench:sha256(weights), first)
  lu.assertEquals(bench:shell("./results/small/program verify").status, 0)
end

function TestDvc:test_our_lock_leaves_nothing_to_do()
  local bench = self.bench
  repository(bench)
  refused(bench, "dvc specs/small.lua --lock", "results/small/program: is not there yet")
  local built = bench:build("specs/small.lua", "--copy results/small/program")
  lu.assertEquals(bench:sha256("results/small/program"), built.sha256)
  lu.assertEquals(bench:shell("results/small/program run --results results/small").status, 0)
  of_ingot(bench, "--lock")
  lu.assertStrContains(bench:read("dvc.lock"), "nfiles: 4\n")
  lu.assertStrContains(dvc(bench, "status"), "up to date")
  lu.assertNotStrContains(dvc(bench, "repro"), "Running stage")
  local ignored = bench:shell("git status --short -uall").out
  lu.assertNotStrContains(ignored, "results/small/weights.safetensors")
  lu.assertStrContains(ignored, "results/small/metrics.json")
  -- a changed file of the data is seen
  local path = "images/t10k-labels-idx1-ubyte"
  bench:write(path, bench:read(path):sub(1, -2) .. "\0")
  lu.assertStrContains(dvc(bench, "status"), "images")
end

function TestDvc:test_in_a_folder_beside_other_stages()
  local bench = self.bench
  local mine = "stages:\n  mine:\n    cmd: 'true'\n"
  bench:write("dvc.yaml", mine)
  refused(bench, "dvc specs/small.lua", "dvc.yaml: holds what `lua build.lua dvc` did not write")
  lu.assertEquals(bench:read("dvc.yaml"), mine)
  lu.assertEquals(of_ingot(bench, "--to pipelines/small --json").last.yaml, "pipelines/small/dvc.yaml")
  local before = bench:read("pipelines/small/dvc.yaml")
  lu.assertStrContains(before, 'wdir: "../.."')
  of_ingot(bench, "--to pipelines/small --work elsewhere") -- ours is replaced
  lu.assertStrContains(bench:read("pipelines/small/dvc.yaml"), "--work elsewhere")
  bench:write("pipelines/small/dvc.yaml", (before:gsub("x: epoch", "x: loss")))
  refused(bench, "dvc specs/small.lua --to pipelines/small", "did not write")
  refused(bench, "dvc specs/small.lua --to ..", "must be the current folder or one below it")
  repository(bench)
  bench:write("pipelines/small/dvc.yaml", before)
  lu.assertStrContains(dvc(bench, "repro pipelines/small/dvc.yaml"), "run-small'")
  lu.assertTrue(bench:exists("results/small/metrics.json"))
  of_ingot(bench, "--to pipelines/small --lock")
  lu.assertStrContains(dvc(bench, "status pipelines/small/dvc.yaml"), "up to date")
end

function TestDvc:test_variants_and_what_is_refused()
  local bench = self.bench
  bench:write("specs/two.lua", (e2e.image_spec():gsub("^return experiment {",
    "local one = function(name, epochs) return experiment { name = name,"):gsub("epochs = 5", "epochs = epochs")
    .. "end\nreturn { one('a', 1), one('b', 2) }\n"))
  refused(bench, "dvc specs/two.lua", "specs/two.lock: is not there; DVC wants it before it builds")
  lu.assertEquals(bench:build_lua("lock specs/two.lua").status, 0)
  local ran = bench:build_lua("dvc specs/two.lua --json --set 'train.seed=1' --only b")
  lu.assertEquals(ran.last.stages, { "build-b", "run-b" })
  lu.assertStrContains(bench:read("dvc.yaml"),
    "specs/two.lua --set train.seed=1 --only b --copy results/b/program\"")
  lu.assertEquals(bench:build_lua("dvc specs/two.lua --json").last.stages, { "build-a", "run-a", "build-b", "run-b" })
  refused(bench, "specs/two.lua --copy x", "--copy wants one executable; --only NAME says of which variant", 2)
  lu.assertEquals(bench:build_lua("specs/two.lua --only b --copy x/y").status, 0)
  lu.assertTrue(bench:exists("x/y"))
  bench:write("file", "")
  refused(bench, "specs/two.lua --only b --copy file/x", "file/x: cannot be written")
  refused(bench, "dvc specs/small.lua --results 'a${b}'", "DVC would take the ${ in")
end

function TestDvc:test_results_under_fixed_names()
  local bench = self.bench
  local built = bench:build("specs/small.lua")
  lu.assertEquals(bench:exec(built, "run --results at/last").status, 0)
  lu.assertEquals(bench:list("at/last"), { "history.json", "metrics.json", "report.html", "weights.safetensors" })
  for _, name in ipairs(bench:list("at/last")) do
    lu.assertEquals(bench:sha256("at/last/" .. name), bench:sha256("work/" .. built.folder .. "/" .. name), name)
  end
  local ran = bench:exec(built, "run --results specs/small.lua/x")
  lu.assertEquals(ran.status, 1)
  lu.assertStrContains(ran.err, "specs/small.lua")
  ran = bench:exec(built, "train --results x")
  lu.assertEquals(ran.status, 2)
  lu.assertStrContains(ran.err, "--results is not an option of 'train'")
end

os.exit(lu.LuaUnit.run())
