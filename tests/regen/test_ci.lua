-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- templates/ci/: the files are valid by the published schemas, and their very steps, with the variables that the
-- service would set, do what docs/ci.md says: in a repository of a user's, where a commit changed one of two specs.
-- Left out is what the service itself does (`uses`) and apt-get, which is a program here that does nothing.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local files = require("generator.base.files")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")

local python = ".venv-test/bin/python"
local root = assert(shell.real_path("."))

local function load_yaml(path)
  local output, status = shell.capture(shell.command { python, "-c", "import json, sys, yaml\n"
    .. "print(json.dumps(yaml.load(open(sys.argv[1]), yaml.BaseLoader)))", path }, true)
  assert(status == 0, output)
  return json.decode(output)
end

local function spec(rate, more)
  return string.format([[
return experiment {
  data = csv { path = "tables", files = { "t.csv" }, target = "kind", split = by_fraction { test = 0.3 } },
  features = tabular {},
  model = sequential { flatten {}, linear { outputs = 8 }, relu {}, linear { outputs = 2 } },
  train = { optimizer = adam { learning_rate = %s }, epochs = 20, batch_size = 8, schedule = warmup { epochs = 1 } },
  gate = { accuracy = ">= 0.999" },
  smoke = { epochs = 2, steps_per_epoch = 5, gate = { accuracy = "%s" } },
  target = { isa = "%s", backends = { "c" } },
}
]], rate, more, e2e.isa)
end

-- A repository with Ingot as a folder of its own and two experiments, the second commit changing one.
local function repository(gate)
  local bench = e2e.new()
  bench:shell("ln -s " .. shell.quote(root) .. " ingot")
  local rows = { "a,b,kind" }
  for i = 1, 80 do
    rows[#rows + 1] = string.format("%d,%d,%s", i % 2 * 10 + i % 3, i % 5, i % 2 == 1 and "odd" or "even")
  end
  bench:write("elsewhere/t.csv", table.concat(rows, "\n") .. "\n")
  bench:shell("mkdir -p tables home bin && cp elsewhere/t.csv tables/")
  bench:write("specs/still.lua", spec("0.05", ">= 0.1"))
  bench:write("specs/moved.lua", spec("0.05", gate))
  for _, name in ipairs { "still", "moved" } do
    local ran = bench:build_lua("lock specs/" .. name .. ".lua")
    lu.assertEquals(ran.status, 0, ran.err)
  end
  bench:write(".gitignore", "*\n!specs\n!specs/*\n!.gitignore\n")
  bench:write("bin/apt-get", "#!/bin/sh\n")
  local ran = bench:shell([[
chmod +x bin/apt-get && export HOME=$PWD/home && git init -q -b main &&
git config --global user.name a && git config --global user.email a@b && git add -A && git commit -q -m one &&
sed -i 's/0.05/0.02/' specs/moved.lua && git add -A && git commit -q -m two && git rev-parse HEAD~1
rm -r tables]])
  lu.assertEquals(ran.status, 0, ran.err)
  bench.before = ran.out:match("%x+")
  return bench
end

-- A server that writes down what is sent to it: its port.
local function listen(bench)
  bench:write("server.py", [[
import http.server
class Take(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        open("posted", "a").write(self.path + "\n" + str(self.headers) + body + "\n")
        self.send_response(201)
        self.end_headers()
    def log_message(self, *a):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Take)
open("port.tmp", "w").write(str(server.server_port))
__import__("os").rename("port.tmp", "port")
server.timeout = 300
server.handle_request()
]])
  bench:shell("rm -f port; setsid python3 server.py </dev/null >/dev/null 2>&1 & "
    .. "soon '[ -f port ]'")
  return (assert(bench:read("port"), "no server"))
end

-- Runs a script as the service would: with `variables`, stopping at the first failure.
local function execute(bench, text, variables)
  local lines = { "export HOME=$PWD/home PATH=$PWD/bin:$PATH OMP_WAIT_POLICY=passive" }
  for name, value in pairs(variables) do lines[#lines + 1] = "export " .. name .. "=" .. shell.quote(value) end
  bench:write(".step", text)
  return bench:shell("sh -e .step", table.concat(lines, "\n"))
end

TestCi = {}

function TestCi.setUp()
  lu.skipIf(not files.exists(python), "no .venv-test (scripts/test_peers.sh)")
end

function TestCi.test_they_are_valid_by_their_schemas()
  local program = ".venv-test/bin/check-jsonschema"
  lu.skipIf(not files.exists(program), "check-jsonschema is not installed")
  for schema, file in pairs { ["vendor.github-workflows"] = "github", ["vendor.gitlab-ci"] = "gitlab" } do
    local words = { program, "--builtin-schema", schema, "templates/ci/" .. file .. ".yml" }
    if file == "gitlab" then table.insert(words, 2, "--data-transform=gitlab-ci") end
    local output, status = shell.capture(shell.command(words), true)
    lu.assertEquals(status, 0, output)
  end
end

-- What the expressions of the file are for an event.
local function github(event, before, secret)
  local pull = event == "pull_request"
  return {
    ["github.event.pull_request.base.sha || github.event.before"] = before,
    ["github.token"] = secret, ["github.event.number"] = "7", ["github.run_id"] = "1",
    ["github.event_name == 'push'"] = not pull,
    ["!cancelled()"] = true, ["!cancelled() && github.event_name == 'pull_request'"] = pull,
  }
end

-- The steps with `run`, in order; after one fails only those that run all the same. Returns what ran:
-- { name, status, out, err }.
local function run_workflow(bench, event, variables)
  local workflow = load_yaml("templates/ci/github.yml")
  local job, ran, failed = workflow.jobs.experiments, {}, false
  lu.assertEquals(job.defaults.run.shell, "sh -e {0}")
  local values = github(event, bench.before, "secret")
  local function value(text)
    local inner = text:match("^%${{%s*(.-)%s*}}$") or text
    lu.assertNotNil(values[inner], "no value for " .. inner)
    return values[inner]
  end
  for _, step in ipairs(job.steps) do
    local condition = step["if"]
    local wanted = not failed
    if condition then wanted = value(condition) and (not failed or condition:find("cancelled", 1, true) ~= nil) end
    if step.run and wanted then
      local environment = {}
      for _, map in ipairs { workflow.env, step.env or {}, variables } do
        for name, text in pairs(map) do environment[name] = text:find("^%${{") and value(text) or text end
      end
      for name, text in (bench:read("env") or ""):gmatch("([^=\n]+)=([^\n]*)\n") do environment[name] = text end
      local done = execute(bench, step.run, environment)
      done.name = step.name
      ran[#ran + 1], ran[step.name] = done, done
      failed = failed or done.status ~= 0
    end
  end
  return ran
end

local function github_variables(bench, port)
  return { INGOT = "ingot", DATA = "cp -r elsewhere tables", GITHUB_ENV = bench:path("env"),
    GITHUB_STEP_SUMMARY = bench:path("summary"), GITHUB_ACTOR = "ada", GITHUB_SHA = "abc",
    GITHUB_REPOSITORY = "o/r", GITHUB_API_URL = "http://127.0.0.1:" .. (port or "1") }
end

local function check_all_passed(ran)
  for _, step in ipairs(ran) do
    lu.assertEquals(step.status, 0, (step.name or "") .. ": " .. step.out .. step.err)
  end
end

function TestCi.test_github_push()
  local bench = repository(">= 0.1")
  local ran = run_workflow(bench, "push", github_variables(bench))
  check_all_passed(ran)
  lu.assertStrContains(bench:read("summary"), "1 changed, 0 new, 1 unchanged, 0 failed.")
  lu.assertStrContains(bench:read("summary"),
    "| moved | changed | spec: train.optimizer.learning\\_rate 0.05 -\\> 0.02 |")
  lu.assertStrContains(ran["Build"].out, "1 built, 1 unchanged, 0 failed")
  lu.assertStrContains(ran["Generate twice and compare"].out, "1 built, 1 unchanged, 0 failed")
  lu.assertFalse(bench:exists("twice"))
  lu.assertStrContains(ran["Smoke training"].out, "1 passed, 0 missed their gate, 0 failed")
  local listed = bench:build_lua("list --archive archive --json")
  lu.assertStrContains(listed.out, "moved")
  lu.assertNil(listed.out:find("still"))
  lu.assertNil(ran["Comment"])
  bench:remove()
end

function TestCi.test_github_pull_request_whose_gate_is_not_met()
  local bench = repository("> 1") -- what no training meets
  local port = listen(bench)
  local ran = run_workflow(bench, "pull_request", github_variables(bench, port))
  lu.assertEquals(ran["Smoke training"].status, 3, ran["Smoke training"].err)
  lu.assertStrContains(ran["Smoke training"].out, "gate not met  moved: ")
  lu.assertStrContains(ran["Smoke training"].out, "0 passed, 1 missed their gate, 0 failed")
  lu.assertNil(ran["Archive"])
  lu.assertEquals(ran["Comment"].status, 0, ran["Comment"].err)
  local posted = bench:read("posted")
  lu.assertStrContains(posted, "/repos/o/r/issues/7/comments\n")
  lu.assertStrContains(posted, "Authorization: Bearer secret")
  lu.assertEquals(json.decode(posted:match("{.*}")).body, bench:read("changed.md"))
  bench:remove()
end

function TestCi.test_gitlab()
  local bench = repository(">= 0.1")
  local job = load_yaml("templates/ci/gitlab.yml").experiments
  local variables = { GITLAB_USER_LOGIN = "ada", CI_COMMIT_SHA = "abc", CI_COMMIT_BEFORE_SHA = bench.before,
    CI_COMMIT_BRANCH = "main", CI_DEFAULT_BRANCH = "main" }
  for name, text in pairs(job.variables) do variables[name] = text end
  variables.INGOT, variables.DATA = "ingot", "cp -r elsewhere tables"
  local lines = table.move(job.script, 1, #job.script, #job.before_script + 1, job.before_script)
  local ran = execute(bench, table.concat(lines, "\n"), variables)
  lu.assertEquals(ran.status, 0, ran.out .. ran.err)
  lu.assertStrContains(ran.out, "| moved | changed |")
  lu.assertStrContains(ran.out, "1 passed, 0 missed their gate, 0 failed")
  lu.assertStrContains(bench:build_lua("list --archive archive --json").out, "moved")
  -- a merge request: a comment, and no archive; a commit before that nobody knows
  bench:shell("rm -rf archive tables")
  variables.CI_MERGE_REQUEST_IID, variables.GITLAB_TOKEN, variables.CI_PROJECT_ID = "5", "token", "42"
  variables.CI_COMMIT_BRANCH, variables.CI_MERGE_REQUEST_DIFF_BASE_SHA = "", ("0"):rep(40)
  variables.CI_API_V4_URL = "http://127.0.0.1:" .. listen(bench)
  ran = execute(bench, table.concat(lines, "\n"), variables)
  lu.assertEquals(ran.status, 0, ran.out .. ran.err)
  local posted = bench:read("posted")
  lu.assertStrContains(posted, "/projects/42/merge_requests/5/notes\n")
  lu.assertStrContains(posted, "PRIVATE-TOKEN: token")
  lu.assertStrContains(posted, "body=%23%23%23+Experiments%0A")
  lu.assertFalse(bench:exists("archive"))
  bench:remove()
end

os.exit(lu.LuaUnit.run())
