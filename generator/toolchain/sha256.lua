-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- SHA-256 (FIPS 180-4) of a string: of short ones in plain Lua, because starting a process costs more than the
-- hash; of long ones, and of files, by `sha256sum`, one process for all files of a call.

local files = require("generator.base.files")
local shell = require("generator.toolchain.shell")

local M = {}

-- The first 32 bits of the fractional parts of the roots of the first primes (FIPS 180-4, 4.2.2 and
-- 5.3.3), computed: cube roots of 64 primes, square roots of 8. Doubles hold them exactly.
local K, H0 = {}, {}
do
  local function bits(x)
    return math.floor((x - math.floor(x)) * 4294967296.0)
  end
  local n = 2
  while #K < 64 do
    local prime = true
    for d = 2, math.floor(math.sqrt(n)) do
      if n % d == 0 then prime = false break end
    end
    if prime then
      if #H0 < 8 then H0[#H0 + 1] = bits(math.sqrt(n)) end
      -- one Newton step removes the last-bit error of pow
      local c = n ^ (1 / 3)
      c = c - (c * c * c - n) / (3 * c * c)
      K[#K + 1] = bits(c)
    end
    n = n + 1
  end
end

local function block(h, text, position, w)
  for i = 1, 16 do w[i] = string.unpack(">I4", text, position + (i - 1) * 4) end
  for i = 17, 64 do
    local x, y = w[i - 15], w[i - 2]
    -- a word doubled to 64 bits makes a rotation one shift
    x, y = x | x << 32, y | y << 32
    local s0 = (x >> 7 ~ x >> 18 ~ (x & 0xffffffff) >> 3)
    local s1 = (y >> 17 ~ y >> 19 ~ (y & 0xffffffff) >> 10)
    w[i] = (w[i - 16] + s0 + w[i - 7] + s1) & 0xffffffff
  end
  local a, b, c, d, e, f, g, j = table.unpack(h)
  for i = 1, 64 do
    local ee, aa = e | e << 32, a | a << 32
    local t1 = j + ((ee >> 6 ~ ee >> 11 ~ ee >> 25) & 0xffffffff) + (e & f ~ ~e & g) + K[i] + w[i]
    local t2 = ((aa >> 2 ~ aa >> 13 ~ aa >> 22) & 0xffffffff) + (a & b ~ a & c ~ b & c)
    j, g, f, e, d, c, b, a = g, f, e, (d + t1) & 0xffffffff, c, b, a, (t1 + t2) & 0xffffffff
  end
  h[1], h[2], h[3], h[4] = (h[1] + a) & 0xffffffff, (h[2] + b) & 0xffffffff,
    (h[3] + c) & 0xffffffff, (h[4] + d) & 0xffffffff
  h[5], h[6], h[7], h[8] = (h[5] + e) & 0xffffffff, (h[6] + f) & 0xffffffff,
    (h[7] + g) & 0xffffffff, (h[8] + j) & 0xffffffff
end

local function in_lua(text)
  local h, w = table.move(H0, 1, 8, 1, {}), {}
  local padded = text .. "\128" .. ("\0"):rep((55 - #text) % 64) .. string.pack(">I8", #text * 8)
  for position = 1, #padded, 64 do block(h, padded, position, w) end
  local hex = {}
  for i = 1, 8 do hex[i] = string.format("%08x", h[i]) end
  return table.concat(hex)
end

-- By a process, from a temporary file; nil where there can be none.
local function by_process(text)
  local made, path = pcall(os.tmpname)
  if not made then return nil end
  local digests = files.write(path, text) and M.files("/", { path })
  os.remove(path)
  return digests and digests[path]
end

local LONG = 8192 -- bytes
local known, count = {}, 0 -- digests of the last long texts: what builds of one process share

--- The digest of `text` as 64 lower-case hex digits.
function M.text(text)
  if #text < LONG then return in_lua(text) end
  local digest = known[text]
  if not digest then
    digest = by_process(text) or in_lua(text)
    if count == 16 then known, count = {}, 0 end
    known[text], count = digest, count + 1
  end
  return digest
end

--- Starts what M.read waits for: a process that computes the digests of files, `paths` relative to `folder` (or
--- absolute).
function M.start(folder, paths)
  local names = {}
  for i, path in ipairs(paths) do names[i] = shell.quote(path) end
  local list = table.concat(names, " ")
  -- where it is longer than a word of a command line may be it goes through xargs
  local command = #list < 100000 and "exec sha256sum -z -- " .. list
    or "printf '%s\\0' " .. list .. " | xargs -0 sha256sum -z --"
  return shell.plain(string.format("cd %s && %s", shell.quote(folder), command))
end

--- Digests of the files that `started` is about, the result of M.start: as M.files.
function M.read(started, paths)
  local digests, output, status = {}, shell.finish(started)
  if status ~= 0 then return nil, output:match("sha256sum: [^\n%z]*") or "sha256sum failed" end
  for digest, path in output:gmatch("(%x+) [ *]([^%z]+)%z") do digests[path] = digest end
  for _, path in ipairs(paths) do
    if not digests[path] then return nil, "sha256sum gave no digest for " .. path end
  end
  return digests
end

--- Digests of files, in one process: { [path] = hex } for `paths` relative to `folder` (or absolute).
--- Nil and a message where one cannot be read.
function M.files(folder, paths)
  if #paths == 0 then return {} end
  return M.read(M.start(folder, paths), paths)
end

return M
