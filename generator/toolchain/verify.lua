-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Is an executable what its manifest says? Reads its sections, checks that they agree with each
-- other, compares toolchain and libraries with those of this machine, builds it again from nothing
-- but the sources it carries, and compares byte for byte.
--
-- The steps in order, and the exit status where each fails: the sections are there and readable (1);
-- the stamp is the hash of the inputs the manifest lists, and the carried files have the digests it
-- lists (1); tools and libraries here are those it was built with (5: other bytes would prove
-- nothing); the executable built again is the same (1).

local lfs = require("lfs")
local files = require("generator.base.files")
local flags = require("generator.toolchain.flags")
local json = require("generator.base.json")
local identity = require("generator.toolchain.identity")
local isas = require("generator.isas")
local manifests = require("generator.toolchain.manifest")
local sections = require("generator.emit.sections")
local sha256 = require("generator.toolchain.sha256")
local shell = require("generator.toolchain.shell")
local sorted = require("generator.base.sorted")
local stamps = require("generator.toolchain.stamp")

local M = {}

local function fail(status, lines)
  local errors = { status = status }
  for i, line in ipairs(type(lines) == "table" and lines or { lines }) do errors[i] = line end
  return nil, errors
end

--- The four sections of an executable as files in a folder: { manifest = text, … }, or nil and why.
function M.read_sections(path, folder)
  local texts = {}
  for _, name in ipairs(sections.names) do
    local to = folder .. "/" .. name
    local _, status = shell.capture(string.format("objcopy -O binary --only-section=%s %s %s", sections.section(name),
      shell.quote(path), shell.quote(to)))
    local text = status == 0 and files.read(to)
    if not text or text == "" then
      return nil, path .. ": no section " .. sections.section(name) .. ": not an executable that Ingot built"
    end
    texts[name] = text
  end
  return texts
end

-- Whether manifest, sections and the unpacked tree say the same.
local function check_carried(path, manifest, texts, tree)
  local inputs = {}
  for i, input in ipairs(manifest.inputs) do
    inputs[i] = { kind = input.kind, name = input.name, value = input.value }
  end
  local lines = {}
  if stamps.digest("ingot-stamp 1", inputs) ~= manifest.stamp then
    lines[#lines + 1] = path .. ": the stamp is not the hash of the inputs that the manifest lists"
  end
  local wanted, paths = {}, {}
  for _, input in ipairs(inputs) do
    local file = input.kind == "file" and input.name
      or (input.kind == "spec" or input.kind == "lock" or input.kind == "tune") and "specs/" .. input.name
    if file then
      wanted[file] = input.value
      if files.exists(tree .. "/" .. file) then
        paths[#paths + 1] = file
      else
        lines[#lines + 1] = path .. ": does not carry " .. file
      end
    end
  end
  local digests, why = sha256.files(tree, paths)
  if not digests then return { why } end
  for _, file in ipairs(paths) do
    if digests[file] ~= wanted[file] then
      lines[#lines + 1] = path .. ": the carried " .. file .. " is not the one it was built from"
    end
  end
  for name, file in sorted.pairs { spec = manifest.spec, lock = manifest.lock } do
    if texts[name] ~= files.read(tree .. "/" .. file) then
      lines[#lines + 1] = string.format("%s: section %s is not the %s among the carried sources", path,
        sections.section(name), file)
    end
  end
  return lines
end

-- Flags that this checkout would give the compiler where it gave others: no obstacle, the carried generator
-- brings its own, but a part of what is different.
local function flag_differences(manifest, lines)
  local isa = type(manifest.target) == "table" and isas.by_name[manifest.target.isa] and manifest.target.isa
  if not isa or type(manifest.flags) ~= "table" then return end
  local here = { generated = table.concat(flags.compile(isa, "generated"), " "), link = table.concat(flags.link, " "),
    runtime = table.concat(flags.compile(isa, "runtime"), " ") }
  for what, now in sorted.pairs(here) do
    if manifest.flags[what] ~= now then
      lines[#lines + 1] = string.format("flags %s: built with %s, here %s", what, tostring(manifest.flags[what]), now)
    end
  end
end

--- What differs between the machine it was built on and this one, one line each; the set of names ("tool gcc",
--- "library zstd") that differ comes second.
function M.environment_differences(manifest)
  local built, here, names = {}, {}, {}
  for _, input in ipairs(manifest.inputs) do
    if input.kind == "tool" or input.kind == "library" then
      local name = input.kind .. " " .. input.name
      built[name], names[name] = input.value, true
    end
  end
  local present = identity.present()
  for _, tool in ipairs(present.tools) do
    here["tool " .. tool.name], names["tool " .. tool.name] = tool.version, true
  end
  for _, library in ipairs(present.libraries) do
    local name = "library " .. library.name
    here[name], names[name] = library.version .. " " .. library.build_id, true
  end
  local lines, differing = {}, {}
  for name in sorted.pairs(names) do
    if built[name] ~= here[name] then
      differing[name] = true
      lines[#lines + 1] = string.format("%s: built with %s, here %s", name, built[name] or "none", here[name] or "none")
    end
  end
  if #lines > 0 then flag_differences(manifest, lines) end
  return lines, differing
end

-- Which ELF sections of two executables differ.
local function section_differences(one, other, folder)
  local function dump(path)
    local list = {}
    local output = shell.capture("readelf -S -W " .. shell.quote(path))
    for name in output:gmatch("%]%s+(%.%S+)") do
      local to = folder .. "/section"
      os.remove(to)
      shell.capture(string.format("objcopy -O binary --only-section=%s --set-section-flags %s=alloc %s %s",
        shell.quote(name), shell.quote(name), shell.quote(path), shell.quote(to)))
      list[name] = sha256.text(files.read(to) or "")
    end
    return list
  end
  local a, b, names, lines = dump(one), dump(other), {}, {}
  for name in sorted.pairs(a) do names[name] = true end
  for name in sorted.pairs(b) do names[name] = true end
  for name in sorted.pairs(names) do
    if a[name] ~= b[name] then lines[#lines + 1] = "  section " .. name .. " differs" end
  end
  return lines
end

local function rebuild(manifest, tree, options)
  if options.objects then -- where a build looks for them
    shell.make_folder(tree .. "/out")
    lfs.link(options.objects, tree .. "/out/.objects", true)
  end
  local words = { "lua5.4", "build.lua", manifest.spec, "--json", "--out", "out" }
  for _, set in ipairs(manifest.sets) do
    words[#words + 1] = "--set"
    words[#words + 1] = set
  end
  if manifest.variant then table.move({ "--only", manifest.variant }, 1, 2, #words + 1, words) end
  if options.jobs then
    words[#words + 1] = "--jobs"
    words[#words + 1] = tostring(options.jobs)
  end
  local output, status = shell.capture(string.format("cd %s && %s", shell.quote(tree), shell.command(words)), true)
  local last = output:match("([^\n]*)\n*$")
  local said = json.decode(last)
  if type(said) == "table" and said.variants then said = said.variants[1] end
  if status ~= 0 or type(said) ~= "table" or not said.path then
    local lines = { "the carried sources do not build:" }
    for line in output:gmatch("[^\n]+") do lines[#lines + 1] = "  " .. line end
    return nil, lines
  end
  return tree .. "/" .. said.path
end

local function verify_in(path, folder, options)
  local texts, why = M.read_sections(path, folder)
  if not texts then return fail(1, why) end
  local manifest
  manifest, why = manifests.decode(texts.manifest)
  if not manifest then return fail(1, path .. ": damaged manifest: " .. why) end

  local tree = folder .. "/tree"
  shell.make_folder(tree)
  local output, status = shell.capture(string.format("cd %s && zstd -q -d <../sources >../sources.tar && "
    .. "tar --extract --no-same-owner --no-same-permissions -f ../sources.tar", shell.quote(tree)), true)
  if status ~= 0 then return fail(1, path .. ": damaged sources: " .. output:gsub("\n.*", "")) end
  local lines = check_carried(path, manifest, texts, tree)
  if #lines > 0 then return fail(1, lines) end

  local differing
  lines, differing = M.environment_differences(manifest)
  if #lines > 0 then
    table.insert(lines, 1, path .. ": cannot be built again here, because the toolchain differs:")
    if options.remedy then table.move(options.remedy(differing), 1, 100, #lines + 1, lines) end
    return fail(5, lines)
  end

  options.say("building " .. manifest.name .. " again from the sources it carries")
  local again
  again, lines = rebuild(manifest, tree, options)
  if not again then return fail(1, lines) end
  local here, there = assert(files.read(path)), assert(files.read(again))
  if here ~= there then
    lines = section_differences(path, again, folder)
    table.insert(lines, 1, string.format("%s: built again it is not the same (%d and %d bytes):", path, #here, #there))
    return fail(1, lines)
  end
  return { stamp = manifest.stamp, size = #here, sha256 = sha256.files(".", { path })[path] }
end

--- Verifies the executable at `path`. `options` is { jobs, say, remedy = function(set of names that differ), which
--- gives lines on how to get what it was built with, objects = a folder, empty at first, by which several verifications
--- share what they compile alike (absolute; or nil) }. Returns { stamp, size, sha256 }, or nil and { status, lines … }.
function M.file(path, options)
  if not files.read(path) then return fail(2, path .. ": there is no such executable") end
  local folder, why = shell.temporary_folder(os.getenv("TMPDIR") or "/tmp")
  if not folder then return fail(1, why) end
  local real = shell.real_path(folder)
  local report, errors = verify_in(path, real, options)
  shell.remove_folder(real)
  return report, errors
end

return M
