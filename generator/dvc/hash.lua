-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The MD5 by which DVC names a file or a folder (dvc-data's hashfile and Tree). That of a folder is the MD5 of
-- its manifest, a JSON list of the files in it, with ".dir" behind. Digests are ingot-scan's, many files a call.
--
--   hash.of(path, options)         -> { md5 =, size =, nfiles =, files =, manifest = }: of a folder "….dir", its files
--                                     as below and the manifest's text, of a file without the last three; nil, message
--   hash.list(folder)              -> paths of the files in it as DVC takes them, in the order of a manifest
--   hash.files(folder, paths, options) -> { { md5 =, relpath =, size = }, … } in the order of `paths`; nil, message
--   hash.text(text, options)       -> md5 of a text
--   hash.manifest(list)            -> text of a manifest of { md5 =, relpath = }, as Python's
--                                     json.dumps(list, sort_keys=True) writes it
--   hash.parse_manifest(text, name) -> the list of a manifest, each { md5 =, relpath = }; nil, message
-- options: scanner = path of ingot-scan; legacy = true: the digest of DVC before 3, which takes CRLF in what
-- looks like text as LF.

local lfs = require("lfs")
local files = require("generator.base.files")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")
local sorted = require("generator.base.sorted")

local hash = {}

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ["\f"] = "\\f",
  ["\b"] = "\\b" }

-- A string of UTF-8 as Python's json writes it: in ASCII, what is beyond 16 bits as a pair of surrogates.
local function quoted(text)
  if not text:find('[^ !#-%[%]-~]') then return '"' .. text .. '"' end
  local parts = {}
  for _, code in utf8.codes(text) do
    local character = code < 128 and string.char(code)
    if character and escapes[character] then
      parts[#parts + 1] = escapes[character]
    elseif code >= 32 and code < 127 then
      parts[#parts + 1] = character
    elseif code < 0x10000 then
      parts[#parts + 1] = ("\\u%04x"):format(code)
    else
      local rest = code - 0x10000
      parts[#parts + 1] = ("\\u%04x\\u%04x"):format(0xd800 + (rest >> 10), 0xdc00 + (rest & 0x3ff))
    end
  end
  return '"' .. table.concat(parts) .. '"'
end

function hash.manifest(list)
  local parts, order = {}, table.move(list, 1, #list, 1, {})
  -- the order of code points, which is Python's, is that of UTF-8's bytes
  sorted.sort(order, function(a, b) return sorted.before(a.relpath, b.relpath) end)
  for i, entry in ipairs(order) do
    parts[i] = ('{"md5": "%s", "relpath": %s}'):format(entry.md5, quoted(entry.relpath))
  end
  return "[" .. table.concat(parts, ", ") .. "]"
end

--- Whether a path stays where it is put: relative, without "." and "..".
local function stays(path)
  for name in (path .. "/"):gmatch("([^/]*)/") do
    if name == "" or name == "." or name == ".." then return false end
  end
  return not path:find("%z")
end

function hash.parse_manifest(text, name)
  local list, why = json.decode(text)
  if type(list) ~= "table" then return nil, ("%s: is not JSON: %s"):format(name, why or "not a list") end
  local seen = {}
  for i, entry in ipairs(list) do
    local md5, path = entry, nil
    if type(entry) == "table" then md5, path = entry.md5, entry.relpath end
    if type(path) ~= "string" or type(md5) ~= "string" or not md5:find("^%x+$") or #md5 ~= 32 then
      return nil, ("%s: entry %d is not a file's md5 and relpath"):format(name, i)
    end
    if not stays(path) or seen[path] then
      return nil, ("%s: entry %d has the path '%s'"):format(name, i, path)
    end
    seen[path] = true
  end
  return list
end

-- What DVC passes over wherever it is.
local ignored = { [".git"] = true, [".hg"] = true, [".dvc"] = true }

function hash.list(folder)
  local paths = {}
  local function walk(inside)
    for name in lfs.dir(folder .. "/" .. inside) do
      local path = inside .. name
      if name ~= "." and name ~= ".." and not ignored[name] then
        local mode = lfs.attributes(folder .. "/" .. path, "mode")
        if mode ~= "directory" then
          paths[#paths + 1] = path
        elseif lfs.symlinkattributes(folder .. "/" .. path, "mode") == "directory" then -- no link is followed
          walk(path .. "/")
        end
      end
    end
  end
  walk("")
  return sorted.sort(paths)
end

-- Lines of `ingot-scan md5` for whole paths.
local function scan(paths, options)
  local request, complaints = os.tmpname(), os.tmpname()
  local found, why = {}, nil
  local written, refused = files.write(request, #paths > 0 and table.concat(paths, "\0") .. "\0" or "")
  if written then
    local pipe = assert(io.popen(("%s md5%s <%s 2>%s"):format(shell.quote(options.scanner),
      options.legacy and " dos2unix" or "", shell.quote(request), shell.quote(complaints)), "r"))
    for line in pipe:lines() do
      local md5, size = line:match("^(%x+) (%d+)$")
      found[#found + 1] = { md5 = md5, size = math.tointeger(size) }
    end
    if not pipe:close() or #found ~= #paths then
      local said = (files.read(complaints) or ""):gsub("^ingot%-scan: ", ""):gsub("%s+$", "")
      why = said ~= "" and said or "the scanner failed: " .. options.scanner
    end
  else
    why = refused
  end
  os.remove(request)
  os.remove(complaints)
  if why then return nil, why end
  return found
end

function hash.files(folder, paths, options)
  local whole = {}
  for i, path in ipairs(paths) do
    if not utf8.len(path) then return nil, ("%s/%s: the file's name is not UTF-8"):format(folder, path) end
    whole[i] = folder .. "/" .. path
  end
  local found, why = scan(whole, options)
  if not found then return nil, why end
  for i, path in ipairs(paths) do found[i].relpath = path end
  return found
end

function hash.text(text, options)
  local path = os.tmpname()
  local written, why = files.write(path, text)
  local found
  if written then
    found, why = scan({ path }, { scanner = options.scanner })
  end
  os.remove(path)
  if not found then return nil, why end
  return found[1].md5
end

function hash.of(path, options)
  local mode = lfs.attributes(path, "mode")
  if not mode then return nil, path .. ": is not there" end
  if mode ~= "directory" then
    local found, why = scan({ path }, options)
    if not found then return nil, why end
    return found[1]
  end
  local list, why = hash.files(path, hash.list(path), options)
  if not list then return nil, why end
  local result = { files = list, nfiles = #list, size = 0, manifest = hash.manifest(list) }
  for _, entry in ipairs(list) do result.size = result.size + entry.size end
  local md5
  md5, why = hash.text(result.manifest, options)
  if not md5 then return nil, why end
  result.md5 = md5 .. ".dir"
  return result
end

return hash
