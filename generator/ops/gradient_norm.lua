-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The Euclidean norm of all gradients as one vector, as torch.nn.utils.clip_grad_norm_ measures it
-- before it clips. Squares are added in double, in blocks of a fixed size whose sums are added in
-- order: the norm does not depend on the number of threads.

local c = require "generator.backends.c"
local clip = require "generator.backends.clip"
local render = require("generator.base.render").render

-- Elements of a block: at least 4096, and at most 1024 blocks to a part.
local function block_of(count) return math.max(4096, (count + 1023) // 1024) end

return {
  name = "gradient_norm",
  doc = "The Euclidean norm of all gradients, after clipping by value where both are asked for.",
  inputs = { "gradients" }, outputs = { "norm" },
  attrs = {
    { name = "parts", doc = "where gradients lie in their block: a list of { begin, count }" },
    { name = "clip_value", optional = true, doc = "bound of each gradient" },
  },
  infer = function() return { norm = { shape = { 1 } } } end,
  cost = function(n) return 2 * n.inputs.gradients.shape[1] end,
  grad = false,
  kernels = {
    c = {
      body = function(n)
        local loops = {}
        for i, part in ipairs(n.attrs.parts) do
          local size = block_of(part[2])
          local blocks = (part[2] + size - 1) // size
          loops[i] = render([[
{
    double sums[${blocks}];
    ${loop}
    for (int b = 0; b < ${blocks}; b++) {
        const int from = ${begin} + b * ${size};
        const int to = from + ${size} < ${stop} ? from + ${size} : ${stop};
        double sum = 0;
        #pragma omp simd reduction(+ : sum)
        for (int i = from; i < to; i++) {
            ${gradient}
            sum += (double)g * (double)g;
        }
        sums[b] = sum;
    }
    for (int b = 0; b < ${blocks}; b++) total += sums[b];
}
]], { blocks = blocks, begin = part[1], stop = part[1] + part[2], size = size, loop = c.outer_loop(blocks, size),
            gradient = clip.gradient(n.attrs.clip_value) })
        end
        return render("double total = 0;\n${loops}\nnorm[0] = (real)sqrt(total);\n",
          { loops = table.concat(loops) })
      end,
    },
  },
  reference = false, -- ten steps with clipping are compared in tests/losses
  tests = {},
}
