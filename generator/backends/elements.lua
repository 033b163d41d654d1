-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Kernels that go over a tensor's numbers one by one with a function of some cost: a plain one with libm, and
-- one in vectors with functions of ours (templates/vector_*.c), whose bits are the same everywhere.

local M = {}
local c = require "generator.backends.c"
local graph = require "generator.graph.graph"
local render = require("generator.base.render").render
local rows = require "generator.backends.rows"
local vector = require "generator.backends.vector"

--- File scope for plain kernels that need erfc in either precision.
M.erfc = "#define ERFC(x) _Generic((x), float : erfcf, double : erfc)(x)\n"
M.tanh = "#define TANH(x) _Generic((x), float : tanhf, double : tanh)(x)\n"

-- How many numbers, as C text: all, or those of the packed rows.
local function count(n, t)
  if not n.inputs.rows then return tostring(graph.count(t.shape)) end
  return string.format("%s * %d", rows.count(n, t), t.shape[#t.shape])
end

--- spec: `of` the port whose shape counts, `y` the output, `plain` an expression of element i, `fast` one of a
--- vector from i on of which `left` count (load_some), `support` and `plain_support` what they need, `work`
--- operations of an element.
function M.kernels(spec)
  return {
    c = {
      layout = "same",
      body = function(n, k)
        local t = n.inputs[spec.of]
        return render("const int count = ${count};\n${loop}\nfor (int i = 0; i < count; i++) ${y}[i] = ${value};\n", {
          count = n.inputs.rows and count(n, t) or k.count(t), y = spec.y, value = spec.plain,
          loop = c.simd_loop(graph.count(t.shape)),
        }), { spec.plain_support }
      end,
    },
    vector = {
      backend = "c", rank = 1, layout = "same",
      when = function(_, target) return target.fast end,
      body = function(n, k)
        local t = n.inputs[spec.of]
        local names = table.move(spec.support, 1, #spec.support, 3, { "vector", "vector_product" })
        return render([[
const int count = ${count};
${loop}
for (int i = 0; i < count; i += ${B}) {
    const int left = count - i;
    store_some(${y} + i, left, ${value});
}
]], { count = n.inputs.rows and count(n, t) or k.count(t), B = k.block, y = spec.y, value = spec.fast,
          loop = c.outer_loop(graph.count(t.shape) // k.block + 1, k.block * spec.work) }),
          vector.support(names, k.block)
      end,
    },
  }
end

return M
