-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- End-to-end tests: a folder of one's own with small data, specs built by the real build.lua, the
-- executables run, and what they print and write looked at. The runtime library is built once in the
-- repository's out/ and shared (its folder carries a hash of all that goes into it).
--
--   local bench = e2e.new()                        -- a folder; bench:remove() at the end
--   local built = bench:build("specs/x.lua", "--set train.epochs=2")
--   local ran = bench:exec(built, "run --json")     -- { status, out, err, last = decoded last line }

local files = require("generator.base.files")
local json = require("generator.base.json")
local runtime = require("generator.toolchain.runtime")
local sha256 = require("generator.toolchain.sha256")
local shell = require("generator.toolchain.shell")
local sorted = require("generator.base.sorted")

local M = { isa = runtime.isa_here("x86-64-v4") }
local Bench = {}
Bench.__index = Bench

local root = assert(shell.real_path("."))

--- A new bench: a temporary folder whose out/.runtime and out/.objects are those of the repository.
function M.new()
  local self = setmetatable({ folder = assert(shell.temporary_folder("/tmp")), calls = 0 }, Bench)
  assert(shell.make_folder(root .. "/out/.runtime"))
  assert(shell.make_folder(self.folder .. "/out"))
  assert(shell.make_folder(root .. "/out/.objects"))
  for _, name in ipairs { ".runtime", ".objects" } do
    self:shell("ln -s " .. shell.quote(root .. "/out/" .. name) .. " out/" .. name)
  end
  return self
end

function Bench:remove()
  shell.remove_folder(self.folder)
end

function Bench:path(relative)
  return self.folder .. "/" .. relative
end

function Bench:write(relative, text)
  local parent = relative:match("^(.*)/")
  if parent then assert(shell.make_folder(self:path(parent))) end
  assert(files.write(self:path(relative), text))
end

function Bench:read(relative)
  return files.read(self:path(relative))
end

function Bench:exists(relative)
  return files.exists(self:path(relative))
end

function Bench:sha256(relative)
  return assert(sha256.files(self.folder, { relative }))[relative]
end

--- Names of what lies below a folder, in byte order.
function Bench:list(relative)
  return shell.list_files(self:path(relative))
end

-- The last line that is not empty, decoded where it is JSON.
local function last_of(text)
  local line
  for one in text:gmatch("[^\n]+") do line = one end
  return line and line:find("^{") and json.decode(line) or nil
end

-- What a command may use to wait for what another process does, however fast the machine is: soon 'CONDITION',
-- looked at until it holds, for five minutes at most.
local soon = 'soon() { n=0; until eval "$1"; do n=$((n + 1)); [ $n -lt 15000 ] || exit 8; sleep 0.02; done; }'

--- Runs a shell command in the folder; waiting threads sleep unless `environment` says otherwise.
--- Returns { status, out, err, last }; a signal n gives status 128 + n.
function Bench:shell(command, environment)
  self.calls = self.calls + 1
  local base = string.format("%s/.call%d", self.folder, self.calls)
  local _, how, status = os.execute(string.format("cd %s && { %s\n%s\n%s\n} >%s.out 2>%s.err </dev/null",
    shell.quote(self.folder), environment or "export OMP_WAIT_POLICY=passive", soon, command, base, base))
  local ran = { status = how == "exit" and status or 128 + status, out = files.read(base .. ".out"),
    err = files.read(base .. ".err") }
  ran.last = last_of(ran.out)
  os.remove(base .. ".out")
  os.remove(base .. ".err")
  return ran
end

--- Runs build.lua with `arguments`; { status, out, err, last }.
function Bench:build_lua(arguments)
  return self:shell("exec lua5.4 " .. shell.quote(root .. "/build.lua") .. " " .. arguments)
end

--- Builds a spec (on this machine's instruction set) and returns what build.lua says of it; an error
--- where that fails.
function Bench:build(spec, arguments)
  local ran = self:build_lua(string.format("%s --json --set 'target.isa=\"%s\"' %s", shell.quote(spec), M.isa,
    arguments or ""))
  if ran.status ~= 0 then
    error(string.format("building %s: exit code %d\n%s%s", spec, ran.status, ran.err, ran.out), 2)
  end
  ran.last.folder = ran.last.path:gsub("^out/", "")
  return ran.last
end

--- Runs an executable that build returned, with `arguments` as the shell reads them.
function Bench:exec(built, arguments, environment)
  return self:shell("exec ./" .. shell.quote(built.path) .. " " .. arguments, environment)
end

--- The program of tests/support/helpers.c.
function Bench:helpers()
  if not self.helpers_path then
    local path = self:path(".helpers")
    local ran = self:shell(shell.command { "gcc", "-O1", "-o", path, root .. "/tests/support/helpers.c" }
      .. " -lsndfile -lm")
    assert(ran.status == 0, ran.err)
    self.helpers_path = path
  end
  return self.helpers_path
end

-- ------------------------------------------------------------------ data

--- A RIFF file of `frames` (numbers in -1 … 1; all channels the same). `sample` is "i16" or "f32".
function M.wav(frames, rate, channels, sample)
  local float = sample == "f32"
  local width, parts = float and 4 or 2, {}
  for i, value in ipairs(frames) do
    local one = float and string.pack("<f", value) or string.pack("<i2", math.floor(value * 32767 + 0.5))
    parts[i] = one:rep(channels)
  end
  local body = table.concat(parts)
  local format = string.pack("<I2I2I4I4I2I2", float and 3 or 1, channels, rate, rate * channels * width,
    channels * width, width * 8)
  return "RIFF" .. string.pack("<I4", 36 + #body) .. "WAVEfmt " .. string.pack("<I4", 16) .. format .. "data"
    .. string.pack("<I4", #body) .. body
end

--- `seconds` of a tone.
function M.tone(hz, rate, seconds, loudness)
  local frames = {}
  for i = 0, math.floor(seconds * rate + 0.5) - 1 do
    frames[i + 1] = (loudness or 0.5) * math.sin(2 * math.pi * hz * i / rate)
  end
  return frames
end

--- Sounds of three classes that differ in pitch, `each` of a second and a bit, under `relative`.
function Bench:sounds(relative, each)
  local pitch = { high = 2400, low = 300, middle = 900 }
  for _, class in ipairs { "high", "low", "middle" } do
    for i = 1, each do
      local hz = pitch[class] * (0.8 + 0.4 * i / each)
      self:write(string.format("%s/%s/%02d.wav", relative, class, i), M.wav(M.tone(hz, 8000, 1.1, 0.1 + 0.02 * i),
        8000, 1, "i16"))
    end
  end
end

--- One sound through libsndfile: format wav, flac or ogg.
function Bench:sound(relative, format, rate, channels, seconds, hz)
  assert(shell.make_folder(self:path(relative:match("^(.*)/"))))
  local ran = self:shell(shell.command { self:helpers(), "sound", relative, format, tostring(rate),
    tostring(channels), tostring(seconds), tostring(hz) })
  assert(ran.status == 0, ran.err)
end

--- The bytes of an idx file: `sizes` of its dimensions, `bytes` of its values.
function M.idx(sizes, bytes)
  local head = { string.char(0, 0, 8, #sizes) }
  for _, size in ipairs(sizes) do head[#head + 1] = string.pack(">I4", size) end
  return table.concat(head) .. bytes
end

--- Images of `side` x `side` in `classes` classes, record i of class i % classes: a bright bar at a
--- place of its class over noise of a fixed sequence.
function Bench:images(relative, train, test, side, classes)
  local state = 12345
  local function noise()
    state = (state * 1103515245 + 12345) % 2147483648
    return state // 65536 % 48
  end
  for name, count in sorted.pairs { train = train, t10k = test } do
    local pixels, labels = {}, {}
    for i = 0, count - 1 do
      local class = i % classes
      labels[#labels + 1] = string.char(class)
      local first = class * side // classes
      local last = (class + 1) * side // classes - 1
      local rows = {}
      for y = 0, side - 1 do
        local row = {}
        for x = 0, side - 1 do row[x + 1] = string.char(noise() + (y >= first and y <= last and 180 or 0)) end
        rows[y + 1] = table.concat(row)
      end
      pixels[#pixels + 1] = table.concat(rows)
    end
    self:write(relative .. "/" .. name .. "-images-idx3-ubyte", M.idx({ count, side, side }, table.concat(pixels)))
    self:write(relative .. "/" .. name .. "-labels-idx1-ubyte", M.idx({ count }, table.concat(labels)))
  end
end

-- ------------------------------------------------------------------ specs

-- `text` with the fields of `changes` in place of its $names.
local function filled(text, defaults, changes)
  return (text:gsub("%$(%w+)", function(name)
    return changes and changes[name] or defaults[name] or error("no default for " .. name)
  end))
end

--- A small convolutional network on sounds; `changes` replaces parts of the text.
function M.audio_spec(changes)
  return filled([[
return experiment {
  data = audio_folder { path = "$path", split = $split, $data },
  features = mel_spectrogram {
    sample_rate = 8000, segment_seconds = 0.512, n_fft = 256, hop_length = 256, n_mels = 16, top_db = 80,
    normalise = "standardise", $features
  },
  model = sequential {
    conv2d { channels = 8, kernel_size = 3, padding = 1, bias = false }, batch_norm {}, relu {},
    max_pool { kernel_size = 2 },
    conv2d { channels = 8, kernel_size = 3, padding = 1 }, relu {},
    global_avg_pool {}, linear { outputs = $outputs },
  },
  train = { optimizer = sgd { learning_rate = 0.1, momentum = 0.9 }, epochs = 6, batch_size = 8, seed = 3 },
  evaluate = { batch_size = 5 },
  target = { threads = 2, backends = $backends },
}
]], { path = "sounds", split = "by_fraction { validation = 0.2, test = 0.2, seed = 1 }", data = "", features = "",
    outputs = "3", backends = '{ "onednn", "openblas", "c" }' }, changes)
end

--- A small multilayer perceptron on images; 25 of 30 training records are trained on, 10 at a time.
function M.image_spec(changes)
  return filled([[
return experiment {
  data = idx { path = "$path", split = given { validation = 5 / 30 } },
  features = pixels { scale = 1 / 255 },
  model = sequential { $model },
  train = { optimizer = $optimizer, epochs = 5, batch_size = 10, seed = 7 },
  target = { threads = 2, backends = $backends },
}
]], { path = "images", model = "flatten {}, linear { outputs = 16 }, relu {}, linear { outputs = 3 }",
    optimizer = "adam { learning_rate = 0.01 }", backends = '{ "c" }' }, changes)
end

return M
