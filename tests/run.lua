-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Finds every test, builds what must be built, runs all, says what happened.
--
--   lua5.4 tests/run.lua [options] [part of a path …]
--     --jobs N           tests at once (default 2); those of tests/e2e, which take longest, come first
--     --fuzz-seconds N   how long each fuzz target runs (default 5)
--     --timeout N        seconds one file may take (default 600)
--     --list             prints the files and runs nothing
--
-- A test is tests/**/test_*.lua (luaunit), tests/**/test_*.c (cmocka; built with AddressSanitizer and
-- UndefinedBehaviorSanitizer) or tests/fuzz/fuzz_*.c (clang's libFuzzer, with both sanitizers). What
-- a C file needs stands on a line of its own near its top:
--     /* link: runtime/dsp/mel.c runtime/base/*.c ; libs: sndfile soxr cmocka */
-- The last line printed is exactly "N passed, N failed"; exit status 0 only where nothing failed. A
-- crash, a test that runs too long, a file without tests and an argument that names no file are
-- failures.

package.path = "./?.lua;./?/init.lua;" .. package.path

local files = require("generator.base.files")
local build = require("tests.harness.build")
local discover = require("tests.harness.discover")
local results = require("tests.harness.results")
local shell = require("generator.toolchain.shell")

local options = { jobs = 2, fuzz_seconds = 5, timeout = 600, filters = {} }

local function usage(message)
  io.stderr:write("tests/run.lua: ", message, "\n")
  os.exit(2)
end

local function parse(arguments)
  local i = 1
  while i <= #arguments do
    local word = arguments[i]
    if word == "--jobs" or word == "--fuzz-seconds" or word == "--timeout" then
      i = i + 1
      local value = math.tointeger(tonumber(arguments[i] or ""))
      if not value or value < 1 then usage(word .. " wants a whole number of at least 1") end
      options[word:sub(3):gsub("-", "_")] = value
    elseif word == "--list" then
      options.list = true
    elseif word:sub(1, 1) == "-" then
      usage("unknown option " .. word)
    else
      options.filters[#options.filters + 1] = (word:gsub("^%./", ""))
    end
    i = i + 1
  end
end

-- The shell command that runs one test from the repository's root.
local function command_of(test)
  if test.kind == "lua" then
    return "lua5.4 " .. shell.quote(test.path)
  elseif test.kind == "c" then
    return shell.quote("./" .. test.program)
  end
  local corpus = build.folder .. "/corpus/" .. test.name
  shell.make_folder(corpus)
  local words = { "./" .. test.program, "-seed=1", "-max_total_time=" .. options.fuzz_seconds,
    "-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1",
    "-artifact_prefix=" .. build.folder .. "/" .. test.name .. "-", corpus }
  local seeds = "tests/fuzz/corpus/" .. test.name
  if files.exists(seeds) then words[#words + 1] = seeds end
  return shell.command(words)
end

-- One script per test: its output goes to a log; "index status seconds" to standard output.
local function script_of(index, test)
  local log = string.format("%s/logs/%s", build.folder, (test.path:gsub("/", "_")))
  test.log = log .. ".log"
  local script = log .. ".sh"
  assert(files.write(script, table.concat({
    "started=$(date +%s%N)",
    -- threads that wait must not burn the processor other tests run on
    "export OMP_WAIT_POLICY=passive ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:allocator_may_return_null=1",
    "export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1",
    string.format("timeout -k 10 %d %s >%s 2>&1 </dev/null", options.timeout, command_of(test),
      shell.quote(test.log)),
    "status=$?",
    string.format("echo %d $status $((($(date +%%s%%N) - started) / 1000000))", index),
  }, "\n") .. "\n"))
  return script
end

local totals = { passed = 0, failed = 0, skipped = 0 }

local function print_result(test, result)
  totals.passed = totals.passed + result.passed
  totals.failed = totals.failed + result.failed
  totals.skipped = totals.skipped + result.skipped
  local skipped = result.skipped > 0 and string.format(", %d skipped", result.skipped) or ""
  print(string.format("%s %-52s %4d passed, %d failed%s  %6.2f s%s", result.failed > 0 and "FAIL" or "ok  ",
    test.path, result.passed, result.failed, skipped, result.seconds, result.note and "  " .. result.note or ""))
  if result.failed > 0 then
    for line in (result.output or ""):gmatch("[^\n]+") do print("     | " .. line) end
  end
  io.stdout:flush()
end

local function run(tests, jobs)
  local scripts = {}
  for index, test in ipairs(tests) do scripts[index] = script_of(index, test) end
  if #scripts == 0 then return end
  local list = build.folder .. "/logs/list"
  assert(files.write(list, table.concat(scripts, "\n") .. "\n"))
  local pipe = assert(io.popen(string.format("xargs -a %s -d '\\n' -n 1 -P %d sh", shell.quote(list), jobs), "r"))
  local done = {}
  for line in pipe:lines() do
    local index, status, milliseconds = line:match("^(%d+) (%d+) (%d+)$")
    index = math.tointeger(tonumber(index))
    if index then
      done[index] = true
      local test = tests[index]
      local output = files.read(test.log) or ""
      local result = results.read(test.kind, output, math.tointeger(tonumber(status)))
      result.seconds, result.output = tonumber(milliseconds) / 1000, output
      print_result(test, result)
    end
  end
  pipe:close()
  for index, test in ipairs(tests) do
    if not done[index] then
      print_result(test, { passed = 0, failed = 1, skipped = 0, seconds = 0, note = "it did not run to its end" })
    end
  end
end

local function main()
  parse(arg)
  local tests = discover.find("tests", options.filters)
  if options.list then
    for _, test in ipairs(tests) do print(test.path) end
    return 0
  end
  for _, filter in ipairs(discover.unmatched(tests, options.filters)) do
    print("FAIL " .. filter .. ": no test has that in its path")
    totals.failed = totals.failed + 1
  end
  if #tests == 0 and totals.failed == 0 then
    print("FAIL no test was found")
    totals.failed = 1
  end
  assert(shell.make_folder(build.folder .. "/logs"))
  local first, rest = {}, {}
  build.all(tests, options.jobs)
  for _, test in ipairs(tests) do
    if test.problem then
      print_result(test, { passed = 0, failed = 1, skipped = 0, seconds = 0, note = "not built",
        output = test.problem })
    else
      local list = test.path:find("^tests/e2e/") and first or rest
      list[#list + 1] = test
    end
  end
  run(table.move(rest, 1, #rest, #first + 1, first), options.jobs)
  if totals.skipped > 0 then print(totals.skipped .. " skipped") end
  print(string.format("%d passed, %d failed", totals.passed, totals.failed))
  return totals.failed == 0 and 0 or 1
end

os.exit(main())
