-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- From generated C to the executable: archive what it carries, compile in parallel, link. All of it
-- happens in a folder of its own; nothing is put in place here.

local files = require("generator.base.files")
local flags = require("generator.toolchain.flags")
local libraries = require("generator.toolchain.libraries")
local sections = require("generator.emit.sections")
local shell = require("generator.toolchain.shell")
local sorted = require("generator.base.sorted")

local M = {}

-- The same bytes from the same files, whoever owns them and whenever they were written.
local tar = "tar --create --format=ustar --no-recursion --owner=0 --group=0 --numeric-owner "
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

-- The command that makes carried/sources.tar.zst: sources of the project from `root`, the rest from
-- the folder `carried`.
local function archive_command(folder, root, sources, carried)
  files.write(folder .. "/list.project", table.concat(sources, "\n") .. "\n")
  files.write(folder .. "/list.carried", table.concat(carried, "\n") .. "\n")
  return string.format("%s -C %s --verbatim-files-from -T list.project -C %s -T list.carried "
    .. ">sources.tar && zstd -q -f --single-thread -10 sources.tar -o carried/sources.tar.zst && rm sources.tar",
    tar, shell.quote(root), shell.quote(folder .. "/carried"))
end

local function compile_command(what, folder, name, object)
  local words = { "gcc" }
  local list = flags.compile(what.isa, "generated")
  table.move(list, 1, #list, 2, words)
  for _, word in ipairs { "-I" .. what.root .. "/runtime", "-ffile-prefix-map=" .. what.root .. "=.",
    "-ffile-prefix-map=" .. folder .. "=.", "-frandom-seed=" .. what.stamp:sub(1, 16), "-c", name, "-o", object } do
    words[#words + 1] = word
  end
  return shell.command(words)
end

-- What the linker really took must be what the manifest declares, licence and all.
local function undeclared(path, declared)
  local output = shell.capture("readelf -d -W " .. shell.quote(path))
  local known, missing = {}, {}
  for _, library in ipairs(declared) do
    local entry = libraries.find(library.name)
    local so = entry.so or "lib" .. entry.link[1]:match("^%-l(.+)$") .. ".so"
    known[so:match("^(.-%.so)")] = true
  end
  for so in output:gmatch("%(NEEDED%)[^\n]-%[(.-)%]") do
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
---   root, isa, stamp, jobs, archive (libingot.a), sources (of the project, relative to root),
---   generated = { {name, text} … }, manifest, spec, lock = {name, text}, libraries (names that the
---   linker may take), declared (libraries of the manifest)
--- Returns the warnings of the compiler, "" where there are none; or nil and a list of lines.
function M.build(what, folder)
  local carried = {}
  for _, file in ipairs { what.manifest, what.spec, what.lock } do carried[#carried + 1] = file end
  for _, file in ipairs(what.generated) do
    carried[#carried + 1] = { name = "generated/" .. file.name, text = file.text }
  end
  for _, step in ipairs { { folder .. "/carried", carried }, { folder .. "/src", what.generated } } do
    local ok, why = write_all(step[1], step[2])
    if not ok then return nil, { why } end
  end
  local ok, why = files.write(folder .. "/sections.s", sections.assembler {
    manifest = "carried/" .. what.manifest.name, spec = "carried/" .. what.spec.name,
    lock = "carried/" .. what.lock.name, sources = "carried/sources.tar.zst",
  })
  if not ok then return nil, { why } end
  shell.make_folder(folder .. "/objects")
  shell.make_folder(folder .. "/logs")

  local commands, of, objects = {}, {}, { folder .. "/objects/sections.o" }
  local here, in_src = "cd " .. shell.quote(folder) .. " && ", "cd " .. shell.quote(folder .. "/src") .. " && "
  commands[1] = here .. archive_command(folder, what.root, what.sources, names_of(carried))
    .. " && gcc -c sections.s -o objects/sections.o"
  of[1] = "the carried sources"
  for _, name in ipairs(names_of(what.generated)) do
    if name:find("%.c$") then
      local object = folder .. "/objects/" .. name:gsub("/", "-"):gsub("%.c$", ".o")
      objects[#objects + 1] = object
      commands[#commands + 1] = in_src .. compile_command(what, folder .. "/src", name, object)
      of[#of + 1] = name
    end
  end
  local outputs, failed = shell.parallel(commands, what.jobs, folder .. "/logs")
  if not outputs then
    return nil, lines_of("gcc does not take " .. of[failed.index] .. ":", failed.output)
  end

  sorted.sort(objects)
  local link, unknown = libraries.link_flags(what.libraries)
  if not link then return nil, { "no library is called " .. unknown } end
  local words = { "gcc", "-o", folder .. "/program" }
  for _, part in ipairs { objects, { what.archive }, flags.link, link } do
    table.move(part, 1, #part, #words + 1, words)
  end
  local output, status = shell.capture(here .. shell.command(words), true)
  if status ~= 0 then return nil, lines_of("the executable does not link:", output) end
  local missing = undeclared(folder .. "/program", what.declared)
  if #missing > 0 then
    return nil, { "linked, but not declared among the program's libraries: " .. table.concat(missing, ", ") }
  end
  return table.concat(outputs) .. output
end

return M
