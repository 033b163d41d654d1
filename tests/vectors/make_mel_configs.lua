-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The cases of tests/vectors/mel/cases.json as the C tables that the generator emits for them, for
-- tests/runtime/test_mel.c. Run from the repository root: lua tests/vectors/make_mel_configs.lua
-- writes tests/vectors/mel/configs.h; tests/features/test_mel_spectrogram.lua compares it with what the
-- generator emits now.

package.path = "./?.lua;./?/init.lua;" .. package.path
local dkjson = require("dkjson")
local kind = require("generator.features.mel_spectrogram")

local make = { path = "tests/vectors/mel/configs.h" }

-- The fields of a case with every default filled in.
function make.complete(given)
  local o = { kind = "mel_spectrogram" }
  for key, value in next, given do o[key] = value end
  for _, field in ipairs(kind.fields) do
    if o[field.name] == nil then
      local default = field.default
      if type(default) == "function" then default = default(o) end
      o[field.name] = default
    end
  end
  local field, message = kind.check(o)
  assert(not field, field and field .. " " .. message)
  return o
end

function make.cases()
  local handle = assert(io.open("tests/vectors/mel/cases.json"))
  local cases = assert(dkjson.decode(handle:read("a")))
  handle:close()
  return cases
end

function make.text()
  local parts = {
    "/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0\n *\n"
      .. " * Made by tests/vectors/make_mel_configs.lua from cases.json; not edited by hand. */\n"
      .. '#include "dsp/mel.h"\n\n#include <stddef.h>\n\n',
  }
  local rows = {}
  for i, case in ipairs(make.cases()) do
    local name = "mel_" .. case.name
    parts[#parts + 1] = kind.emit(make.complete(case.features), name) .. "\n"
    rows[i] = ('    {"%s", "%s", &%s},\n'):format(case.name, case.input, name)
  end
  parts[#parts + 1] = "static const struct mel_case {\n    const char *name, *input;\n"
    .. "    const ingot_mel_config *config;\n} mel_cases[] = {\n" .. table.concat(rows) .. "};\n"
  return table.concat(parts)
end

if arg and arg[0] and arg[0]:match("make_mel_configs%.lua$") then
  local handle = assert(io.open(make.path, "wb"))
  assert(handle:write(make.text()))
  assert(handle:close())
end
return make
