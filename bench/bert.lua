-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- BERT beside PyTorch eager (transformers' BertForSequenceClassification with its default attention and AdamW):
-- fine-tuning and inference, both sides with the same threads, in turns.
--
--   lua5.4 bench/bert.lua [--rounds N] [--seconds S] [--threads N] [--profile] [--cpu] [--only full|real] [size …]
--     size      minilm (6 layers of 384) or base (12 of 768); both where none is named
--     --only    full: texts of 128 random ids; real: 32 texts of data/topics, cut at 128 ids, which Ingot packs and
--               PyTorch pads to the longest of a batch; both where neither is named
--     --profile where the time of Ingot's entries goes, without PyTorch
--     --cpu     time of the processor on both sides, with one thread: for a machine that others use
--
-- Entries are generated as a build generates them; bench/bert_bench.c times them, bench/peers/bert_peer.py the
-- other side, round by round. Ratios are medians of the rounds' ratios. The share of the peak is that of the
-- operations of products and attention on full texts, over what bench/peak.c reached with as many threads.

package.path = "./?.lua;./?/init.lua;" .. package.path

local compile = require "generator.compile"
local entry = require "generator.emit.entry"
local flags = require "generator.toolchain.flags"
local isas = require "generator.isas"
local json = require "dkjson"
local peers = require "bench.peers"
local pipelines = require "tests.support.pipelines"
local programs = require "bench.programs"
local registry = require("generator.spec.registry").default()
local shell = require "generator.toolchain.shell"
local statistics = require "bench.statistics"

local sizes = {
  minilm = { layers = 6, hidden = 384, heads = 12, batch = 16 },
  base = { layers = 12, hidden = 768, heads = 12, batch = 8 },
}
local options = { rounds = 5, seconds = 2, threads = 2, only = false, names = {} }
local at = 1
while arg[at] do
  local word = arg[at]:match("^%-%-(%l+)$")
  if word == "profile" or word == "cpu" then options[word] = true
  elseif word == "only" then
    at = at + 1
    options.only = arg[at]
    assert(options.only == "full" or options.only == "real", "--only wants full or real")
  elseif word and tonumber(options[word]) then
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

-- 32 texts of data/topics as ids; nil where it is not there.
local function real_texts()
  local count = programs.texts("data/topics", "out/bench/topics")
  if count < 32 then return nil end
  assert(os.execute("zstd -dqf tests/vectors/text/vocab-bert.zst -o out/bench/vocab-bert"))
  lines_of { programs.compiled "bert_texts", "out/bench/vocab-bert", "out/bench/topics", tostring(count // 32),
    tostring(length), "out/bench/bert/texts", "101", "102" } -- [CLS] and [SEP] of that vocabulary
  return "out/bench/bert/texts"
end

-- What an operation counts as.
local groups = { linear = "products", linear_dx = "products", linear_dw = "products", panels = "weights into panels",
  attention = "attention", attention_dx = "attention", layer_norm = "layer norm, dropout and residual",
  layer_norm_dx = "layer norm, dropout and residual", optimizer_update = "optimizer", gelu_dx = "GELU's gradient",
  embedding = "embedding", embedding_dw = "embedding" }

local function print_profile(lines, full, peak)
  local order, sums, flops, total = {}, {}, {}, 0
  for i = 2, #lines do
    local op, _, milliseconds, operations = lines[i]:match("^(.-)\t(.-)\t(.-)\t(.-)$")
    local group = groups[op:match("^[%l_]+")] or "the rest"
    if not sums[group] then order[#order + 1], sums[group], flops[group] = group, 0, 0 end
    sums[group], flops[group] = sums[group] + tonumber(milliseconds), flops[group] + tonumber(operations)
    total = total + tonumber(milliseconds)
  end
  table.sort(order, function(a, b) return sums[a] > sums[b] end)
  for _, group in ipairs(order) do
    local counted = full and (group == "products" or group == "attention")
    print(("    %-34s %9.2f ms  %5.1f %%%s"):format(group, sums[group], 100 * sums[group] / total, counted
      and ("  %6.1f GFLOP/s, %.0f %% of the peak"):format(flops[group] / sums[group] * 1e-6,
        100 * flops[group] / sums[group] * 1e-6 / peak) or ""))
  end
end

-- Operations of a step on full texts: products, and attention's.
local function operations(size, batch, train)
  local ids, h = batch * length, size.hidden
  local products, attention = 2 * 12 * h * h * ids, 4 * length * h * ids
  return size.layers * (train and 3 * products + 3.5 * attention or products + attention)
end

shell.make_folder("out/bench/bert")
local python = peers.python()
local versions = python and not options.profile and peers.versions(python, { "torch", "transformers" })
local function peak()
  local text = lines_of { programs.compiled "peak", "--fma-only", tostring(options.threads) }[1]
  return json.decode(text).fma_gflops[tostring(options.threads)]
end
local most = peak()
print(("BERT, %d threads, peak %.0f GFLOP/s%s"):format(options.threads, most, versions and "; " .. versions or ""))
local kinds = {}
if options.only ~= "real" then kinds[1] = { title = "texts of 128 ids", full = true, texts = tostring(length) } end
if options.only ~= "full" then
  local path = real_texts()
  if path then kinds[#kinds + 1] = { title = "real texts", texts = path } end
end
for _, name in ipairs(options.names) do
  local program, size = build(name), sizes[name]
  local works = { { "train_step", size.batch, "fine-tuning" }, { "evaluate_step", 16, "inference" },
                  { "predict", 1, "inference" } }
  for _, kind in ipairs(kinds) do
    print(name .. ", " .. kind.title)
    for _, work in ipairs(works) do
      local own = { program, work[1], tostring(options.threads), tostring(options.seconds), kind.texts }
      if options.cpu then own[#own + 1] = "--cpu" end
      local title, train = ("  %-12s batch %2d"):format(work[3], work[2]), work[1] == "train_step"
      local flops = operations(size, work[2], train)
      if options.profile or not python then
        if options.profile then own[#own + 1] = "--profile" end
        local lines = lines_of(own)
        local milliseconds, share = lines[1]:match("(%S+) (%S+)")
        print(("%s  %9.2f ms%s"):format(title, tonumber(milliseconds), kind.full
          and ("  %.0f %% of the peak"):format(flops / tonumber(milliseconds) * 1e-4 / most)
          or (", %.0f %% of a padded batch are ids"):format(100 * tonumber(share))))
        print_profile(lines, kind.full, most)
      else
        local request = { own = own, rounds = options.rounds, seconds = options.seconds, threads = options.threads,
          length = length, texts = not kind.full and kind.texts or nil, most = length, batch = work[2], train = train,
          layers = size.layers, hidden = size.hidden, heads = size.heads, vocabulary = vocabulary,
          cpu = options.cpu or false }
        local result = json.decode(lines_of { python, "bench/peers/bert_peer.py", json.encode(request) }[1])
        local ratio, least, high = statistics.ratio(result.peer, result.own)
        local mine = statistics.median(result.own)
        print(("%s  Ingot %9.2f ms%s  PyTorch %9.2f ms  %.2fx (%.2f to %.2f)"):format(title, mine,
          kind.full and (" (%.0f %% of the peak)"):format(flops / mine * 1e-4 / most) or "",
          statistics.median(result.peer), ratio, least, high))
      end
      io.stdout:flush()
    end
  end
end
