-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What readers of class folders (runtime/data/folder_tree.h) share: the fields that choose files, and what
-- they compile to. Not a kind: the registry passes over this file.

local render = require("generator.base.render")

local M = { lists = { "classes", "include", "exclude" } }

local function patterns(name, doc)
  return { name = name, type = "list", of = { type = "string", min_length = 1 }, min_length = 1, doc = doc }
end

--- The fields all of them begin with. words: what is said of `split`, examples of `include` and `exclude`,
--- and what `on_unreadable` is about.
function M.fields(words)
  return {
    { name = "path", type = "string", min_length = 1, required = true,
      doc = "folder of the class folders; relative to where a command is run" },
    { name = "split", type = "kind", section = "split", required = true, doc = words.split },
    { name = "classes", type = "list", of = { type = "string", min_length = 1 }, unique = true, min_length = 1,
      doc = "take only these folders; absent: all" },
    patterns("include", "take only files whose path within `path` matches one of these shell patterns; "
      .. "`*` matches `/` too: " .. words.include),
    patterns("exclude", "leave out files that match one of these: " .. words.exclude),
    { name = "on_unreadable", type = "enum", allowed = { "fail", "skip" }, default = "fail", doc = words.unreadable },
  }
end

--- The field and a message where a class is no name of a folder.
function M.check_classes(data)
  for _, name in ipairs(data.classes or {}) do
    if name == "." or name == ".." or name:find("/", 1, true) then
      return "classes", ("has \"%s\"; names of folders directly in `path` are needed"):format(name)
    end
  end
end

--- C text of the lists, and { classes =, include =, exclude = } as a config names them.
function M.emit_lists(data, name)
  local parts, values = {}, {}
  for _, list in ipairs(M.lists) do
    values[list] = "NULL"
    if data[list] then
      local words = {}
      for i, word in ipairs(data[list]) do words[i] = "    " .. render.string(word) .. ",\n" end
      parts[#parts + 1] = ("static const char *const %s_%s[] = {\n%s    NULL,\n};\n")
        :format(name, list, table.concat(words))
      values[list] = name .. "_" .. list
    end
  end
  return table.concat(parts), values
end

--- What the scanner is asked, as far as it is the same for all.
function M.scan_arguments(data, reader)
  local arguments = { reader = reader, path = data.path }
  for _, list in ipairs(M.lists) do arguments[list] = data[list] end
  return arguments
end

return M
