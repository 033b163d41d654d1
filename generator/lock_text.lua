-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The text of a lock (docs/lock.md, "Form"): keys in order, a file, tensor, column or term per line.

local json = require("generator.base.json")
local sorted = require("generator.base.sorted")
local vocabularies = require("generator.text.vocabulary")

return function(value)
  local lines = {}
  for key, inner in sorted.pairs(value) do
    local text
    if (key == "files" or key == "skipped") and #inner > 0 then
      local entries = {}
      for i, entry in ipairs(inner) do entries[i] = json.encode(entry) end
      text = "[\n" .. table.concat(entries, ",\n") .. "\n]"
    elseif key == "weights" then
      local entries = {}
      for i, entry in ipairs(inner) do
        local tensors = {}
        for name, saved in sorted.pairs(entry.tensors) do
          tensors[#tensors + 1] = ("%s:%s"):format(json.encode(name), json.encode(saved))
        end
        entries[i] = ('{"bytes":%d,"path":%s,"sha256":"%s","tensors":{\n%s\n}}'):format(entry.bytes,
          json.encode(entry.path), entry.sha256, table.concat(tensors, ",\n"))
      end
      text = "[\n" .. table.concat(entries, ",\n") .. "\n]"
    elseif key == "table" then
      local entries = {}
      for i, column in ipairs(inner.columns) do entries[i] = json.encode(column) end
      text = ('{"columns":[\n%s\n],"rows":%s,%s"targets":%s,"task":%s}'):format(table.concat(entries, ",\n"),
        json.encode(inner.rows), inner.slices and '"slices":' .. json.encode(inner.slices) .. "," or "",
        json.encode(inner.targets), json.encode(inner.task))
    elseif key == "vocabulary" then
      text = vocabularies.encode(inner)
    elseif key == "counts" then
      local entries = {}
      for split, of in sorted.pairs(inner) do entries[#entries + 1] = ('"%s": %s'):format(split, json.encode(of)) end
      text = "{\n" .. table.concat(entries, ",\n") .. "\n}"
    else
      text = json.encode(inner)
    end
    lines[#lines + 1] = ('"%s": %s'):format(key, text)
  end
  return "{\n" .. table.concat(lines, ",\n") .. "\n}\n"
end
