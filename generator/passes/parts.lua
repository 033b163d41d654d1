-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Inference of images works through its batch in parts, one after the other, where what a layer gives the next would
-- otherwise go through memory: networks with large images and few operations on them (MobileNet at 224x224) are as
-- fast as memory is, and samples of inference do not depend on each other. Where there is much to compute, a whole
-- batch shares the reading of weights and is left whole. Where all kernels are ours, each thread has parts of its own,
-- and memory for one (a slot), and no layer waits for another thread; a library keeps memory for its kernels that two
-- threads cannot share.

local M = {}
local graph = require "generator.graph.graph"

--- Below this many operations for each byte that convolutions read and write, memory decides: on two cores with AVX2
--- DenseNet-121 (65) is 1.3 times as fast in parts, MobileNet v2 (11) too, ResNet-50 (94) as much slower. And bytes of
--- the largest convolution's images that stay in the caches.
M.operations_per_byte, M.cache_bytes = 75, 8 * 1024 * 1024

--- In how many parts of like size the samples of an inference graph (as entries.inference built it) are computed.
function M.of(g, target)
  local x = g.inputs[1]
  if target.avx512 or not target.fast or not target.blocked then return 1 end -- not measured there
  if g.batch == 1 or not x or #x.shape ~= 4 or x.dtype ~= "f32" then return 1 end
  local operations, bytes, largest = 0, 0, 0
  for _, n in ipairs(g.nodes) do
    if n.op == "conv2d" then
      local moved = 4 * (graph.count(n.inputs.x.shape) + graph.count(n.outputs.y.shape))
      operations, bytes = operations + g.registry.conv2d.cost(n), bytes + moved
      largest = math.max(largest, moved)
    end
  end
  if bytes == 0 or largest <= M.cache_bytes or operations >= M.operations_per_byte * bytes then return 1 end
  local parts = 2
  while parts < g.batch and (g.batch % parts ~= 0 or largest > parts * M.cache_bytes) do parts = parts + 1 end
  return parts
end

--- Places behind the memory of a planned graph of one part: for the other slots (g.plan.slots of g.plan.slot_bytes),
--- then for the whole batch: g.plan.whole, a list of { tensor, input = whether it is one, bytes of a part, offset from
--- the arena's start of the first }.
function M.place(g, target, real_size)
  local libraries = false
  for _, n in ipairs(g.nodes) do
    libraries = libraries or n.phase == "compute" and n.kernel and n.kernel.definition.library ~= nil
  end
  g.plan.slots, g.plan.slot_bytes = libraries and 1 or math.min(target.threads, g.parts), g.plan.arena_bytes
  g.plan.arena_bytes = g.plan.slots * g.plan.arena_bytes
  g.plan.whole = {}
  for i, t in ipairs { g.inputs[1], g.outputs.logits, g.outputs.probabilities } do
    local bytes = graph.count(t.shape) * real_size
    g.plan.whole[i] = { tensor = t, input = i == 1, bytes = bytes, offset = g.plan.arena_bytes }
    g.plan.arena_bytes = g.plan.arena_bytes + (g.parts * bytes + 63) // 64 * 64
  end
end

return M
