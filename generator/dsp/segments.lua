-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- How a sound is cut into segments: the formulas of runtime/dsp/segment.h, in the same integer
-- arithmetic, so that the number of samples follows from the lock alone. A rule is
-- { window_us, hop_us, target_rate, short_pad, tail_pad }.

local segments = {}

local function frames_of(microseconds, rate)
  return math.max(1, (microseconds * rate + 500000) // 1000000)
end

-- Seconds as written in a spec, to whole microseconds.
function segments.microseconds(seconds)
  return math.floor(seconds * 1e6 + 0.5)
end

-- Frames of a window at the target rate: the length of every segment.
function segments.samples(rule)
  return frames_of(rule.window_us, rule.target_rate)
end

-- How many segments a sound of `frames` frames at `rate` Hz gives.
function segments.count(rule, rate, frames)
  local window, hop = frames_of(rule.window_us, rate), frames_of(rule.hop_us, rate)
  if frames <= 0 then return 0 end
  if frames < window then return rule.short_pad and 1 or 0 end
  local whole = 1 + (frames - window) // hop
  local covered = (whole - 1) * hop + window
  return whole + ((rule.tail_pad and covered < frames and whole * hop < frames) and 1 or 0)
end

-- Target frame where segment k (from 0) begins.
function segments.start(rule, rate, k)
  local at = k * frames_of(rule.hop_us, rate)
  return at // rate * rule.target_rate + (2 * (at % rate) * rule.target_rate + rate) // (2 * rate)
end

return segments
