-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Every word of a real executable, end to end: a small convolutional network on sounds in WAV, FLAC
-- and Ogg, mono and stereo, at three rates. What it prints is true, what it writes lies where
-- docs/executable.md says, and nothing lies elsewhere.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local json = require("generator.base.json")
local sorted = require("generator.base.sorted")

local words = { "run", "validate", "features", "train", "evaluate", "predict", "bench", "report", "info",
  "verify", "source" }

local bench = e2e.new()
bench:sounds("sounds", 9)
bench:sound("sounds/high/flac.flac", "flac", 8000, 1, 1.2, 2500)
bench:sound("sounds/low/stereo.wav", "wav", 44100, 2, 1.2, 310)
bench:sound("sounds/middle/ogg.ogg", "ogg", 16000, 1, 1.2, 930)
bench:write("tone.lua", e2e.audio_spec())
local tone = bench:build("tone.lua")
local home = "work/" .. tone.folder .. "/"
local first = bench:exec(tone, "run --json")
-- what lay there after that first call, before the tests below write more
local written = bench:list(".")
local digests = {}
for _, name in ipairs { "weights.safetensors", "report.html" } do digests[name] = bench:sha256(home .. name) end

local function good(ran)
  lu.assertEquals(ran.status, 0, ran.err .. ran.out)
  return ran
end

-- Long texts are not for assertEquals, which takes minutes to say how they differ.
local function same(one, other)
  lu.assertTrue(bench:read(one) == bench:read(other), one .. " differs from " .. other)
end

local function without_seconds(object)
  object.seconds, object.features = nil, nil
  return json.encode(object)
end

TestRun = {}

function TestRun.test_json_is_one_object_and_true()
  good(first)
  local _, lines = first.out:gsub("\n", "")
  lu.assertEquals(lines, 1)
  local said = first.last
  lu.assertEquals(said.status, "ok")
  lu.assertEquals(said.exit_code, 0)
  lu.assertEquals(said.word, "run")
  lu.assertEquals(said.stamp, tone.stamp)
  lu.assertEquals(#said.stamp, 64)
  lu.assertEquals(said.epochs, 6)
  lu.assertEquals(said.threads, 2)
  lu.assertTrue(said.trained)
  for _, split in ipairs { "test", "validation" } do
    local metrics = said.metrics[split]
    for _, name in ipairs { "accuracy", "macro_precision", "macro_recall", "macro_f1", "balanced_accuracy" } do
      lu.assertTrue(metrics[name] >= 0 and metrics[name] <= 1, split .. " " .. name)
    end
    lu.assertTrue(metrics.log_loss >= 0)
    lu.assertNumber(metrics.per_sample.accuracy)
  end
  for what, name in sorted.pairs { weights = "weights.safetensors", report = "report.html" } do
    lu.assertEquals(said[what].path, "./" .. home .. name)
    lu.assertEquals(said[what].sha256, digests[name], what)
  end
end

function TestRun.test_learns()
  local history = json.decode(bench:read(home .. "history.json"))
  local epochs = history.epochs
  lu.assertEquals(#epochs, 6)
  local from, to = epochs[1].loss, epochs[6].loss
  lu.assertTrue(to < 0.7 * from, "the loss fell from " .. from .. " to " .. to)
end

function TestRun.test_files_lie_where_the_page_says_and_nowhere_else()
  local own, others = {}, {}
  for _, path in ipairs(written) do
    local inside = path:match("^work/" .. tone.folder:gsub("%-", "%%-") .. "/(.*)$")
    if inside then
      own[#own + 1] = inside
    elseif not path:find("^work/cache/%l+%-%x+[/.]") and not path:find("^work/cache/known%-%x+$")
      and not path:find("^[^/]*sounds/") and not path:find("^out/") and not path:find("^%.") then
      others[#others + 1] = path
    end
  end
  lu.assertEquals(own, { "data.json", "history.json", "metrics.json", "mistakes.json", "report.html",
    "report.json", "stages.json", "timing.json", "train.lock", "validation.json", "weights.safetensors" })
  lu.assertEquals(others, { "tone.lock", "tone.lua", "work/runs.db" })
end

function TestRun.test_report_is_one_file_that_holds_accuracy_and_stamp()
  local html = bench:read(home .. "report.html")
  lu.assertStrContains(html, tone.stamp)
  lu.assertStrContains(html, string.format("<b>%.4f</b>", first.last.metrics.test.accuracy))
  for _, pattern in ipairs { "https?://", "src%s*=%s*[\"']?//", "@import", "url%(" } do
    lu.assertNil(html:find(pattern), pattern)
  end
end

function TestRun.test_each_word_by_itself_comes_to_the_same()
  for _, word in ipairs { "features", "train", "evaluate", "report" } do
    local ran = good(bench:exec(tone, word .. " --json --work apart"))
    lu.assertEquals(ran.last.status, "ok")
    lu.assertEquals(ran.last.word, word)
  end
  for _, name in ipairs { "weights.safetensors", "metrics.json" } do
    lu.assertEquals(bench:sha256("apart/" .. tone.folder .. "/" .. name), bench:sha256(home .. name), name)
  end
end

function TestRun.test_a_second_run_trains_nothing_and_says_the_same()
  local again = good(bench:exec(tone, "run --json"))
  lu.assertTrue(again.last.features.cached)
  lu.assertFalse(again.last.trained)
  lu.assertEquals(again.last.metrics, first.last.metrics)
  lu.assertEquals(again.last.weights, first.last.weights)
end

function TestRun.test_data_and_work_may_lie_elsewhere()
  bench:shell("mkdir -p far && cp -r sounds far/data")
  local ran = good(bench:shell("mkdir -p else && cd else && ../" .. tone.path
    .. " run --json --quiet --data ../far/data --work here/w"))
  lu.assertEquals(ran.err, "")
  lu.assertEquals(ran.last.weights.sha256, first.last.weights.sha256)
  lu.assertTrue(bench:exists("else/here/w/" .. tone.folder .. "/report.html"))
  lu.assertFalse(bench:exists("else/work"))
end

function TestRun.test_progress_is_a_line_per_epoch_and_a_bar_on_a_terminal()
  local _, lines = first.err:gsub("epoch %d/6  loss [%d.]+  accuracy [%d.]+ [^\n]*samples/s\n", "")
  lu.assertEquals(lines, 6)
  lu.assertNil(first.err:find("\r", 1, true))
  -- `script` gives the program a terminal
  local ran = bench:shell("script -qec './" .. tone.path .. " train --fresh --work terminal' /dev/null")
  good(ran)
  lu.assertStrContains(ran.out, "\r")
  for _, part in ipairs { "loss", "acc", "samples/s" } do lu.assertStrContains(ran.out, part) end
end

TestPredict = {}

function TestPredict.test_files_of_every_format()
  local paths = "sounds/low/01.wav sounds/high/flac.flac sounds/low/stereo.wav sounds/middle/ogg.ogg"
  local ran = good(bench:exec(tone, "predict --json " .. paths))
  local seen = {}
  for line in ran.out:gmatch("[^\n]+") do
    local one = json.decode(line)
    if one.path then
      seen[#seen + 1] = one.path
      local sum, best = 0, ""
      for _, class in ipairs { "high", "low", "middle" } do
        sum = sum + one.probabilities[class]
        if best == "" or one.probabilities[class] > one.probabilities[best] then best = class end
      end
      lu.assertAlmostEquals(sum, 1, 1e-5)
      lu.assertEquals(one.class, best)
      lu.assertEquals(one.probability, one.probabilities[best])
    end
  end
  lu.assertEquals(table.concat(seen, " "), paths)
  lu.assertEquals(ran.last.predicted, 4)
end

function TestPredict.test_lines_of_three_fields()
  local ran = good(bench:exec(tone, "predict sounds/low/01.wav sounds/low/02.wav"))
  local _, lines = ran.out:gsub("sounds/low/0%d%.wav\t%a+\t[01]%.%d%d%d%d\n", "")
  lu.assertEquals(lines, 2)
end

function TestPredict.test_paths_from_standard_input_come_to_the_same()
  local by_argument = good(bench:exec(tone, "predict sounds/low/01.wav sounds/high/02.wav"))
  local by_input = good(bench:shell("printf 'sounds/low/01.wav\\nsounds/high/02.wav\\n' | ./" .. tone.path
    .. " predict -"))
  lu.assertEquals(by_input.out, by_argument.out)
end

function TestPredict.test_a_bad_file_among_good_ones_is_named_and_the_others_are_told()
  bench:write("text.wav", "this is no sound")
  local ran = bench:exec(tone, "predict --json sounds/low/01.wav text.wav nothing.wav sounds/high/02.wav")
  lu.assertEquals(ran.status, 1)
  lu.assertEquals(ran.last.status, "failed")
  lu.assertEquals({ ran.last.predicted, ran.last.failed }, { 2, 2 })
  lu.assertStrContains(ran.err, "text.wav: not audio")
  lu.assertStrContains(ran.err, "nothing.wav: cannot read: No such file")
  lu.assertStrContains(ran.out, '"path":"sounds/high/02.wav"')
end

function TestPredict.test_evaluate_counts_what_predict_says()
  local lock = json.decode(bench:read("tone.lock"))
  local paths, class = {}, {}
  for _, file in ipairs(lock.files) do
    if file.split == "test" then
      paths[#paths + 1] = "sounds/" .. file.path
      class["sounds/" .. file.path] = file.class
    end
  end
  local ran = good(bench:exec(tone, "predict " .. table.concat(paths, " ")))
  local right = 0
  for path, said in ran.out:gmatch("([^\t\n]+)\t(%a+)\t") do
    if class[path] == said then right = right + 1 end
  end
  lu.assertAlmostEquals(right / #paths, first.last.metrics.test.accuracy, 1e-9)
end

TestTelling = {}

function TestTelling.test_info()
  local text = good(bench:exec(tone, "info")).out
  for _, part in ipairs { tone.stamp, e2e.isa, "2 threads", "high low middle", "train_step", "arena", "sndfile",
    "LGPL-2.1-or-later", "crypto", "Apache-2.0" } do lu.assertStrContains(text, part) end
  lu.assertNil(text:lower():find("fftw", 1, true))
  local manifest = good(bench:exec(tone, "info --json")).last.manifest
  lu.assertEquals(manifest.stamp, tone.stamp)
end

function TestTelling.test_sections_are_there_for_ordinary_tools()
  local listed = bench:shell("readelf -S -W " .. tone.path).out
  for _, name in ipairs { ".ingot.manifest", ".ingot.spec", ".ingot.lock", ".ingot.sources" } do
    lu.assertStrContains(listed, name)
  end
  good(bench:shell("objcopy -O binary --only-section=.ingot.spec "
    .. tone.path .. " spec.out && objcopy -O binary --only-section=.ingot.lock " .. tone.path .. " lock.out"))
  same("spec.out", "tone.lua")
  same("lock.out", "tone.lock")
end

function TestTelling.test_source_writes_what_it_was_made_from()
  good(bench:exec(tone, "source carried"))
  same("carried/specs/tone.lua", "tone.lua")
  same("carried/specs/tone.lock", "tone.lock")
  for _, name in ipairs { "program.c", "train.c", "inference.c" } do
    same("carried/generated/" .. name, tone.sources .. "/" .. name)
  end
  local full = bench:exec(tone, "source carried")
  lu.assertEquals(full.status, 1)
  lu.assertStrContains(full.err, "carried")
  local tar = good(bench:shell("./" .. tone.path .. " source - | tar -t"))
  lu.assertStrContains(tar.out, "specs/tone.lua")
end

-- Nothing but what lies in the executable: the folder it was built in is not looked at.
function TestTelling.test_carried_sources_build_the_same_bytes()
  good(bench:exec(tone, "source alone"))
  local ran = good(bench:shell("cd alone && mkdir -p out && ln -s ../../out/.runtime out/.runtime && "
    .. "exec lua5.4 build.lua specs/tone.lua --json --set 'target.isa=\"" .. e2e.isa .. "\"'"))
  lu.assertEquals(ran.last.stamp, tone.stamp)
  lu.assertEquals(ran.last.sha256, tone.sha256)
end

function TestTelling.test_verify()
  good(bench:exec(tone, "verify"))
  local bytes = bench:read(tone.path)
  local at = assert(bytes:find("learning_rate = 0.1", 1, true))
  bench:write("flipped", bytes:sub(1, at - 1) .. "M" .. bytes:sub(at + 1))
  local ran = bench:shell("chmod +x flipped && ./flipped verify --json")
  lu.assertEquals(ran.status, 1)
  lu.assertEquals(ran.last.status, "failed")
  local outside = bench:build_lua("verify flipped")
  lu.assertEquals(outside.status, 1)
  lu.assertStrContains(outside.err, "spec")
end

function TestTelling.test_bench_needs_no_data()
  local ran = good(bench:shell("mkdir -p empty && cd empty && ../" .. tone.path .. " bench --json --repeats 3"))
  lu.assertEquals(ran.last.status, "ok")
  lu.assertFalse(bench:exists("empty/work"))
end

function TestTelling.test_every_word_has_help()
  local general = good(bench:exec(tone, "--help")).out
  for _, word in ipairs(words) do
    lu.assertStrContains(general, "  " .. word)
    local text = good(bench:exec(tone, word .. " --help")).out
    lu.assertStrContains(text, "Usage")
    for _, option in ipairs { "--data", "--work", "--threads", "--json", "--quiet" } do
      lu.assertStrContains(text, option)
    end
  end
end

function TestTelling.test_usage_names_the_nearest_and_exits_with_2()
  for arguments, part in sorted.pairs { trian = "did you mean 'train'?", ["train --thread 1"] = "'--threads'",
    ["predict"] = "FILE", ["train --threads two"] = "'two'", ["run a"] = "'a'", ["info --fresh"] = "--fresh" } do
    local ran = bench:exec(tone, arguments .. " --json")
    lu.assertEquals(ran.status, 2, arguments)
    lu.assertEquals(ran.last.status, "usage")
    lu.assertEquals(ran.last.exit_code, 2)
    lu.assertStrContains(ran.err, part)
  end
end

TestSame = {}

function TestSame.test_two_trainings_with_the_same_threads_write_the_same_bytes()
  for _, threads in ipairs { 1, 2 } do
    local both = {}
    for i = 1, 2 do
      local ran = good(bench:exec(tone, string.format("train --fresh --json --threads %d --work t%d-%d", threads,
        threads, i)))
      lu.assertEquals(ran.last.threads, threads)
      both[i] = ran.last.weights.sha256
    end
    lu.assertEquals(both[2], both[1], threads .. " threads")
  end
end

function TestSame.test_kernels_of_ours_do_not_depend_on_the_number_of_threads()
  bench:write("plain.lua", e2e.audio_spec { backends = '{ "c" }' })
  local plain = bench:build("plain.lua")
  local said = {}
  for _, threads in ipairs { 1, 2, 3 } do
    local ran = good(bench:exec(plain, string.format("run --json --threads %d --work c%d", threads, threads)))
    -- the file names its threads, so the tensors behind the header are compared
    local bytes = bench:read((ran.last.weights.path:gsub("^%./", "")))
    said[threads] = { bytes:sub(9 + string.unpack("<I8", bytes)), json.encode(ran.last.metrics) }
  end
  lu.assertTrue(#said[1][1] > 1000)
  for _, threads in ipairs { 2, 3 } do
    lu.assertTrue(said[threads][1] == said[1][1], threads .. " threads: other weights")
    lu.assertEquals(said[threads][2], said[1][2])
  end
end

function TestSame.test_unchanged_input_compiles_nothing()
  local before = bench:shell("stat -c '%y %i' " .. tone.path).out
  local again = bench:build("tone.lua")
  lu.assertFalse(again.built)
  lu.assertEquals(bench:shell("stat -c '%y %i' " .. tone.path).out, before)
  again.built, tone.built = nil, nil
  lu.assertEquals(without_seconds(again), without_seconds(tone))
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
