-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- BERT beside PyTorch eager (transformers' BertForSequenceClassification with its default attention and AdamW):
-- fine-tuning and inference, both sides with the same threads, in turns.
--
--   lua5.4 bench/bert.lua [--rounds N] [--seconds S] [--threads N] [--profile] [--length N] [size …]
--     size      minilm (6 layers of 384) or base (12 of 768); both where none is named
--     --length  tokens of each text (default 128); 0: from 32 to 128, padded for PyTorch
--     --profile where the time of Ingot's entries goes, without PyTorch
--
-- Entries are generated as a build generates them; bench/bert_bench.c times them, bench/peers/bert_peer.py the
-- other side. Ratios are medians of the rounds' ratios.

package.path = "./?.lua;./?/init.lua;" .. package.path

local compile = require "generator.compile"
local entry = require "generator.emit.entry"
local flags = require "generator.toolchain.flags"
local isas = require "generator.isas"
local json = require "dkjson"
local peers = require "bench.peers"
local pipelines = require "tests.support.pipelines"
local registry = require("generator.spec.registry").default()
local shell = require "generator.toolchain.shell"
local statistics = require "bench.statistics"

local sizes = {
  minilm = { layers = 6, hidden = 384, heads = 12, batch = 16 },
  base = { layers = 12, hidden = 768, heads = 12, batch = 8 },
}
local options = { rounds = 5, seconds = 2, threads = 2, length = 128, names = {} }
local at = 1
while arg[at] do
  local word = arg[at]:match("^%-%-(%l+)$")
  if word == "profile" or word == "cpu" then options[word] = true
  elseif word and options[word] and word ~= "names" then
    at = at + 1
    options[word] = assert(tonumber(arg[at]), "--" .. word .. " wants a number")
  elseif sizes[arg[at]] then options.names[#options.names + 1] = arg[at]
  else error("there is no option or size '" .. arg[at] .. "'", 0) end
  at = at + 1
end
if #options.names == 0 then options.names = { "minilm", "base" } end

local vocabulary, length = 30522, 128

local function resolved(size, inference_batch)
  local r = pipelines.images { model = { kind = "bert", layers = size.layers, hidden = size.hidden,
    heads = size.heads, max_position = 512, type_vocabulary = 2, dropout = 0.1, pooling = "cls", eps = 1e-12 },
    isa = require("generator.toolchain.runtime").isa_here("x86-64-v4"), batch = size.batch, classes = 2,
    optimizer = { kind = "adamw", learning_rate = 1e-5, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0.01,
                  amsgrad = false } }
  r.sample = { dtype = "i32", width = 1 + length, predict_width = 1 + length, row_cells = 1, row_limit = vocabulary }
  r.predict.batch_size, r.evaluate.batch_size = 1, inference_batch
  r.target.threads = options.threads
  return r
end

local function write(path, text)
  local f = assert(io.open(path, "w"))
  f:write(text)
  f:close()
end

-- Generates and compiles the entries of a size; returns the path of what times them.
local function build(name)
  local size, folder = sizes[name], "out/bench/bert"
  local r = resolved(size, 16)
  local result = assert(compile.compile(r, { registry = registry, graphs_only = true }))
  local layout, file = result.context.layout, entry.file(result.context.target)
  local rows, externs = {}, {}
  for _, g in ipairs(result.graphs) do
    entry.add(file, g)
    externs[#externs + 1] = ("extern const ingot_entry ingot_entry_%s;"):format(g.name)
    rows[#rows + 1] = ("&ingot_entry_%s"):format(g.name)
  end
  local constants = {}
  for _, t in ipairs(layout.tensors) do
    if t.role == "parameter" and t.init.kind == "constant" then
      constants[#constants + 1] = ("{%d, %d, %d}"):format(t.offset, t.count, t.init.a)
    end
  end
  shell.make_folder(folder)
  local base = folder .. "/" .. name
  write(base .. ".c", entry.text(file, "BERT, for bench/bert.lua") .. table.concat(externs, "\n") .. ([[

extern const ingot_entry *const bench_entries[];
extern const int bench_entry_count, bench_width, bench_vocabulary;
extern const size_t bench_state, bench_parameters;
const ingot_entry *const bench_entries[] = {%s};
const int bench_entry_count = %d, bench_width = %d, bench_vocabulary = %d;
const size_t bench_state = %d, bench_parameters = %d;
extern const int64_t bench_constants[][3];
extern const int bench_constant_count;
const int64_t bench_constants[][3] = {%s};
const int bench_constant_count = %d;
]]):format(table.concat(rows, ", "), #rows, 1 + length, vocabulary, layout.count, layout.span,
    table.concat(constants, ", "), #constants))
  local words = { "gcc", "-Iruntime", table.unpack(flags.compile(isas.by_name[r.target.isa].name, "generated")) }
  for _, word in ipairs { base .. ".c", "bench/bert_bench.c", "runtime/base/error.c" } do words[#words + 1] = word end
  for _, library in ipairs { "onednn", "openblas" } do
    if file.libraries[library] then
      local pipe = assert(io.popen("ls runtime/backends/" .. library .. "*.c"))
      for path in pipe:lines() do words[#words + 1] = path end
      pipe:close()
      words[#words + 1] = library == "onednn" and "-ldnnl" or "-lopenblas"
    end
  end
  for _, word in ipairs { "-lm", "-o", base } do words[#words + 1] = word end
  if not os.execute(shell.command(words)) then error(base .. " does not compile", 0) end
  return base
end

local function lines_of(words)
  local pipe, lines = assert(io.popen(shell.command(words))), {}
  for line in pipe:lines() do lines[#lines + 1] = line end
  if not pipe:close() then error(table.concat(words, " ") .. " fails", 0) end
  return lines
end

local python = peers.python()
local versions = python and not options.profile and peers.versions(python, { "torch", "transformers" })
print(("BERT, texts of %s tokens, %d threads%s"):format(options.length == 0 and "32 to 128" or options.length,
  options.threads, versions and "; " .. versions or ""))
for _, name in ipairs(options.names) do
  local program, size = build(name), sizes[name]
  local works = { { "train_step", size.batch, "fine-tuning" }, { "evaluate_step", 16, "inference" },
                  { "predict", 1, "inference" } }
  for _, work in ipairs(works) do
    local own = { program, work[1], tostring(options.threads), tostring(options.seconds), tostring(options.length) }
    if options.cpu then own[#own + 1] = "--cpu" end
    local title = ("%-7s %-12s batch %2d"):format(name, work[3], work[2])
    if options.profile then
      own[#own + 1] = "--profile"
      local lines = lines_of(own)
      print(("%s  %9.2f ms"):format(title, tonumber(lines[1])))
      table.remove(lines, 1)
      table.sort(lines, function(a, b) return tonumber(a:match("[%d.]+")) > tonumber(b:match("[%d.]+")) end)
      print(table.concat(lines, "\n"))
    elseif not python then
      print(("%s  %9.2f ms"):format(title, tonumber(lines_of(own)[1])))
    else
      local request = { own = own, rounds = options.rounds, seconds = options.seconds, threads = options.threads,
        length = options.length, most = length, batch = work[2], train = work[1] == "train_step", layers = size.layers,
        hidden = size.hidden, heads = size.heads, vocabulary = vocabulary }
      local result = json.decode(lines_of { python, "bench/peers/bert_peer.py", json.encode(request) }[1])
      local ratio, least, most = statistics.ratio(result.peer, result.own)
      print(("%s  Ingot %9.2f ms  PyTorch %9.2f ms  %.2fx (%.2f to %.2f)"):format(title,
        statistics.median(result.own), statistics.median(result.peer), ratio, least, most))
    end
    io.stdout:flush()
  end
end
