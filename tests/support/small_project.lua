-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- A project small enough to build in a second, for tests of the toolchain: the real command line,
-- driver and toolchain, with small rooms (spec, lock, pipeline, compile) and a small runtime in
-- place of the real ones. `M.new()` makes one in a temporary folder; everything goes through its
-- build.lua, as a person would.

local files = require("generator.base.files")
local shell = require("generator.toolchain.shell")

local M = {}
local Project = {}
Project.__index = Project

local header = "-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0\n"

local rooms = {
  ["generator/spec.lua"] = [[
local files = require("generator.base.files")
local M = {}
function M.load(path, options)
  local text = files.read(path)
  local chunk, why = load(text, "=" .. path, "t", {})
  if not chunk then return nil, { why } end
  local ok, experiment = pcall(chunk)
  if not ok then return nil, { experiment } end
  if experiment.crash then error("a bug of ours") end
  experiment.name = path:match("([^/]+)%.lua$")
  experiment.sets, experiment.spec = options.sets, { path = path, text = text }
  for _, set in ipairs(options.sets) do
    local field, value = set:match("^(.-)=(.*)$")
    if field ~= "text" then return nil, { path .. ": --set " .. field .. ": unknown field" } end
    experiment.text = value
  end
  return experiment
end
function M.load_all(path, options)
  local experiment, errors = M.load(path, options)
  if not experiment then return nil, errors end
  return { { name = experiment.name, experiment = experiment } }
end
function M.where() return { line = 1 } end
return M
]],
  ["generator/lock.lua"] = [[
local files = require("generator.base.files")
local M = {}
function M.path(spec_path) return (spec_path:gsub("%.lua$", ".lock")) end
function M.make(experiment) return { text = "lock of " .. files.read(experiment.data.path .. "/file") } end
function M.load(path) return { text = files.read(path) } end
return M
]],
  ["generator/pipeline.lua"] = [[
local M = {}
function M.resolve(experiment, lock) return { experiment = experiment, lock = lock } end
return M
]],
  ["generator/compile.lua"] = [[
local M = { pass_names = { "build", "plan" } }
function M.print(graph) return "graph " .. graph end
function M.compile(resolved, options)
  if options.trace then options.trace("one", "build") options.trace("one planned", "plan") end
  if options.stop_after then return true end
  local experiment = resolved.experiment
  if experiment.does_not_fit then return nil, { { field = "model", message = "layer1: does not fit" } } end
  return { files = {
      { name = "program.c", text = '#include "program.h"\n/* ' .. resolved.stamp .. " */\n"
        .. "const char *ingot_text(void) { return \"" .. experiment.text .. '"; }\n' },
      { name = "train.c", text = (experiment.broken or "") .. "\nint ingot_number(void);\n"
        .. "int ingot_number(void) { return " .. #resolved.lock.text .. "; }\n" } },
    backends = { "c" }, libraries = {},
    summary = { parameters = 1234567, flops_per_sample = { train = 2e9, predict = 1e6 },
      memory = { train_bytes = 3 * 1024 * 1024, predict_bytes = 512 }, kernels = { c = 2, onednn = 1 } } }
end
return M
]],
  ["runtime/program.h"] = [[
#ifndef PROGRAM_H
#define PROGRAM_H
const char *ingot_text(void);
int ingot_number(void);
#endif
]],
  ["runtime/cli/main.c"] = [[
#include "program.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
extern const unsigned char ingot_manifest_begin[], ingot_manifest_end[];
extern const unsigned char ingot_sources_begin[], ingot_sources_end[];
/* Stands for a training: writes the file $0-weights as the weights of this run, where --work says. */
static int train(int argc, char **argv) {
    const char *work = "work", *name = strrchr(argv[0], '/');
    char path[4096], command[9000];
    for (int i = 2; i + 1 < argc; i++) {
        if (strcmp(argv[i], "--work") == 0) work = argv[i + 1];
    }
    snprintf(path, sizeof path, "%s/%s", work, name ? name + 1 : argv[0]);
    snprintf(command, sizeof command, "mkdir -p '%s' && cp '%s-weights' '%s/weights.safetensors'", path, argv[0], path);
    if (system(command) == 0) return 0;
    printf("{\"error\":\"there is no data\"}\n");
    return 4;
}
int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "train") == 0) {
        return train(argc, argv);
    } else if (argc > 1 && strcmp(argv[1], "manifest") == 0) {
        fwrite(ingot_manifest_begin, 1, (size_t)(ingot_manifest_end - ingot_manifest_begin), stdout);
    } else if (argc > 1 && strcmp(argv[1], "sources") == 0) {
        fwrite(ingot_sources_begin, 1, (size_t)(ingot_sources_end - ingot_sources_begin), stdout);
    } else {
        printf("%s %d %s\n", ingot_text(), ingot_number(), __FILE__);
    }
    return 0;
}
]],
  ["specs/small.lua"] = 'return { text = "hello", data = { path = "data" }, model = {}, train = {},\n'
    .. '  target = { isa = "x86-64-v3", threads = 2, backends = { "c" } } }\n',
  ["data/file"] = "some data",
}

local copied = { "LICENSE", "build.lua", "generator/cli.lua", "generator/describe.lua", "generator/driver.lua",
  "generator/family.lua",
  "generator/archive", "generator/emit/sections.lua", "generator/isas.lua", "generator/base", "generator/proof",
  "generator/regenerate", "generator/toolchain",
  "templates/launcher.c" }

--- A fresh project in `folder`, or in a temporary one.
function M.new(folder)
  local self = setmetatable({ folder = folder or assert(shell.temporary_folder("out/.tests/small")) }, Project)
  assert(shell.make_folder(self.folder))
  self.folder = shell.real_path(self.folder)
  for _, path in ipairs(copied) do
    assert(shell.make_folder((self.folder .. "/" .. path):match("^(.*)/")))
    local output, status = shell.capture(shell.command { "cp", "-r", path, self.folder .. "/" .. path }, true)
    assert(status == 0, output)
  end
  for path, text in pairs(rooms) do
    self:write(path, path:find("^generator/") and header .. text or text)
  end
  return self
end

function Project:write(path, text)
  assert(shell.make_folder((self.folder .. "/" .. path):match("^(.*)/")))
  assert(files.write(self.folder .. "/" .. path, text))
end

function Project:read(path)
  return files.read(self.folder .. "/" .. path)
end

--- Runs `lua build.lua arguments`; `before` goes before it ("cd x &&", variables). Returns standard
--- output, exit status, standard error.
function Project:run(arguments, before)
  local errors = self.folder .. "/stderr"
  local pipe = assert(io.popen(string.format("cd %s && %s lua5.4 build.lua %s 2>%s", shell.quote(self.folder),
    before or "", arguments, shell.quote(errors))))
  local output = pipe:read("a")
  local _, _, status = pipe:close()
  return output, status, files.read(errors)
end

--- Puts a gcc before the real one, which it ends with unless `script` (lines of sh) left: what then has to stand before
--- the command of `run`.
function Project:wrap_gcc(script)
  local real = shell.capture("command -v gcc"):gsub("\n", "")
  self:write("bin/gcc", "#!/bin/sh\n" .. script .. "\nexec " .. real .. ' "$@"\n')
  shell.capture("chmod +x " .. shell.quote(self.folder .. "/bin/gcc"))
  return 'PATH="$PWD/bin:$PATH"'
end

function Project:remove()
  shell.remove_folder(self.folder)
end

return M
