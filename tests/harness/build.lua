-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Builds C tests (gcc) and fuzz targets (clang), both with AddressSanitizer and
-- UndefinedBehaviorSanitizer. Objects are shared between tests and kept in out/.tests under a hash of
-- what goes into them: the source, every header of the tree, the flags, the compiler. A second run
-- compiles nothing.

local files = require("generator.base.files")
local libraries = require("generator.toolchain.libraries")
local sha256 = require("generator.toolchain.sha256")
local shell = require("generator.toolchain.shell")

local M = { folder = "out/.tests" }

local warnings = { "-Wall", "-Wextra", "-Wshadow", "-Werror=implicit-function-declaration" }

local function compilers()
  local headers = libraries.header_flags()
  local function flags(first)
    local list = table.move(first, 1, #first, 1, {})
    table.move(warnings, 1, #warnings, #list + 1, list)
    table.move(headers, 1, #headers, #list + 1, list)
    for _, flag in ipairs { "-Iruntime", "-Itests/support", "-I." } do list[#list + 1] = flag end
    return list
  end
  return {
    c = { name = "gcc", link = { "-fopenmp", "-fsanitize=address,undefined", "-fuse-ld=mold" },
      flags = flags { "-std=gnu11", "-O1", "-g", "-fopenmp", "-fno-omit-frame-pointer", "-march=x86-64-v3",
        "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined" } },
    fuzz = { name = "clang", link = { "-fsanitize=fuzzer,address,undefined" },
      flags = flags { "-std=gnu11", "-O1", "-g", "-fno-omit-frame-pointer", "-march=x86-64-v3",
        "-fsanitize=fuzzer-no-link,address,undefined", "-fno-sanitize-recover=undefined", "-Wno-unknown-pragmas",
        "-DINGOT_FUZZ" } },
  }
end

-- Names without an entry in the table of libraries: those only tests use.
local function link_flags(names)
  local known, flags = {}, {}
  for _, name in ipairs(names) do
    if name == "cmocka" then
      flags[#flags + 1] = "-lcmocka"
    elseif not libraries.find(name) then
      return nil, "unknown library " .. name
    else
      known[#known + 1] = name
    end
  end
  local more = libraries.link_flags(known)
  table.move(more, 1, #more, #flags + 1, flags)
  flags[#flags + 1] = "-lm"
  return flags
end

-- One digest over all headers that a compilation here can see, so that changing one rebuilds.
local function headers_digest()
  local paths = {}
  for _, folder in ipairs { "runtime", "tests" } do
    for _, path in ipairs(shell.list_files(folder, function(p) return p:find("%.h$") or p:find("%.inc$") end)) do
      paths[#paths + 1] = folder .. "/" .. path
    end
  end
  local digests = assert(sha256.files(".", paths))
  local lines = {}
  for i, path in ipairs(paths) do lines[i] = path .. " " .. digests[path] end
  return sha256.text(table.concat(lines, "\n"))
end

local function key(parts)
  return sha256.text(table.concat(parts, "\n")):sub(1, 24)
end

-- A source among the tests may include another .c file or a vector: then those belong to its key.
local function included(source, digests)
  local lines = {}
  for name in (files.read(source) or ""):gmatch('#include%s+"([^"]+%.c)"') do
    for _, folder in ipairs { "runtime/", "", "tests/support/", source:match("^(.*/)") or "" } do
      if digests[folder .. name] then lines[#lines + 1] = digests[folder .. name] break end
    end
  end
  return table.concat(lines, " ")
end

local function compile_all(objects, jobs)
  local commands = {}
  for _, object in ipairs(objects) do
    if not files.exists(object.path) then
      local temporary = object.path .. ".partial"
      local words = { object.compiler.name }
      table.move(object.compiler.flags, 1, #object.compiler.flags, 2, words)
      for _, word in ipairs { "-c", object.source, "-o", temporary } do words[#words + 1] = word end
      local command = shell.command(words) .. " && mv " .. shell.command { temporary, object.path }
      -- a failure must not stop the others: its text is read afterwards
      commands[#commands + 1] = string.format("{ %s; } >%s 2>&1 || true", command, shell.quote(object.path .. ".log"))
    end
  end
  if #commands > 0 then
    io.write(string.format("building %d objects\n", #commands))
    io.stdout:flush()
    shell.parallel(commands, jobs, M.folder .. "/logs")
  end
end

-- The sources of a test: itself and what its line names. "runtime/cli/*.c" is all of a folder
-- but main.c: a test has its own.
local function expand(test, every)
  local list, taken = { test.path }, {}
  for _, name in ipairs(test.sources) do
    local folder = name:match("^(.*/)%*%.c$")
    for _, path in ipairs(folder and every or { name }) do
      if (not folder or path:match("^(.*/)[^/]*$") == folder and path ~= folder .. "main.c") and not taken[path] then
        list[#list + 1], taken[path] = path, true
      end
    end
  end
  return list
end

--- Builds every C test of the list: sets test.program, or test.problem where that fails.
function M.all(tests, jobs)
  local compiled = {}
  for _, test in ipairs(tests) do
    if test.kind ~= "lua" and not test.problem then compiled[#compiled + 1] = test end
  end
  if #compiled == 0 then return end
  assert(shell.make_folder(M.folder .. "/objects"))
  assert(shell.make_folder(M.folder .. "/programs"))
  local with = compilers()
  local every, seen = {}, {}
  for _, folder in ipairs { "runtime", "tests" } do
    for _, path in ipairs(shell.list_files(folder, function(p) return p:find("%.c$") end)) do
      every[#every + 1], seen[folder .. "/" .. path] = folder .. "/" .. path, true
    end
  end
  local digests = assert(sha256.files(".", every))
  local headers = headers_digest()
  local version = {}
  for _, kind in ipairs { "c", "fuzz" } do
    version[kind] = shell.capture(with[kind].name .. " --version", true)
  end

  local objects, by_path = {}, {}
  for _, test in ipairs(compiled) do
    local compiler, list = with[test.kind], {}
    local sources = expand(test, every)
    for _, source in ipairs(sources) do
      if not seen[source] then
        test.problem = "there is no " .. source
        break
      end
      local path = string.format("%s/objects/%s.o", M.folder, key { digests[source], source, headers,
        included(source, digests), version[test.kind], table.concat(compiler.flags, " ") })
      if not by_path[path] then
        by_path[path] = { path = path, source = source, compiler = compiler }
        objects[#objects + 1] = by_path[path]
      end
      list[#list + 1] = path
    end
    test.objects = list
  end
  compile_all(objects, jobs)

  local commands, linked = {}, {}
  for _, test in ipairs(compiled) do
    for _, object in ipairs(test.objects) do
      if not test.problem and not files.exists(object) then
        test.problem = (files.read(object .. ".log") or "") .. "\ncompiling " .. by_path[object].source .. " failed"
      end
    end
    if not test.problem then
      local flags, unknown = link_flags(test.libraries)
      if not flags then
        test.problem = unknown
      else
        local compiler = with[test.kind]
        test.program = string.format("%s/programs/%s-%s", M.folder, test.name,
          key { table.concat(test.objects, " "), table.concat(flags, " "), table.concat(compiler.link, " ") })
        if not files.exists(test.program) then
          local words = { compiler.name, "-o", test.program .. ".partial" }
          for _, part in ipairs { test.objects, compiler.link, flags } do
            table.move(part, 1, #part, #words + 1, words)
          end
          linked[#linked + 1] = test
          commands[#commands + 1] = string.format("{ %s && mv %s; } >%s 2>&1 || true", shell.command(words),
            shell.command { test.program .. ".partial", test.program }, shell.quote(test.program .. ".log"))
        end
      end
    end
  end
  shell.parallel(commands, jobs, M.folder .. "/logs")
  for _, test in ipairs(linked) do
    if not files.exists(test.program) then
      test.problem = (files.read(test.program .. ".log") or "") .. "\nlinking failed"
    end
  end
end

return M
