-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What losses compare with, for the op files of losses and the kinds that build them. In classification the
-- target of a row is the one-hot vector of its class, or, where samples were mixed (Zhang et al. 2018), mix of the
-- first class's and 1 - mix of the second's; in regression it is given.
--
-- Ports: logits (N, C) and labels (N), with mixed samples labels2 (N) and mix (N), or targets (N, C).

local M = {}
local graph = require "generator.graph.graph"
local render = require("generator.base.render").render

M.classes = { "logits", "labels", "labels2?", "mix?" }
M.any = { "logits", "labels?", "labels2?", "mix?", "targets?" }

--- Shape rule of a loss: logits and what they are compared with → loss (1) and dlogits.
function M.infer(n)
  local i = n.inputs
  local s = i.logits.shape
  if #s ~= 2 then return nil, "expects logits (batch, outputs), found " .. graph.shape_text(s) end
  if i.targets then
    if graph.shape_text(i.targets.shape) ~= graph.shape_text(s) then
      return nil, string.format("logits %s do not fit targets %s", graph.shape_text(s),
        graph.shape_text(i.targets.shape))
    end
    if i.labels or i.labels2 or i.mix then return nil, "takes labels or targets, not both" end
  else
    if not i.labels then return nil, "needs labels or targets" end
    if (i.labels2 == nil) ~= (i.mix == nil) then return nil, "needs both of labels2 and mix, or neither" end
    for _, port in ipairs { "labels", "labels2", "mix" } do
      local t = i[port]
      if t and (#t.shape ~= 1 or t.shape[1] ~= s[1]) then
        return nil, string.format("logits %s do not fit %s %s", graph.shape_text(s), port, graph.shape_text(t.shape))
      end
    end
  end
  return { loss = { shape = { 1 } }, dlogits = { shape = s } }
end

--- Why a list with one number per output does not fit; nil where it does.
function M.misfit(list, outputs, what)
  if type(list) == "table" and #list ~= outputs then
    return string.format("has %d number%s, the model has %d %s", #list, #list == 1 and "" or "s", outputs, what)
  end
end

--- A list of numbers as a C array of `real` that belongs to the function.
function M.array(name, list)
  local numbers = {}
  for i, v in ipairs(list) do numbers[i] = render("${v}", { v = v + 0.0 }) end
  local lines, line = {}, "   "
  for _, number in ipairs(numbers) do
    local item = " (real)" .. number .. ","
    if #line + #item > 92 then lines[#lines + 1], line = line, "   " end
    line = line .. item
  end
  lines[#lines + 1] = line
  return render("static const real ${name}[] = {\n${lines}\n};\n", { name = name, lines = table.concat(lines, "\n") })
end

--- The reference's target `t`, for the `reference` of an op.
M.reference = [[
if targets is not None:
    t = targets.detach()
else:
    t = F.one_hot(labels, logits.shape[1]).to(logits)
    if mix is not None:
        share = mix.detach()[:, None]
        t = share * t + (1 - share) * F.one_hot(labels2, logits.shape[1]).to(logits)
]]

--- Test cases that meet every form of the target; `attrs` belong to each.
function M.tests(attrs, with_targets)
  local list = {
    { logits = { 4, 5 }, int = { labels = { 4, max = 4 } }, attrs = attrs },
    { logits = { 6, 3 }, mix = { 6 }, int = { labels = { 6, max = 2 }, labels2 = { 6, max = 2 } }, share = { "mix" },
      attrs = attrs },
  }
  if with_targets then list[3] = { logits = { 3, 7 }, targets = { 3, 7 }, attrs = attrs } end
  return list
end

--- The `build` of a loss kind (losses/cross_entropy.lua): one node of `op`, with those of the kind's fields that are
--- named as its attributes.
function M.build(op, ...)
  local names = { ... }
  return function(g, logits, target, o)
    local attrs = {}
    for _, name in ipairs(names) do attrs[name] = o[name] end
    return g:node(op, "loss", { logits = logits, labels = target.labels, labels2 = target.labels2, mix = target.mix,
      targets = target.targets }, attrs).loss
  end
end

--- Its `probabilities` by an op of the logits.
function M.probabilities(op)
  return function(g, logits) return g:node(op, "probabilities", { x = logits }).y end
end

--- The `probabilities` of a loss that compares numbers: in classification the distribution nearest to them.
function M.nearest(g, logits, _, task)
  if task == "regression" then return logits end
  return g:node("simplex", "probabilities", { x = logits }).y
end

--- A loss that is the mean over all elements of a function of x (the model's output) and t (the
--- target): `text` declares `const real value` and `slope`, its derivative by x; it may use i, the output.
--- `constants` are declared before the loop. The sum is kept in double, in order.
function M.elementwise(n, text, constants)
  local s = n.inputs.logits.shape
  local target = "(real)(i == labels[n])"
  if n.inputs.targets then
    target = "targets[at]"
  elseif n.inputs.mix then
    target = "(i == labels[n] ? mix[n] : 0) + (i == labels2[n] ? 1 - mix[n] : 0)"
  end
  return render([[
${constants}
double total = 0;
for (int n = 0; n < ${N}; n++)
    for (int i = 0; i < ${C}; i++) {
        const int at = n * ${C} + i;
        const real x = logits[at];
        const real t = ${target};
        ${text}
        total += (double)value;
        dlogits[at] = slope / ${count};
    }
loss[0] = (real)(total / ${count});
]], { N = s[1], C = s[2], count = s[1] * s[2], target = target, text = text, constants = constants or "" })
end

return M
