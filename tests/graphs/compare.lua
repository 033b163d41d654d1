-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- One random model through the compiler and beside itself:
--   plain      no optimising pass, plain C in double: the definition
--   passes     every pass, plain C in double: the same to 9 digits, or a pass is wrong; one in three
--              with gradient checkpointing
--   fast       every pass, the fast kernels and the libraries in float, for one instruction set
-- Compared are the logits in evaluation, logits, loss, every gradient and the running statistics in
-- training.

local compile = require "generator.compile"
local random_model = require "tests.graphs.random_model"
local runner = require "tests.support.graph_runner"

local M = {}

local TOLERANCE = { passes = 1e-9, fast = 2e-3 }

local function resolved(case, isa, backends, checkpointing)
  local classes = {}
  for i = 1, case.classes do classes[i] = tostring(i) end
  return {
    name = "random", classes = classes, task = "classification", outputs = case.classes,
    sample = { channels = case.channels, height = case.height, width = case.width }, model = case.model,
    train = { optimizer = { kind = "sgd", learning_rate = 0.1, momentum = 0.0, dampening = 0.0, weight_decay = 0.0,
                            nesterov = false }, loss = { kind = "cross_entropy" },
              gradient_checkpointing = checkpointing and "blocks" or "none" },
    batch = case.batch, tail = 0, evaluate = { batch_size = case.batch }, predict = { batch_size = 1 },
    target = { isa = isa, threads = 2, backends = backends },
  }
end

-- Values of every input and persistent tensor, by name: weights about as a trained network has them.
local function values_of(case, graphs)
  local values = {}
  for _, g in ipairs(graphs) do
    for _, list in ipairs { g.inputs, g.state } do
      for _, t in ipairs(list) do
        if not values[t.name] then
          local pick = random_model.pick(case.seed * 1000 + #t.name * 31 + t.id)
          local count = 1
          for _, size in ipairs(t.shape) do count = count * size end
          local list_of = {}
          local matrix = #t.shape > 1 and t.role == "parameter"
          local fan_in = matrix and (t.state.transposed and t.shape[1] or count / t.shape[1]) or 1
          local scale = matrix and math.sqrt(6 / fan_in) or 1
          for i = 1, count do
            local u = pick:bits() / 2 ^ 53
            if t.dtype == "i32" then
              list_of[i] = pick:int(0, case.classes - 1)
            elseif t.name:find("running_var", 1, true) then
              list_of[i] = 0.5 + u
            else
              list_of[i] = (2 * u - 1) * scale
            end
          end
          values[t.name] = list_of
        end
      end
    end
  end
  return values
end

local function run(case, registry, how)
  local result, errors = compile.compile(resolved(case, how.isa, how.backends, how.checkpointing), {
    registry = registry, graphs_only = true, real_size = how.real == "double" and 8 or 4, plain = how.plain,
    keep_gradients = true })
  if not result then return nil, "it does not compile: " .. tostring(errors[1].message) end
  local graphs = { result.graphs[1], result.graphs[2] }
  local ok, built = pcall(runner.build, { graphs = graphs, real = how.real, isa = how.isa, backends = how.backends,
    layout = result.context.layout, planned = true, flags = how.flags })
  if not ok then return nil, tostring(built) end
  local values, requests = values_of(case, graphs), {}
  for i, g in ipairs(graphs) do
    local given = {}
    for _, list in ipairs { g.inputs, g.state } do
      for _, t in ipairs(list) do given[t] = values[t.name] end
    end
    requests[i] = { entry = g.name, values = given, seed = 7, step = 3 }
  end
  local good, results = pcall(built.run, built, requests)
  built:close()
  if not good then return nil, tostring(results) end
  local train, evaluate = graphs[1], graphs[2]
  local list = {
    { "logits in evaluation", results[2](evaluate.outputs.logits) },
    { "logits in training", results[1](train.outputs.logits) },
    { "loss", results[1](train.outputs.loss) },
  }
  for _, t in ipairs(train.state) do
    if t.role == "parameter" then
      list[#list + 1] = { "gradient of " .. t.name, results[1](train.gradients[t.id]) }
    elseif t.role == "buffer" then
      list[#list + 1] = { t.name, results[1](t) }
    end
  end
  return list
end

local function differs(what, got, want, tolerance)
  -- a gradient that is zero by the mathematics (a bias before a batch norm) is rounding in both
  local largest = 0
  for _, entry in ipairs(want) do
    if entry[1]:find("^gradient") then
      for _, v in ipairs(entry[2]) do largest = math.max(largest, math.abs(v)) end
    end
  end
  for i, entry in ipairs(want) do
    local scale, worst = 1e-30, 0
    for _, v in ipairs(entry[2]) do scale = math.max(scale, math.abs(v)) end
    if entry[1]:find("^gradient") then scale = math.max(scale, largest * 1e-2) end
    for j, v in ipairs(entry[2]) do
      local d = math.abs(got[i][2][j] - v)
      worst = d ~= d and math.huge or math.max(worst, d)
    end
    if worst / scale > tolerance then
      return string.format("%s: %s is off by %g (allowed %g)", what, entry[1], worst / scale, tolerance)
    end
  end
end

--- nil where all agree, else what does not.
function M.problem(case, registry)
  local plain, why = run(case, registry,
    { real = "double", isa = "x86-64-v3", backends = { "c" }, plain = true, flags = "-O0" })
  if not plain then return "plain: " .. why end
  local passes
  passes, why = run(case, registry, { real = "double", isa = "x86-64-v3", backends = { "c" }, flags = "-O0",
    checkpointing = case.seed % 3 == 0 })
  if not passes then return "passes: " .. why end
  local text = differs("passes", passes, plain, TOLERANCE.passes)
  if text then return text end
  local isa = case.seed % 2 == 0 and runner.have_avx512() and "x86-64-v4" or "x86-64-v3"
  local fast
  fast, why = run(case, registry, { real = "float", isa = isa, backends = { "onednn", "openblas", "c" },
    flags = "-O1" })
  if not fast then return isa .. ": " .. why end
  return differs(isa, fast, plain, TOLERANCE.fast)
end

return M
