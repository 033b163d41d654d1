-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The generator's segment formulas against the runtime's (compiled here), on drawn and edge cases.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require("luaunit")
local segments = require("generator.dsp.segments")

TestSegments = {} -- luacheck: globals TestSegments

local function cases()
  local list, state = {}, 1
  local function draw(n) -- 0 … n - 1, the same every time
    state = (state * 6364136223846793005 + 1442695040888963407)
    return (state >> 33) % n
  end
  local rates = { 1, 4001, 8000, 11025, 16000, 22050, 44100, 48000, 192000, 1000000 }
  for i = 1, 3000 do
    local rule = {
      window_us = 1 + draw(i % 3 == 0 and 100 or 40000000), hop_us = 1 + draw(i % 5 == 0 and 100 or 40000000),
      target_rate = rates[1 + draw(#rates)], short_pad = draw(2) == 1, tail_pad = draw(2) == 1,
    }
    local rate = rates[1 + draw(#rates)]
    local window = math.max(1, (rule.window_us * rate + 500000) // 1000000)
    local hop = math.max(1, (rule.hop_us * rate + 500000) // 1000000)
    local frames = draw(2) == 0 and draw(1 << 31) or math.max(0, window + draw(5) * hop + draw(3) - 1)
    list[i] = { rule = rule, rate = rate, frames = frames, k = draw(100000) }
  end
  return list
end

function TestSegments.test_as_the_runtime()
  local base = os.tmpname()
  local build = "gcc -std=gnu11 -O2 -Wall -Werror -Iruntime tests/dsp/print_segments.c runtime/dsp/segment.c -o "
    .. base .. ".exe"
  lu.assertTrue(os.execute(build))
  local list = cases()
  local handle = assert(io.open(base, "w"))
  for _, c in ipairs(list) do
    local r = c.rule
    handle:write(("%d %d %d %d %d %d %d %d\n"):format(r.window_us, r.hop_us, r.target_rate,
      r.short_pad and 1 or 0, r.tail_pad and 1 or 0, c.rate, c.frames, c.k))
  end
  handle:close()
  local pipe = assert(io.popen(base .. ".exe < " .. base))
  local compared = 0
  for line in pipe:lines() do
    compared = compared + 1
    local c = list[compared]
    lu.assertEquals(("%d %d %d"):format(segments.count(c.rule, c.rate, c.frames),
      segments.start(c.rule, c.rate, c.k), segments.samples(c.rule)), line)
  end
  pipe:close()
  os.remove(base)
  os.remove(base .. ".exe")
  lu.assertEquals(compared, #list)
end

function TestSegments.test_microseconds()
  lu.assertEquals(segments.microseconds(1.5), 1500000)
  lu.assertEquals(segments.microseconds(1 / 3), 333333)
  lu.assertEquals(segments.microseconds(30), 30000000)
end

os.exit(lu.LuaUnit.run())
