-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- A 64-bit hash of a text under a seed: FNV-1a over the bytes, finished by the mixer of SplitMix64
-- (Steele, Lea and Flood 2014). For orders drawn by chance that must be the same everywhere and not
-- change for the others when one thing is added; not for digests.

local hash = {}

-- A bijection of 64-bit integers without visible structure.
function hash.mix(x)
  x = x + 0x9e3779b97f4a7c15
  x = (x ~ (x >> 30)) * 0xbf58476d1ce4e5b9
  x = (x ~ (x >> 27)) * 0x94d049bb133111eb
  return x ~ (x >> 31)
end

-- Hash of `text`; compare with math.ult, it is unsigned.
function hash.text(seed, text)
  local h = 0xcbf29ce484222325
  for i = 1, #text do h = (h ~ text:byte(i)) * 0x100000001b3 end
  return hash.mix(h ~ hash.mix(seed))
end

return hash
