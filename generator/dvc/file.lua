-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What DVC wrote about data: a `.dvc` file, or a `dvc.lock` with the outputs of all stages. ingot-scan reads the
-- YAML.
--
--   file.out(path, wanted, options) -> the out that `wanted` (a path) is or is in: { path =, md5 =, size =, nfiles =,
--                                      legacy = }; nil, message. `path` is as DVC's file says it, from where `path` is
--   file.text(of, name)             -> what `dvc add` writes of { md5 =, size =, nfiles = }
--   file.normal(path)               -> an absolute path without ".", ".." and empty parts
-- options: scanner = path of ingot-scan. `legacy`: the MD5 is that of DVC before 3 (hash.lua).

local files = require("generator.base.files")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")
local sorted = require("generator.base.sorted")

local file = {}

function file.normal(path)
  local parts = {}
  for part in shell.absolute(path):gmatch("[^/]+") do
    if part == ".." then
      parts[#parts] = nil
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  return "/" .. table.concat(parts, "/")
end

local function folder_of(path)
  return path:match("^(.*)/[^/]*$") or "."
end

-- A path joined to a folder; "." changes nothing.
local function join(folder, path)
  if path:sub(1, 1) == "/" or folder == "." then return path end
  if path == "." then return folder end
  return folder .. "/" .. path
end

local function read(path, options)
  if not files.exists(path) then return nil, path .. ": is not there" end
  local output, status = shell.capture(shell.command { options.scanner, "yaml", path }, true)
  if status ~= 0 then return nil, (output:gsub("^ingot%-scan: ", ""):gsub("%s+$", "")) end
  local value, why = json.decode(output)
  if type(value) ~= "table" then return nil, ("%s: is no file of DVC's%s"):format(path, why and ": " .. why or "") end
  return value
end

-- The folder that paths of a stage's outs start from: beside dvc.lock, or the `wdir` that dvc.yaml gives it.
local function stage_folder(path, name, options)
  local folder = folder_of(path)
  local pipeline = join(folder, "dvc.yaml")
  if not files.exists(pipeline) then return folder end
  local value, why = read(pipeline, options)
  if not value then return nil, why end
  local stages = type(value.stages) == "table" and value.stages or {}
  local stage = stages[name] or stages[name:match("^[^@]+")] -- "name@item": one of a foreach or matrix
  stage = type(stage) == "table" and type(stage["do"]) == "table" and stage["do"] or stage
  local wdir = type(stage) == "table" and stage.wdir
  if type(wdir) ~= "string" then return folder end
  if wdir:find("${", 1, true) then
    return nil, ("%s: stage '%s': its wdir has a variable, which is not read here"):format(pipeline, name)
  end
  return join(folder, wdir)
end

-- All outs of a file: { entry =, folder =, place = "outs[1]" }, in their order.
local function outs_of(path, options)
  local value, why = read(path, options)
  if not value then return nil, why end
  local found = {}
  local function take(list, folder, place)
    for i, entry in ipairs(type(list) == "table" and list or {}) do
      if type(entry) ~= "table" or type(entry.path) ~= "string" then
        return nil, ("%s: %souts[%d] has no path"):format(path, place, i)
      end
      found[#found + 1] = { entry = entry, folder = folder, place = ("%souts[%d]"):format(place, i) }
    end
    return true
  end
  local ok = true
  if type(value.stages) == "table" then
    for name, stage in sorted.pairs(value.stages) do
      local folder
      folder, why = stage_folder(path, tostring(name), options)
      if not folder then return nil, why end
      ok, why = take(type(stage) == "table" and stage.outs, folder, name .. ": ")
      if not ok then return nil, why end
    end
  else
    local folder = folder_of(path)
    if type(value.wdir) == "string" then folder = join(folder, value.wdir) end
    ok, why = take(value.outs, folder, "")
  end
  if not ok then return nil, why end
  if #found == 0 then return nil, path .. ": has no outs; a .dvc file or a dvc.lock is needed" end
  return found
end

-- What an out says, in our words.
local function understood(path, out)
  local entry = out.entry
  local function wrong(message, ...)
    return nil, ("%s: %s (%s): "):format(path, out.place, entry.path) .. message:format(...)
  end
  if entry.md5 == nil then
    return wrong("has no md5%s", entry.files and "; data that is versioned in a cloud is not read here"
      or "; `dvc commit` writes it")
  end
  local md5 = entry.md5
  if type(md5) ~= "string" or #md5:gsub("%.dir$", "") ~= 32 or md5:gsub("%.dir$", ""):find("[^0-9a-f]") then
    return wrong("md5 is %s; 32 hex digits are needed, with .dir behind those of a folder", json.encode(md5))
  end
  if entry.hash ~= nil and entry.hash ~= "md5" then
    return wrong("hash is %s; md5 is needed", json.encode(entry.hash))
  end
  return { path = join(out.folder, entry.path), md5 = md5, size = math.tointeger(entry.size),
    nfiles = math.tointeger(entry.nfiles), legacy = entry.hash == nil }
end

function file.out(path, wanted, options)
  local found, why = outs_of(path, options)
  if not found then return nil, why end
  local inside, names = file.normal(wanted) .. "/", {}
  for i, out in ipairs(found) do
    local at = join(out.folder, out.entry.path)
    local whole = file.normal(at)
    if inside:sub(1, #whole + 1) == whole .. "/" then return understood(path, out) end
    names[i] = at
  end
  return nil, ("%s: none of its outs is or holds %s; it has %s"):format(path, wanted, table.concat(names, ", "))
end

-- Plain words that are no text to YAML 1.2.
local reserved = { ["true"] = true, ["false"] = true, null = true, ["~"] = true, ["<<"] = true, ["="] = true,
  [".inf"] = true, [".nan"] = true }

local function is_number(name)
  local text = name:gsub("^[-+]", "")
  if text:find("^0b[01_]+$") or text:find("^0x[%x_]+$") or text:find("^0o[0-7_]+$") then return true end
  text = text:gsub("[eE][-+]?%d+$", "")
  return text:find("^%d[%d_]*%.?[%d_]*$") or text:find("^%.[%d_]+$") or text:find("^%d%d%d%d%-%d%d?%-%d%d?")
end

-- A text as a scalar: plain where that is text, else in single quotes, as ruamel.yaml does.
local function scalar(name)
  if name:find("^[,%[%]{}#&*!|>'\"%%@`]") or name:find("^[-?:] ") or name:find("^[-?:]$") or name:find(": ")
    or name:find(":$") or name:find(" #") or name:find("^ ") or name:find(" $") or reserved[name:lower()]
    or reserved[(name:gsub("^[-+]", "")):lower()] or is_number(name) or name == "---" or name == "..." then
    return "'" .. name:gsub("'", "''") .. "'"
  end
  return name
end

function file.text(of, name)
  local lines = { "outs:", "- md5: " .. scalar(of.md5), "  size: " .. of.size }
  if of.nfiles then lines[#lines + 1] = "  nfiles: " .. of.nfiles end
  lines[#lines + 1] = "  hash: md5"
  lines[#lines + 1] = "  path: " .. scalar(name)
  return table.concat(lines, "\n") .. "\n"
end

return file
