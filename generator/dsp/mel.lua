-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Windows and mel filter banks by the definitions of librosa 0.11 (filters.get_window, filters.mel)
-- and scipy (periodic windows of cosine sums). Computed in double; bank weights are rounded to float
-- twice, as the reference does.

local float = require("generator.dsp.float")

local mel = {}

local cosine_sums = { -- w[i] = sum over k of c[k] (-1)^k cos(2 pi k i / length)
  hann = { 0.5, 0.5 },
  hamming = { 0.54, 0.46 },
  blackman = { 0.42, 0.5, 0.08 },
  rectangular = { 1.0 },
}
mel.windows = { "hann", "hamming", "blackman", "rectangular" }

-- A periodic window of `length` values in the middle of `n_fft`, zeros around it.
function mel.window(name, length, n_fft)
  local window, left = {}, (n_fft - length) // 2
  for i = 1, n_fft do window[i] = 0.0 end
  for i = 0, length - 1 do
    local sum = 0.0
    for k, c in ipairs(cosine_sums[name]) do
      sum = sum + (k % 2 == 1 and c or -c) * math.cos(2 * math.pi * (k - 1) * i / length)
    end
    window[left + i + 1] = sum
  end
  return window
end

-- Slaney's Auditory Toolbox (1998): linear below 1 kHz, 27 steps per factor 6.4 above.
local linear_step, log_start_hz, log_step = 200.0 / 3, 1000.0, math.log(6.4) / 27.0
local log_start_mel = log_start_hz / linear_step

-- Hertz to mel and back. HTK: O'Shaughnessy's formula.
function mel.from_hz(hz, scale)
  if scale == "htk" then return 2595.0 * math.log(1.0 + hz / 700.0, 10) end
  if hz < log_start_hz then return hz / linear_step end
  return log_start_mel + math.log(hz / log_start_hz) / log_step
end

function mel.to_hz(m, scale)
  if scale == "htk" then return 700.0 * (10.0 ^ (m / 2595.0) - 1.0) end
  if m < log_start_mel then return m * linear_step end
  return log_start_hz * math.exp(log_step * (m - log_start_mel))
end

-- Triangular bands over the bins of an n_fft-point spectrum at `rate` Hz. Returns start[b] (bin from
-- 0), count[b], offset[b] into weights, weights; a band that falls between two bins has count 0.
function mel.bank(o)
  local low, high = mel.from_hz(o.fmin, o.scale), mel.from_hz(o.fmax, o.scale)
  local edge = {} -- Hz, n_mels + 2 of them
  for i = 0, o.n_mels + 1 do edge[i] = mel.to_hz(low + (high - low) * i / (o.n_mels + 1), o.scale) end
  local bank = { start = {}, count = {}, offset = {}, weights = {} }
  for b = 0, o.n_mels - 1 do
    local rise, fall = edge[b + 1] - edge[b], edge[b + 2] - edge[b + 1]
    local norm = o.norm == "slaney" and 2.0 / (edge[b + 2] - edge[b]) or 1.0
    local start, count, offset = 0, 0, #bank.weights
    for k = 0, o.n_fft // 2 do
      local hz = k * o.rate / o.n_fft
      local weight = math.max(0.0, math.min((hz - edge[b]) / rise, (edge[b + 2] - hz) / fall))
      weight = float.round(float.round(weight) * norm)
      if weight > 0 then
        if count == 0 then start = k end
        count = count + 1
        bank.weights[offset + count] = weight
      end
    end
    bank.start[b + 1], bank.count[b + 1], bank.offset[b + 1] = start, count, offset
  end
  return bank
end

return mel
