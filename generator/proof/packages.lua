-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Which Debian packages files come from, and which ones a toolchain is made of: what someone needs who
-- wants to have the same tools again. On a machine without dpkg everything here is empty, and says so
-- by being empty: nothing else depends on it.

local flags = require("generator.toolchain.flags")
local identity = require("generator.toolchain.identity")
local json = require("generator.base.json")
local libraries = require("generator.toolchain.libraries")
local shell = require("generator.toolchain.shell")
local sorted = require("generator.base.sorted")

local M = { format = 1 }

-- A file of a merged /usr is known to dpkg by either of its names.
local function names_of(path)
  local stripped = path:match("^/usr(/.+)$")
  return stripped and { path, stripped } or { path, "/usr" .. path }
end

-- { [package:architecture or package] = { package, version, architecture, source, source_version } }
local function describe(names)
  local words = { "dpkg-query", "-W",
    "-f=${binary:Package}\\t${Package}\\t${Version}\\t${Architecture}\\t${source:Package}\\t${source:Version}\\n" }
  table.move(names, 1, #names, #words + 1, words)
  local found = {}
  for line in shell.capture(shell.command(words)):gmatch("[^\n]+") do
    local full, package, version, architecture, source, source_version =
      line:match("^(.-)\t(.-)\t(.-)\t(.-)\t(.-)\t(.*)$")
    if full and version ~= "" then
      local one = { package = package, version = version, architecture = architecture, source = source,
        source_version = source_version }
      found[full], found[package .. ":" .. architecture] = one, one
      found[package] = found[package] or one
    end
  end
  return found
end

--- The packages of files: { [path] = { package, version, architecture, source, source_version } } for
--- `paths`, which are real paths (no symbolic links). Files of no package are left out.
function M.of_files(paths)
  local result, asked, given = {}, {}, {}
  for _, path in ipairs(paths) do
    for _, name in ipairs(names_of(path)) do
      asked[#asked + 1], given[name] = name, path
    end
  end
  if #asked == 0 then return result end
  local words = { "dpkg-query", "-S" }
  table.move(asked, 1, #asked, 3, words)
  local owner, owners = {}, {}
  for line in shell.capture(shell.command(words)):gmatch("[^\n]+") do
    local package, path = line:match("^([^,%s]+): (/.*)$")
    if package and given[path] and not owner[given[path]] then
      owner[given[path]] = package
      owners[package] = true
    end
  end
  if not next(owners) then return result end
  local described = describe(sorted.keys(owners))
  for path, package in sorted.pairs(owner) do result[path] = described[package] end
  return result
end

-- Files that stand for parts of the toolchain: { { what, path } … }. What a build reads but no stamp
-- names (the compiler proper, start files, Lua's modules) is here too.
local function parts()
  local list, script = {}, {}
  local function ask(what, command) script[#script + 1] = { what = what, command = command } end
  for tool, command in sorted.pairs { gcc = "gcc", as = "as", ar = "ar", mold = "mold", tar = "tar", zstd = "zstd",
    lua = "lua5.4" } do
    ask("tool " .. tool, "command -v " .. command)
  end
  ask("tool gcc", "gcc -print-prog-name=cc1")
  ask("tool gcc", "gcc -print-file-name=crtbeginS.o")
  ask("tool glibc", "gcc -print-file-name=Scrt1.o")
  ask("tool glibc", "gcc -print-file-name=libc.so.6")
  for _, library in ipairs(libraries.all) do
    local so = library.so or "lib" .. library.link[1]:match("^%-l(.+)$") .. ".so"
    ask("library " .. library.name, "gcc -print-file-name=" .. so)
  end
  for _, module in ipairs { "lfs", "argparse", "dkjson" } do
    local path = package.searchpath(module, package.cpath) or package.searchpath(module, package.path)
    if path then ask("module " .. module, "echo " .. shell.quote(path)) end
  end
  local lines = {}
  for i, one in ipairs(script) do
    -- the name that the build uses (the development package's), and every link on the way to the file
    lines[i] = string.format("p=$(%s) && [ -e \"$p\" ] && p=$(realpath -s -- \"$p\") && printf '%d\\t%%s\\n' \"$p\" "
      .. "&& while [ -L \"$p\" ]; do l=$(readlink -- \"$p\"); case $l in /*) ;; *) l=${p%%/*}/$l ;; esac; "
      .. "p=$(realpath -s -- \"$l\"); printf '%d\\t%%s\\n' \"$p\"; done; p=$(realpath -- \"$p\") "
      .. "&& printf '%d\\t%%s\\n' \"$p\"", one.command, i, i, i)
  end
  for line in shell.capture(table.concat(lines, "\n") .. "\ntrue"):gmatch("[^\n]+") do
    local index, path = line:match("^(%d+)\t(.*)$")
    if index then list[#list + 1] = { what = script[tonumber(index)].what, path = path } end
  end
  return list
end

--- What this machine builds with, as Debian packages: { format, isa_flags…, packages = { { package, version,
--- architecture, provides = { "tool gcc", … } } … } } in the order of the packages' names.
function M.toolchain(isa)
  local list, paths, by_package = parts(), {}, {}
  for i, part in ipairs(list) do paths[i] = part.path end
  local owners = M.of_files(paths)
  for _, part in ipairs(list) do
    local owner = owners[part.path]
    if owner then
      local key = owner.package .. ":" .. owner.architecture
      by_package[key] = by_package[key] or { package = owner.package, version = owner.version,
        architecture = owner.architecture, provides = {} }
      by_package[key].provides[part.what] = true
    end
  end
  local packages = json.list {}
  for _, one in sorted.pairs(by_package) do
    one.provides = json.list(sorted.keys(one.provides))
    packages[#packages + 1] = one
  end
  local tools = {}
  for _, tool in ipairs(identity.present().tools) do tools[tool.name] = tool.version end
  return { format = M.format, packages = packages, tools = tools, flags = {
    generated = table.concat(flags.compile(isa, "generated"), " "), link = table.concat(flags.link, " "),
    runtime = table.concat(flags.compile(isa, "runtime"), " ") } }
end

--- A record of M.toolchain from its text, or nil and why.
function M.decode(text)
  local value, why = json.decode(text)
  if type(value) ~= "table" then return nil, why or "not an object" end
  if value.format ~= M.format or type(value.packages) ~= "table" then
    return nil, "not a list of toolchain packages of format " .. M.format
  end
  for _, one in ipairs(value.packages) do
    -- these words go into a command that a person is told to run
    if type(one) ~= "table" or type(one.provides) ~= "table" or not tostring(one.package):find("^[%w+.-]+$")
      or not tostring(one.version):find("^[%w+.:~-]+$") then
      return nil, "a package without a proper name and version"
    end
  end
  return value
end

--- The words "package=version" of those packages that give one of `wanted` ("tool gcc", …).
function M.words(record, wanted)
  local words = {}
  for _, one in ipairs(record.packages) do
    for _, what in ipairs(one.provides) do
      if wanted[what] then
        words[#words + 1] = one.package .. "=" .. one.version
        break
      end
    end
  end
  return words
end

--- A package URL (purl-spec, type deb): what package databases know a Debian package by.
function M.purl(owner)
  local function escape(text)
    return (text:gsub("[^%w%-%._~]", function(c) return string.format("%%%02X", c:byte()) end))
  end
  return string.format("pkg:deb/debian/%s@%s?arch=%s", escape(owner.package), escape(owner.version),
    escape(owner.architecture))
end

return M
