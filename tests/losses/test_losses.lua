-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Ten steps of training with every loss, with clipped gradients and with groups of parameters against
-- the reference framework (tests/vectors/make_losses.py): whole training steps through every pass, in
-- double. And what evaluation reports, and the mistakes a spec can make with losses and groups.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require "luaunit"
local compile = require "generator.compile"
local json = require "generator.base.json"
local pipelines = require "tests.support.pipelines"
local registry = require("generator.spec.registry").default()
local runner = require "tests.support.graph_runner"
local safetensors = require "tests.support.safetensors"
local sorted = require "generator.base.sorted"
local spec = require "generator.spec"

local vectors, metadata = safetensors.read("tests/vectors/losses.safetensors")
local cases = assert(json.decode(metadata.cases))

local function model()
  return { kind = "sequential", { kind = "flatten" }, { kind = "linear", outputs = 5 }, { kind = "relu" },
           { kind = "linear", outputs = 3 } }
end

local function resolved(case, batch, real)
  local r = pipelines.images { model = model(), batch = batch, height = 2, width = 2, classes = 3,
    isa = "x86-64-v3", backends = { "c" }, optimizer = case.optimizer }
  r.train.loss, r.train.groups = case.loss, case.groups
  r.train.clip_gradient_norm, r.train.clip_gradient_value = case.clip_gradient_norm, case.clip_gradient_value
  r.task = case.data == "numbers" and "regression" or "classification"
  r.outputs, r.mixed = 3, case.data == "mixed"
  local made, errors = compile.compile(r, { registry = registry, graphs_only = true, real_size = real or 8 })
  return made, errors
end

-- (out, in) as saved to (in, out) as it lies in memory.
local function transposed(values, rows, columns)
  local out = {}
  for r = 1, rows do
    for c = 1, columns do out[(c - 1) * rows + r] = values[(r - 1) * columns + c] end
  end
  return out
end

local function in_memory(t, v) return t.transposed and transposed(v.values, v.shape[1], v.shape[2]) or v.values end

local function prepare(name, case)
  local made = resolved(case, 6)
  local g, layout = made.graphs[1], made.context.layout
  g.name = name
  local values = {}
  for i = 1, layout.count do values[i] = 0 end
  for _, t in ipairs(layout.tensors) do
    local v = t.role == "parameter" and in_memory(t, vectors["start." .. t.name])
    for i = 1, t.count do values[t.offset + i] = v and v[i] or t.init.a end
  end
  return { graph = g, layout = layout, values = values, case = case, name = name,
           state = { space = "state", offset = 0, shape = { layout.count }, dtype = "f32" } }
end

local function close(what, got, want, tolerance)
  local d = runner.difference(got, want)
  lu.assertTrue(d <= (tolerance or 1e-9), string.format("%s is off by %g", what, d))
end

TestTraining = {}

function TestTraining.test_ten_steps_equal_the_reference()
  local list, graphs, most, kinds = {}, {}, 0, {}
  for i, name in ipairs(sorted.keys(cases)) do
    list[i] = prepare(name, cases[name])
    graphs[i] = list[i].graph
    most = math.max(most, list[i].layout.count)
    kinds[cases[name].loss.kind] = true
  end
  for _, name in ipairs(registry:names_of("loss")) do
    lu.assertTrue(kinds[name], name .. " is compared with nothing")
  end
  local r = runner.build { graphs = graphs, real = "double", isa = "x86-64-v3", planned = true,
    layout = { offsets = {}, count = most }, flags = "-O0" }
  for step = 1, 10 do
    local requests = {}
    for i, c in ipairs(list) do
      local values = { [c.state] = c.values }
      for _, t in ipairs(c.graph.inputs) do values[t] = vectors[t.name].values end
      requests[i] = { entry = c.name, step = step - 1, learning_rate = c.case.optimizer.learning_rate, values = values }
    end
    for i, read in ipairs(r:run(requests)) do
      local c = list[i]
      c.values = read(c.state)
      close(c.name .. ": loss " .. step, read(c.graph.outputs.loss), { vectors[c.name .. ".losses"].values[step] })
      local norms = vectors[c.name .. ".norms"]
      lu.assertEquals(norms ~= nil, c.graph.outputs.gradient_norm ~= nil, c.name)
      if norms then close(c.name .. ": norm", read(c.graph.outputs.gradient_norm), { norms.values[step] }) end
      for _, t in ipairs(step > 1 and step < 10 and {} or c.layout.tensors) do
        if t.role == "parameter" then
          local want = vectors[c.name .. (step == 1 and ".first." or ".") .. t.name]
          close(c.name .. ": " .. t.name .. " after step " .. step,
            table.move(c.values, t.offset + 1, t.offset + t.count, 1, {}), in_memory(t, want))
        end
      end
    end
  end
  r:close()
end

-- The norm and the clipped update have the same bits on one and two threads, also where the loops are
-- parallel.
function TestTraining.test_clipping_does_not_depend_on_the_threads()
  local r = pipelines.images { model = { kind = "sequential", { kind = "flatten" }, { kind = "linear", outputs = 96 },
    { kind = "linear", outputs = 10 } }, batch = 4, isa = "x86-64-v3", backends = { "c" } }
  r.train.clip_gradient_norm, r.train.groups = 0.01, { { match = "*.weight", weight_decay = 0.1 } }
  local made = compile.compile(r, { registry = registry, graphs_only = true })
  local g, layout = made.graphs[1], made.context.layout
  local run = runner.build { graphs = { g }, isa = "x86-64-v3", planned = true, layout = layout }
  local state = { space = "state", offset = 0, shape = { layout.count }, dtype = "f32" }
  local values, input = {}, {}
  for i = 1, layout.count do values[i] = math.sin(i * 0.7) / 20 end
  for i = 1, 4 * 784 do input[i] = math.cos(i * 1.3) end
  local requests = {}
  for threads = 1, 2 do
    requests[threads] = { entry = g.name, threads = threads, learning_rate = 0.1, values = { [state] = values,
      [g.inputs[1]] = input, [g.inputs[2]] = { 1, 5, 9, 0 } } }
  end
  local results = run:run(requests)
  run:close()
  lu.assertEquals(results[1](g.outputs.gradient_norm), results[2](g.outputs.gradient_norm))
  lu.assertEquals(results[1](state), results[2](state))
  lu.assertTrue(results[1](g.outputs.gradient_norm)[1] > 0.01)
end

TestReported = {}

function TestReported.test_probabilities()
  local found = {}
  for _, name in ipairs(registry:names_of("loss")) do
    local case = { loss = { kind = name, label_smoothing = 0, delta = 1 }, optimizer = cases.mse.optimizer }
    local g = assert(resolved(case, 4)).graphs[3]
    found[name] = g.outputs.probabilities.producer.op
    if registry.kinds[name].module.tasks.regression then
      case.data = "numbers"
      local entry = assert(resolved(case, 4)).graphs[3]
      lu.assertEquals(entry.outputs.probabilities == entry.outputs.logits, name ~= "binary_cross_entropy", name)
    end
  end
  lu.assertEquals(found, { binary_cross_entropy = "sigmoid", cross_entropy = "softmax", huber = "simplex",
    kl_divergence = "softmax", l1 = "simplex", mse = "simplex" })
end

TestGroups = {}

function TestGroups.test_each_group_is_one_loop_over_its_own_block()
  local made = assert(resolved(cases.sgd_everything, 6))
  local updates, parameters = {}, 0
  for _, n in ipairs(made.graphs[1].nodes) do
    if n.op == "optimizer_update" then
      updates[#updates + 1] = n.path
      lu.assertEquals(n.attrs.begin % 16, 0)
      parameters = parameters + n.attrs.count
    end
  end
  lu.assertEquals(updates, { "optimizer.group1", "optimizer.group2", "optimizer.group3" })
  lu.assertEquals({ parameters, made.context.layout.parameters }, { 43, 43 })
  -- groups do not change the order in which parameters draw their initial values
  local plain, names = assert(resolved(cases.cross_entropy, 6)).context.layout, {}
  for i, t in ipairs(made.context.layout.tensors) do if i <= 4 then names[i] = t.name end end
  for i, t in ipairs(plain.tensors) do if i <= 4 then lu.assertEquals(names[i], t.name) end end
end

function TestGroups.test_patterns_that_do_not_fit_the_model()
  local function message(groups)
    local made, errors = resolved({ loss = cases.mse.loss, optimizer = cases.mse.optimizer, groups = groups }, 6)
    lu.assertNil(made)
    return errors[1].field .. ": " .. errors[1].message
  end
  lu.assertEquals(message { { match = "*.bias", weight_decay = 0 }, { match = "*.biass", weight_decay = 0 } },
    'train.groups[2].match: "*.biass" matches no tensor of the model; the nearest: "*.bias", "1.bias", "3.bias"')
  lu.assertEquals(message { { match = "*", weight_decay = 0 }, { match = "head", weight_decay = 0 } },
    "train.groups[2].match: means nothing that the groups before it leave: the first that matches a parameter has it")
end

local function parse(train)
  local e, errors = spec.parse('return experiment { data = idx { path = "d", split = given {} },\n'
    .. "features = pixels {}, model = sequential { flatten {} }, train = { epochs = 1, batch_size = 1,\n" .. train
    .. " } }", "x.lua")
  return e, errors and spec.format(errors)
end

function TestGroups.test_mistakes_in_a_spec()
  local function message(train) return select(2, parse(train)) end
  lu.assertNil(message "optimizer = adamw {}, groups = { { match = 'vectors', weight_decay = 0 } }")
  lu.assertEquals(
    message "optimizer = adamw {},\ngroups = { { match = 'head', eps = 1 },\n{ match = 'a', momentum = 0 } }",
    "x.lua:5: train.groups[2].momentum: `adamw` has no such field; a group of it can set learning_rate, weight_decay, "
    .. "beta1, beta2, eps")
  lu.assertEquals(message "optimizer = adamw {}, groups = { { match = 'head' } }",
    "x.lua:3: train.groups[1]: changes nothing: it has `match` alone")
  lu.assertStrContains(message "optimizer = adamw {}, groups = { { eps = 1 } }", "train.groups[1].match")
  lu.assertStrContains(message "optimizer = adamw {}, groups = {}", "needs at least 1 entry, has 0")
  lu.assertStrContains(message "optimizer = adamw {}, groups = { { match = 3, eps = 1 } }", "train.groups[1].match")
  lu.assertStrContains(message "optimizer = adamw {}, groups = { { match = 'a', rate = 1 } }",
    "train.groups[1].rate: unknown field of `groups`")
  lu.assertStrContains(message "optimizer = adamw {}, groups = { { match = 'a', weight_decay = -1 } }",
    "must be at least 0, is -1")
  lu.assertStrContains(message("optimizer = sgd { learning_rate = 1, momentum = 0.5, nesterov = true }, "
      .. "groups = { { match = 'a', momentum = 0 } }"),
    "train.groups[1]: makes `nesterov` wrong: it needs `momentum` above 0")
  lu.assertStrContains(message "optimizer = adamw {}, clip_gradient_norm = 0",
    "train.clip_gradient_norm: must be above 0, is 0")
  lu.assertStrContains(message "optimizer = adamw {}, clip_gradient_value = -2",
    "train.clip_gradient_value: must be above 0, is -2")
end

function TestGroups.test_mistakes_in_losses()
  local function message(loss) return select(2, parse("optimizer = adam {}, loss = " .. loss)) end
  lu.assertNil(message "mse {}")
  lu.assertStrContains(message "cross_entropy { label_smoothing = 2 }",
    "train.loss.label_smoothing: must be from 0 to 1")
  lu.assertStrContains(message "cross_entropy { class_weights = { 1, 0 } }",
    "train.loss.class_weights[2]: must be above 0, is 0")
  lu.assertStrContains(message "huber { delta = 0 }", "train.loss.delta: must be above 0, is 0")
  lu.assertStrContains(message "binary_cross_entropy { pos_weight = 'x' }", "train.loss.pos_weight")
end

os.exit(lu.LuaUnit.run())
