-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Helpers for kernels written in plain C: loop headers that go parallel only where it pays, and the
-- kernel of a pointwise op.

local M = {}
local graph = require "generator.graph.graph"
local render = require("generator.base.render").render

--- Below this many elements a parallel region costs more than it gives (about 2 us a region).
M.parallel_threshold = 32768

--- Elements a tensor takes in memory: blocked layouts pad channels to a multiple of the block.
function M.physical_count(t, block)
  if t.layout ~= "blocked" then return graph.count(t.shape) end
  local padded = (t.shape[2] + block - 1) // block * block
  return t.shape[1] * padded * graph.count({ table.unpack(t.shape, 3) })
end

--- `#pragma` line for an element-wise loop of `count` iterations. Static chunks: the work of a
--- thread touches the same memory in every call.
function M.simd_loop(count)
  if count >= M.parallel_threshold then return "#pragma omp parallel for simd schedule(static)" end
  return "#pragma omp simd"
end

--- `#pragma` line for an outer loop of `iterations` iterations of `work` operations each.
function M.outer_loop(iterations, work, clauses)
  if iterations > 1 and iterations * work >= M.parallel_threshold then
    return "#pragma omp parallel for schedule(static)" .. (clauses and " " .. clauses or "")
  end
  return ""
end

--- `#pragma` line of an outer loop, where `condition` holds.
function M.parallel(condition, clause)
  return condition and "#pragma omp parallel for schedule(static)" .. (clause or "") or ""
end

--- One table of the values of several, the later ones first.
function M.merged(...)
  local all = {}
  for _, t in ipairs { ... } do
    for key, v in pairs(t) do all[key] = v end -- copied by key: order does not matter
  end
  return all
end

--- C text of the value of `port`, an image of that shape with `lanes` channels to each of `blocks` blocks: at sample n,
--- channel c, row and column, by these names.
function M.pixel(port, shape, lanes, blocks)
  return render("${port}[(((n * ${CB} + c / ${B}) * ${H} + row) * ${W} + column) * ${B} + c % ${B}]",
    { port = port, B = lanes, CB = blocks, H = shape[3], W = shape[4] })
end

--- The expression of a pointwise op with its attributes as numbers and its ports as `elements` says
--- ({ port = text }).
function M.pointwise_expression(op, attrs, elements)
  local filled = {}
  for port, text in pairs(elements) do filled[port] = text end -- copied by key: order does not matter
  for _, a in ipairs(op.attrs) do
    local v = attrs[a.name]
    if math.type(v) then filled[a.name] = "(real)" .. render("${v}", { v = v + 0.0 }) end
  end
  return render(op.pointwise, filled)
end

--- ReLU of the value `v` (C text that may stand twice), with an upper bound where `ceiling` is given.
function M.rectified(v, ceiling)
  local text = v .. " <= 0 ? 0 : " .. v
  if not ceiling then return text end
  return render("${v} <= 0 ? 0 : ${v} >= ${ceiling} ? ${ceiling} : ${v}", { v = v, ceiling = ceiling })
end

--- Whether that ReLU's gradient passes, from its input or its output.
function M.passes(v, ceiling)
  return render("((${v} > 0) & (${v} < ${ceiling}))", { v = v, ceiling = ceiling })
end

--- The kernel of a pointwise op: one loop, `expression` with holes for the ports' elements.
function M.pointwise_kernel(op)
  return {
    layout = "same", bf16 = true,
    body = function(n, k)
      local elements, y = {}, op.outputs[1]
      for _, port in ipairs(op.inputs) do
        port = port:gsub("%?$", "")
        elements[port] = n.inputs[port] and k.read(n.inputs[port], port .. "[i]")
      end
      local count = k.count(n.outputs[y])
      return render("${loop}\nfor (int i = 0; i < ${count}; i++) ${statement}\n", {
        loop = M.simd_loop(count), count = count,
        statement = k.write(n.outputs[y], y .. "[i]", M.pointwise_expression(op, n.attrs, elements)),
      })
    end,
  }
end

return M
