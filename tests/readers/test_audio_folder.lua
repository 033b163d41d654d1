-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What audio_folder compiles to; what it reads is in tests/runtime/test_audio_folder.c.

package.path = "./?.lua;./?/init.lua;" .. package.path
local lu = require("luaunit")
local files = require("generator.base.files")
local kind = require("generator.readers.audio_folder")

TestAudioFolder = {} -- luacheck: globals TestAudioFolder

function TestAudioFolder.test_emit()
  lu.assertEquals(kind.emit({ path = "data", min_seconds = 0 }), [[
static const ingot_audio_folder_config reader_config = {
    .classes = NULL,
    .include = NULL,
    .exclude = NULL,
    .min_seconds = 0x0p+0,
};
]])
  lu.assertEquals(kind.emit({ path = "data", min_seconds = 1.5, classes = { 'a"b', "\u{fc}" },
    exclude = { "*/silence/*" } }, "other"), [[
static const char *const other_classes[] = {
    "a\042b",
    "\303\274",
    NULL,
};
static const char *const other_exclude[] = {
    "*/silence/*",
    NULL,
};
static const ingot_audio_folder_config other = {
    .classes = other_classes,
    .include = NULL,
    .exclude = other_exclude,
    .min_seconds = 0x1.8p+0,
};
]])
end

function TestAudioFolder.test_emitted_c_compiles_clean()
  local text = '#include <stddef.h>\n#include "data/audio_folder.h"\n'
    .. kind.emit({ min_seconds = 1, classes = { "en", "f\\r\n??/" }, include = { "*.wav" }, exclude = { "*/x/*" } })
    .. "const void *use(void);\nconst void *use(void) { return &reader_config; }\n"
  local base = os.tmpname()
  assert(files.write(base .. ".c", text))
  lu.assertTrue(os.execute("gcc -std=gnu11 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Iruntime -c "
    .. base .. ".c -o " .. base .. ".o"))
  for _, ending in ipairs { "", ".c", ".o" } do os.remove(base .. ending) end
end

function TestAudioFolder.test_scan_arguments()
  lu.assertEquals(kind.scan_arguments({ path = "data", min_seconds = 0, on_unreadable = "skip" }),
    { reader = "audio_folder", path = "data" })
  lu.assertEquals(kind.scan_arguments({ path = "data", min_seconds = 1, classes = { "a" }, exclude = { "*" } }),
    { reader = "audio_folder", path = "data", min_seconds = 1, classes = { "a" }, exclude = { "*" } })
end

function TestAudioFolder.test_refusals()
  lu.assertEquals({ kind.check { classes = { "en", "a/b" } } },
    { "classes", 'has "a/b"; names of folders directly in `path` are needed' })
  lu.assertEquals({ kind.check { classes = { ".." } } },
    { "classes", 'has ".."; names of folders directly in `path` are needed' })
  lu.assertEquals({ kind.check {} }, {})
end

function TestAudioFolder.test_sources_exist()
  for _, path in ipairs(kind.sources) do lu.assertTrue(files.exists(path), path) end
end

os.exit(lu.LuaUnit.run())
