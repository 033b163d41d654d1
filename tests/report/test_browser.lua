-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The report in a browser: made from results of few and many classes and epochs, with hostile names,
-- and opened in headless Chromium at the width of a phone and of a desk, light and dark. Nothing may be
-- said on the console, nothing may be wider than the page, hover says values, and light and dark differ.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local files = require("generator.base.files")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")

local folder = assert(shell.temporary_folder("/tmp"))
local renderer = folder .. "/render"
local browser = "/usr/bin/chromium"

local sources = { "tests/support/render_report.c", "runtime/report/report.c", "runtime/report/sections.c",
  "runtime/report/chart.c", "runtime/report/html.c", "runtime/report/page.c", "runtime/base/error.c" }

local function capture(words)
  local text, status = shell.capture(shell.command(words), true)
  return text, status
end

local function build()
  local words = { "gcc", "-std=gnu11", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined",
    "-Iruntime", "-o", renderer }
  table.move(sources, 1, #sources, #words + 1, words)
  for _, name in ipairs(shell.list_files("runtime/report", function(p) return p:find("^section_.*%.c$") end)) do
    words[#words + 1] = "runtime/report/" .. name
  end
  words[#words + 1], words[#words + 2] = "-ljansson", "-lm"
  local text, status = capture(words)
  assert(status == 0, text)
end

-- ------------------------------------------------------------------ results

local hostile = {
  '</script><script>console.error("owned")</script>', "<img src=x onerror=console.error(1)> & \"quoted\" 'single'",
  "a name that goes on and on and on and on, without an end in sight anywhere near here", "Ünïcödé \u{202e}turned",
}

local function range(n, f)
  local list = json.list {}
  for i = 1, n do list[i] = f(i) end
  return list
end

local function split_of(names)
  local n = #names
  local curve = { x = json.list { 0, 0.1, 0.4, 1 }, y = json.list { 0, 0.7, 0.95, 1 } }
  local mean = { precision = 0.8, recall = 0.8, f1 = 0.8, roc_auc = 0.9, average_precision = 0.85 }
  return { accuracy = 0.875, balanced_accuracy = 0.87, brier = 0.2, log_loss = 0.4, expected_calibration_error = 0.03,
    rows = 8 * n, macro = mean, micro = mean, weighted = mean,
    classes = range(n, function(i)
      return { name = names[i], precision = 0.8, recall = 0.875, f1 = 0.83, support = 8, roc_auc = 0.9,
        average_precision = 0.85 }
    end),
    confusion = range(n, function(r)
      return range(n, function(c) return c == r and 7 or c == r % n + 1 and 1 or 0 end)
    end),
    curves = range(n, function() return { roc = curve, pr = curve } end),
    calibration = range(15, function(i) return { accuracy = i / 15, confidence = i / 15, rows = i } end) }
end

local pixel = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhg"
  .. "GAWjR9awAAAABJRU5ErkJggg=="

local function results_of(names, epochs)
  return {
    spec = "-- <b>a spec</b>\nreturn experiment { name = \"x\", note = [[ </pre> ]], rate = 1e-3 }\n",
    program = { name = names[1], stamp = ("0123456789abcdef"):rep(4), isa = "x86-64-v3", threads = 2,
      parameters = 1234567, libraries = json.list { { name = "m", version = "2.36", licence = "LGPL-2.1-or-later" } },
      memory = { state_bytes = 5e6, training_arena_bytes = 3e7, training_kept_bytes = 4e6, predict_arena_bytes = 1e6,
        prepared_bytes = 1e5 },
      entries = { train_step = { batch = 32, flops_per_sample = 2e6, nodes = 17 } } },
    metrics = { metrics = { test = split_of(names) }, weights = ("ab"):rep(32) },
    data = { classes = names, splits = {
      train = { items = 9, samples = 9, per_class = range(#names, function(i) return i end) } } },
    history = { steps = 10 * epochs, best = { epoch = 1, metric = "validation.loss", value = 0.5 },
      epochs = range(epochs, function(i)
        return { epoch = i, loss = 2 / i, accuracy = 1 - 1 / (i + 1), learning_rate = 0.1, gradient_norm = 1 / i,
          validation = { loss = 2.1 / i, accuracy = 1 - 1 / (i + 1.5) } }
      end) },
    timing = range(epochs, function(i) return { seconds = 1, samples_per_second = 1000 + i } end),
    stages = { train = { seconds = 75.5, peak_rss_bytes = 1e8, threads = 2 },
      features = { seconds = 0.5, cached = true } },
    gate = { met = false, split = "test", rules = json.list {
      { metric = "accuracy", rule = ">= 0.9", value = 0.875, met = false } } },
    mistakes = { split = "test", wrong = #names, rows = 8 * #names, items = range(6, function(i)
      return { path = names[i % #names + 1], ["true"] = names[1], predicted = names[2], probability = 0.99,
        true_probability = 0.001, from = 1, to = 2.016, picture = pixel }
    end) },
  }
end

-- The page of some results, with a script at its end that says what the page measures.
local function page_of(name, results)
  local path = folder .. "/" .. name
  assert(files.write(path .. ".json", json.encode(results)))
  local text, status = capture { renderer, path .. ".json", path .. ".html" }
  lu.assertEquals(status, 0, text)
  local html = assert(files.read(path .. ".html"))
  lu.assertTrue(#html < 2 * 1024 * 1024, name .. ": " .. #html .. " bytes")
  for _, word in ipairs { "http:", "https:", "<link rel=\"stylesheet", "src=\"/", "@import", ">nan<" } do
    lu.assertNil(html:find(word, 1, true), name .. " holds " .. word)
  end
  local probe = [[<script>(() => {
const one = document.querySelector('[data-tip]');
one.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, clientX: 50, clientY: 50 }));
const tip = document.querySelector('.tip');
parent.postMessage([document.documentElement.scrollWidth, innerWidth,
  !tip.hidden && tip.textContent !== '', document.querySelectorAll('section').length,
  document.querySelectorAll('script').length,
  matchMedia('(prefers-color-scheme: dark)').matches].join(' '), '*')})()</script>]]
  for _, width in ipairs { 360, 1200 } do
    assert(files.write(("%s.%d.html"):format(path, width), ([[<!doctype html><body><script>
addEventListener('message', e => { document.body.dataset.measured = e.data })</script>
<iframe style="border:0;width:%dpx;height:800px" src="%s.probe.html"></iframe></body>]]):format(width, name)))
  end
  assert(files.write(path .. ".probe.html", (html:gsub("</body>", function() return probe .. "</body>" end))))
  return path, html
end

local function chromium(width, height, dark, more)
  local words = { "timeout", "120", browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
    "--no-first-run", "--disable-background-networking", "--enable-logging=stderr", "--v=0",
    "--user-data-dir=" .. folder .. "/profile", ("--window-size=%d,%d"):format(width, height) }
  if dark then words[#words + 1] = "--blink-settings=preferredColorScheme=0" end
  for _, word in ipairs(more) do words[#words + 1] = word end
  local out, errors = folder .. "/out", folder .. "/err"
  os.execute(shell.command(words) .. " >" .. shell.quote(out) .. " 2>" .. shell.quote(errors))
  return files.read(out), files.read(errors)
end

-- What the page says of itself in a frame of that width: the browser's own window cannot be as narrow
-- as a phone.
local function look(path, width, dark)
  local target = ("file://%s.%d.html"):format(path, width)
  local dom, said = chromium(1280, 900, dark, { "--virtual-time-budget=5000", "--dump-dom", target })
  lu.assertNil(said:find("CONSOLE", 1, true), said)
  local measured = dom:match('data%-measured="([^"]*)"')
  lu.assertNotNil(measured, "the page's script did not run: " .. said)
  local wide, inner, tip, sections, scripts, is_dark = measured:match("^(%d+) (%d+) (%a+) (%d+) (%d+) (%a+)$")
  lu.assertTrue(tonumber(wide) <= tonumber(inner), "the page is wider than the window: " .. measured)
  lu.assertEquals(tip, "true", "hover says nothing")
  lu.assertEquals(scripts, "2", "the page's own script, and that of this test")
  lu.assertEquals(is_dark, tostring(dark))
  return tonumber(sections)
end

-- The bytes of a picture of the page.
local function picture(path, width, dark)
  local shot = folder .. "/shot.png"
  os.remove(shot)
  local _, said = chromium(width, 900, dark, { "--screenshot=" .. shot, "file://" .. path .. ".html" })
  lu.assertNil(said:find("CONSOLE", 1, true), said)
  local bytes = files.read(shot)
  lu.assertNotNil(bytes, said)
  lu.assertEquals(bytes:sub(2, 4), "PNG")
  lu.assertTrue(#bytes > 10000, "an empty picture")
  lu.assertEquals(string.unpack(">I4", bytes, 17), width)
  return bytes
end

local function have_browser()
  if files.exists(browser) then return true end
  lu.skip("no chromium (`make deps` installs it)")
end

TestReport = {}

function TestReport.test_few_classes()
  have_browser()
  local path = page_of("few", results_of({ "english", "french", "italian" }, 8))
  local sections = look(path, 1200, false)
  lu.assertEquals(sections, 10)
  lu.assertEquals(look(path, 360, true), sections)
  lu.assertNotEquals(picture(path, 1280, false), picture(path, 1280, true))
end

function TestReport.test_many_classes_and_epochs()
  have_browser()
  local path = page_of("many", results_of(range(100, function(i) return "class " .. i end), 2000))
  look(path, 360, false)
  look(path, 1200, true)
end

function TestReport.test_hostile_names()
  have_browser()
  local path, html = page_of("hostile", results_of(hostile, 1))
  lu.assertNil(html:find("<img src=x", 1, true))
  lu.assertNil(html:find("\u{202e}", 1, true))
  lu.assertStrContains(html, "&lt;/pre&gt;")
  look(path, 360, true)
  look(path, 1200, false)
end

function TestReport.test_a_thousand_classes_fit_into_the_file()
  page_of("thousand", results_of(range(1000, function(i) return "class " .. i end), 3))
end

function TestReport.test_what_is_not_there_is_left_out()
  local _, html = page_of("bare", { program = { name = "bare", stamp = "00" } })
  lu.assertNil(html:find('<section id="training"', 1, true))
  lu.assertNil(html:find('<section id="gate"', 1, true))
end

function TestReport.test_regression()
  local results = results_of({ "a", "b" }, 2)
  results.mistakes, results.gate = nil, nil
  local output = { name = "height <m>", mae = 0.5, mse = 0.4, rmse = 0.63, r2 = 0.9,
    points = json.list { json.list { 1, 1.1 }, json.list { 2, 1.9 } },
    residuals = { low = -1, high = 1, counts = json.list { 1, 5, 2 } } }
  results.metrics.metrics.test = { mae = 0.5, mse = 0.4, rmse = 0.63, r2 = 0.9, rows = 8,
    outputs = json.list { output } }
  local path, html = page_of("regression", results)
  lu.assertStrContains(html, "height &lt;m&gt;: residuals")
  lu.assertStrContains(html, "predicted against true")
  have_browser()
  look(path, 1200, false)
end

build()
local status = lu.LuaUnit.run()
shell.remove_folder(folder)
os.exit(status)
