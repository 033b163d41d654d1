-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- From generated C to the executable: archive what it carries, compile in parallel, link. All of it
-- happens in a folder of its own; nothing is put in place here. What another build compiled or packed
-- already is taken from the store (toolchain/store.lua), with the same bytes.

local files = require("generator.base.files")
local flags = require("generator.toolchain.flags")
local libraries = require("generator.toolchain.libraries")
local needed = require("generator.toolchain.needed")
local objects = require("generator.toolchain.objects")
local sections = require("generator.emit.sections")
local sha256 = require("generator.toolchain.sha256")
local shell = require("generator.toolchain.shell")
local sorted = require("generator.base.sorted")

local M = {}

-- The same bytes from the same files, whoever owns them and whenever they were written.
local tar = "tar --create --format=ustar --blocking-factor=1 --no-recursion --owner=0 --group=0 --numeric-owner "
  .. "--mode=u=rw,go=r --mtime=@0 --no-xattrs --no-acls --no-selinux"

local function write_all(folder, list)
  for _, file in ipairs(list) do
    local path = folder .. "/" .. file.name
    local parent = path:match("^(.*)/")
    local ok, why = shell.make_folder(parent)
    if ok then ok, why = files.write(path, file.text) end
    if not ok then return nil, why end
  end
  return true
end

local function names_of(list)
  local names = {}
  for i, file in ipairs(list) do names[i] = file.name end
  return sorted.sort(names)
end

local pack = "zstd -q --single-thread -10"

-- The commands that make own.tar.zst and project.tar.zst, one archive in two frames of zstd, and the element of the
-- second for the store. The first frame is what is this experiment's own, from the folder `carried`, without an end
-- (two blocks of 512 zero bytes); the second the sources of the project from `what.root`, which all builds share: every
-- file's digest names it. What varies comes first: it lies next to the end of the manifest, and the rest is the same
-- bytes in all variants.
local function archive_commands(folder, what, carried)
  files.write(folder .. "/list.project", table.concat(what.sources, "\n") .. "\n")
  files.write(folder .. "/list.carried", table.concat(carried, "\n") .. "\n")
  local lines = { "ingot-sources 2", tar, pack }
  for _, tool in ipairs(what.tools) do lines[#lines + 1] = tool.name .. " " .. tool.version end
  for _, path in ipairs(what.sources) do lines[#lines + 1] = path .. " " .. what.digests[path] end
  local project = { key = sha256.text(table.concat(lines, "\n")), path = folder .. "/project.tar.zst" }
  local shared = string.format("%s -C %s --verbatim-files-from -T list.project | %s >project.tar.zst", tar,
    shell.quote(what.root), pack)
  -- from a file, whose size zstd knows: its tables are no larger than that
  local own = string.format("%s -C %s --verbatim-files-from -T list.carried | head -c -1024 >own.tar && %s own.tar",
    tar, shell.quote(folder .. "/carried"), pack)
  return own, shared, project
end

-- What the linker really took must be what the manifest declares, licence and all.
local function undeclared(path, declared)
  local known, missing = {}, {}
  for _, library in ipairs(declared) do
    local entry = libraries.find(library.name)
    local so = entry.so or "lib" .. entry.link[1]:match("^%-l(.+)$") .. ".so"
    known[so:match("^(.-%.so)")] = true
  end
  for _, so in ipairs(assert(needed.read(path)).needed) do
    if not known[so:match("^(.-%.so)") or so] and not so:find("^ld%-linux") then missing[#missing + 1] = so end
  end
  return missing
end

local function lines_of(heading, text)
  local lines = { heading }
  for line in text:gmatch("[^\n]+") do
    if #lines > 30 then
      lines[#lines + 1] = "  …"
      break
    end
    lines[#lines + 1] = "  " .. line
  end
  return lines
end

--- Builds `folder`/program from `what`:
---   root, isa, jobs, archive (libingot.a), store (folder, or nil), sources (of the project, relative to root),
---   digests (of these), tools (identity.present().tools), generated = { {name, text} … }, phase (function that is
---   called with "compile" and "link" where that begins),
---   manifest, spec, lock, tune (or nil) = {name, text}, libraries (names that the linker may take), declared
---   (libraries of the manifest)
--- Returns the warnings of the compiler, "" where there are none, and how many files were compiled; or nil and a
--- list of lines.
function M.build(what, folder)
  local carried = {} -- without the manifest, which would be there twice: half of it does not compress
  for _, file in ipairs { what.spec, what.lock, what.tune } do carried[#carried + 1] = file end
  for _, file in ipairs(what.generated) do
    carried[#carried + 1] = { name = "generated/" .. file.name, text = file.text }
  end
  for _, step in ipairs { { folder .. "/carried", carried }, { folder, { what.manifest } },
    { folder .. "/src", what.generated } } do
    local ok, why = write_all(step[1], step[2])
    if not ok then return nil, { why } end
  end
  local ok, why = files.write(folder .. "/sections.s", sections.assembler {
    manifest = what.manifest.name, spec = "carried/" .. what.spec.name,
    lock = "carried/" .. what.lock.name, sources = { "own.tar.zst", "project.tar.zst" },
  })
  if not ok then return nil, { why } end
  shell.make_folder(folder .. "/objects")
  shell.make_folder(folder .. "/logs")

  local list, units, here = { folder .. "/objects/sections.o" }, {}, "cd " .. shell.quote(folder) .. " && "
  for _, name in ipairs(names_of(what.generated)) do
    if name:find("%.c$") then
      local object = folder .. "/objects/" .. name:gsub("/", "-"):gsub("%.c$", ".o")
      list[#list + 1] = object
      units[#units + 1] = { folder = folder .. "/src", source = name, path = object,
        flags = flags.compile(what.isa, "generated") }
    end
  end
  what.phase("compile")
  local own, shared, project = archive_commands(folder, what, names_of(carried))
  local said, compiled, keep = objects.compile(units, { include = what.root .. "/runtime", jobs = what.jobs,
    folder = folder .. "/logs", store = what.store,
    also = { { name = "the carried sources", made = project, command = function(taken)
      return here .. (taken and "" or shared .. " && ") .. own .. " && as sections.s -o objects/sections.o"
    end } } })
  if not said then return nil, lines_of("gcc does not take " .. compiled.name .. ":", compiled.output) end

  sorted.sort(list)
  local link, unknown = libraries.link_flags(what.libraries)
  if not link then return nil, { "no library is called " .. unknown } end
  local words = { "gcc", "-o", folder .. "/program" }
  for _, part in ipairs { list, { what.archive }, flags.link, link } do
    table.move(part, 1, #part, #words + 1, words)
  end
  what.phase("link")
  local linking = shell.start(here .. shell.command(words), true)
  keep() -- meanwhile
  local output, status = shell.finish(linking)
  if status ~= 0 then return nil, lines_of("the executable does not link:", output) end
  local missing = undeclared(folder .. "/program", what.declared)
  if #missing > 0 then
    return nil, { "linked, but not declared among the program's libraries: " .. table.concat(missing, ", ") }
  end
  return said .. output, compiled
end

return M
