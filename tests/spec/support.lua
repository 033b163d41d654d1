-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What the tests of the spec language share: a registry of test kinds, and a good spec to break.

local spec = require("generator.spec")
local registry = require("generator.spec.registry")

local support = {}

support.registry = registry.new { { path = "tests/spec/kinds" } }

support.good = [[
return experiment {
  data = folder { path = "data/x" },
  features = mels {},
  model = chain { dense { outputs = 8 }, act {}, dense { outputs = 3 } },
  train = { optimizer = descent { rate = 0.1 }, epochs = 3, batch_size = 4 },
}
]]

-- A spec whose lines are the lines given, parsed; `sets` as on the command line.
function support.parse(text, sets)
  return spec.parse(text, "specs/case.lua", { registry = support.registry, sets = sets })
end

-- The good spec with one piece of text replaced.
function support.broken(from, to, sets)
  local at, stop = support.good:find(from, 1, true)
  assert(at, "the good spec does not hold " .. from)
  return support.parse(support.good:sub(1, at - 1) .. to .. support.good:sub(stop + 1), sets)
end

-- All error lines as one text; fails where there were none.
function support.errors(experiment, errors)
  assert(experiment == nil, "was accepted")
  return spec.format(errors)
end

return support
