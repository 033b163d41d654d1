-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- README and CONTRIBUTING against reality: every file they name is there, every link leads somewhere,
-- the words, options and exit codes are those of the product, and the commands that run quickly run.
-- The executable is built in a folder of its own from a small idx data set made here.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local lfs = require "lfs"
local files = require "generator.base.files"
local json = require "generator.base.json"
local shell = require "generator.toolchain.shell"

local pages = { "README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/executable.md", "docs/generated-code.md",
  "docs/lock.md", "docs/ops.md", "docs/spec.md", "bench/README.md", "tests/vectors/README.md" }
local readme = assert(files.read("README.md"))

-- What is only there after something ran, or stands for a name of the reader's.
local made_later = { ["data/"] = true, ["out/"] = true, ["work/"] = true, [".venv"] = true }
local rooms = { "bench", "docs", "generator", "runtime", "scripts", "specs", "templates", "tests" }

local function run(command)
  local output, status = shell.capture(command, true)
  return output, status
end

TestReadme = {} -- luacheck: globals TestReadme

function TestReadme.test_links_lead_somewhere()
  for _, page in ipairs(pages) do
    local folder = page:match("^(.*/)[^/]*$") or ""
    for target in files.read(page):gmatch("%]%(([^)#]+)%)") do
      if not target:find("^https?:") then
        lu.assertNotNil(lfs.attributes(folder .. target, "mode"), page .. " links to " .. target)
      end
    end
  end
end

function TestReadme.test_files_that_are_named_exist()
  local seen = 0
  for _, page in ipairs { "README.md", "CONTRIBUTING.md", "docs/architecture.md" } do
    for name in files.read(page):gmatch("`([%w_./-]+)`") do
      local room = name:match("^([%w_]+)/")
      local ours = false
      for _, one in ipairs(rooms) do ours = ours or room == one end
      if ours and not made_later[room .. "/"] and not name:find("my_op", 1, true) and name ~= "specs/x.lock"
        and name ~= "specs/x.lua" then
        lu.assertNotNil(lfs.attributes((name:gsub("/$", "")), "mode"), page .. " names " .. name)
        seen = seen + 1
      end
    end
  end
  lu.assertTrue(seen > 40, "only " .. seen .. " names were found: the pattern is wrong")
end

function TestReadme.test_make_words_exist()
  local makefile = files.read("Makefile")
  for _, page in ipairs(pages) do
    local text = files.read(page)
    for block in text:gmatch("\n```\n(.-)\n```") do text = text .. ("\n" .. block):gsub("\nmake ", "\n`make ") end
    for word in text:gmatch("`make ([a-z]+)") do
      lu.assertNotNil(makefile:find("\n" .. word .. ":", 1, true), page .. " says make " .. word)
    end
  end
end

function TestReadme.test_words_of_build_lua()
  local help = run("lua5.4 build.lua --help")
  for word in readme:gmatch("| `lua build%.lua ([a-z]+)") do
    lu.assertStrContains(help, word)
    local text, status = run("lua5.4 build.lua " .. word .. " --help")
    lu.assertEquals(status, 0, text)
  end
end

-- Exit codes and status words in README, docs/executable.md and the C that returns them.
function TestReadme.test_exit_codes_are_documented()
  local header = files.read("runtime/base/error.h")
  local codes = 0
  for name, number in header:gmatch("INGOT_([A-Z_]+) = (%d+)") do
    for _, page in ipairs { "README.md", "docs/executable.md" } do
      local at = files.read(page):find("\n| " .. number .. " | ", 1, true)
      lu.assertNotNil(at, page .. " lacks the exit code " .. name)
    end
    codes = codes + 1
  end
  lu.assertEquals(codes, 6)
  for status in files.read("docs/executable.md"):gmatch("\n| %d | [^\n]-| `([a-z_]+)` |") do
    lu.assertStrContains(readme, "`" .. status .. "`")
  end
end

-- The spec that README explains, put together again from its pieces, is the one that is shipped.
function TestReadme.test_the_explained_spec_is_the_shipped_one()
  local spec = require "generator.spec"
  local canonical = require "generator.spec.canonical"
  local part = readme:match("## An experiment, piece by piece\n(.-)\nA mistake is answered")
  local pieces = {}
  for piece in part:gmatch("```lua\n(.-)```") do pieces[#pieces + 1] = piece end
  lu.assertEquals(#pieces, 5)
  local told, errors = spec.parse(table.concat(pieces), "specs/resnet18_sgd.lua")
  lu.assertNil(errors and spec.format(errors))
  local shipped = assert(spec.load("specs/resnet18_sgd.lua"))
  for _, key in ipairs { "data", "features", "model", "train", "evaluate", "predict", "target" } do
    lu.assertEquals(canonical.text(told[key]), canonical.text(shipped[key]), key)
  end
end

-- ------------------------------------------------------------------ commands

-- The commands of README's blocks that are shell: a list of lines.
local function commands()
  local list, inside, fence = {}, false, nil
  for line in readme:gmatch("[^\n]*") do
    if line:find("^```") then
      inside, fence = not inside, line
    elseif inside and fence == "```" then
      line = line:gsub("%s+#.*$", "")
      if line:find("^lua ") or line:find("^%./out/") then list[#list + 1] = line end
    end
  end
  return list
end

-- An idx data set of 600 + 20 images of 28 x 28, two of each class after the other, in MNIST's names.
local function write_data(folder)
  for name, count in pairs { train = 600, t10k = 20 } do
    local pixels, labels = {}, {}
    for i = 1, count do
      labels[i] = string.char(i % 10)
      pixels[i] = string.rep(string.char(i % 10 * 25, 255 - i % 256), 392)
    end
    assert(files.write(folder .. "/" .. name .. "-images-idx3-ubyte",
      string.pack(">I4I4I4I4", 0x803, count, 28, 28) .. table.concat(pixels)))
    assert(files.write(folder .. "/" .. name .. "-labels-idx1-ubyte",
      string.pack(">I4I4", 0x801, count) .. table.concat(labels)))
  end
end

function TestReadme.test_commands_run()
  local here, place = lfs.currentdir(), os.tmpname()
  os.remove(place)
  assert(os.execute(("mkdir -p %s/data/fashion-mnist %s/specs %s/out out/.runtime"):format(place, place, place)))
  -- the runtime library is shared: its folder carries a hash of all that goes into it
  assert(os.execute(("ln -s %s/out/.runtime %s/out/.runtime"):format(here, place)))
  for _, name in ipairs { "build.lua", "generator", "runtime", "templates", "LICENSE" } do
    assert(os.execute(("ln -s %s/%s %s/%s"):format(here, name, place, name)))
  end
  assert(os.execute(("cp specs/fashion_mlp.lua %s/specs"):format(place)))
  write_data(place .. "/data/fashion-mnist")
  local isa = require("generator.toolchain.runtime").isa_here("x86-64-v4")
  local ran, ok, why = 0, true, nil
  for _, command in ipairs(commands()) do
    if command:find("fashion_mlp", 1, true) or command:find("^lua build%.lua promote") then -- the demo takes minutes
      if command:find("^lua build%.lua specs/") and isa ~= "x86-64-v4" then
        command = command .. " --set target.isa=" .. isa
      end
      local output, status = run(("cd %s && %s"):format(place, command:gsub("DIR", "sources")))
      ran = ran + 1
      if status ~= 0 then ok, why = false, command .. "\n" .. output end
      if ok and command:find("--json", 1, true) then
        local last = json.decode(output:match("([^\n]*)\n$") or "")
        ok = type(last) == "table" and last.status == "ok" and last.exit_code == 0 and last.metrics.test ~= nil
          and last.weights ~= nil and last.report ~= nil
        why = command .. " printed\n" .. output
      end
      if not ok then break end
    end
  end
  -- the executable's words and options, and what info says is linked
  local executable = place .. "/out/fashion_mlp"
  local help, words = run(executable .. " --help"), 0
  local said = run(executable .. " info"):match("libraries\n(.*)$") or ""
  local linked = run("readelf -d " .. executable)
  os.execute("rm -rf " .. place)
  lu.assertTrue(ok, why)
  lu.assertTrue(ran >= 5, ran .. " commands were found")
  for line in help:match("Words:\n(.-)\n\n"):gmatch("[^\n]+") do
    local word = line:match("^  (%a+)")
    lu.assertNotNil(readme:find("\n| `" .. word, 1, true), "README lacks the word " .. word)
    words = words + 1
  end
  local _, told = readme:match("\n| word | what it does |\n|[-|]+\n(.-\n)\n"):gsub("| `", "")
  lu.assertEquals(told, words, "rows in README's table of words")
  lu.assertTrue(words >= 10, words .. " words were found")
  local options = 0
  for option in help:gmatch("\n  (%-%-[a-z-]+)") do
    lu.assertNotNil(readme:find("`" .. option, 1, true), "README lacks the option " .. option)
    options = options + 1
  end
  lu.assertTrue(options >= 6, options .. " options were found")
  for line in said:gmatch("[^\n]+") do
    local name = line:match("^  ([%w_]+)")
    local object = ({ gomp = "libgomp", libc = "libc.so", m = "libm.so", png = "libpng16" })[name]
      or "lib" .. name .. ".so"
    lu.assertNotNil(linked:find(object, 1, true), name .. " is listed and not linked")
  end
end

os.exit(lu.LuaUnit.run())
