-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Records of files that hold many (rows of tables, images of idx files) whose content is that of an earlier one.
--
--   repeats.find(files, digests, splits) -> { duplicated, leaking, examples, leaks }
--
-- files: { path, records }; digests[i][r], splits[i][r]: of record r of file i, from 1 ("none": in no split).
-- duplicated: how many; leaking: how many of them are in another split than the first of their kind; examples,
-- leaks (nil without any): "file#3 = file#7", the first of each, records counted from 0.

local json = require("generator.base.json")

local repeats = {}

local max_pairs = 20 -- that the lock names

function repeats.find(files, digests, splits)
  local first, found = {}, { duplicated = 0, leaking = 0, examples = json.list {} }
  for i, file in ipairs(files) do
    for record = 1, file.records do
      local digest, name = digests[i][record], ("%s#%d"):format(file.path, record - 1)
      local before, split = first[digest], splits[i][record]
      if not before then
        first[digest] = { name = name, split = split }
      else
        local leaks = split ~= "none" and before.split ~= "none" and split ~= before.split
        found.duplicated = found.duplicated + 1
        found.leaking = found.leaking + (leaks and 1 or 0)
        local pair = before.name .. " = " .. name
        if #found.examples < max_pairs then found.examples[#found.examples + 1] = pair end
        if leaks then
          found.leaks = found.leaks or json.list {}
          if #found.leaks < max_pairs then found.leaks[#found.leaks + 1] = pair end
        end
      end
    end
  end
  return found
end

return repeats
