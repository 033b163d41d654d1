-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What readers share: the field `dvc`; and of those of class folders (runtime/data/folder_tree.h) the fields that
-- choose files, and what they compile to. Not a kind: the registry passes over this file.

local render = require("generator.base.render")

local M = { lists = { "classes", "include", "exclude" } }

--- Every reader has it, after `path`.
M.dvc = { name = "dvc", type = "string", min_length = 1,
  doc = "the `.dvc` file or `dvc.lock` that says which data `path` is: a lock is made of nothing else "
    .. "([data.md](data.md#dvc))" }

local function patterns(name, doc)
  return { name = name, type = "list", of = { type = "string", min_length = 1 }, min_length = 1, doc = doc }
end

--- The fields all of them begin with. words: what is said of `split`, examples of `include` and `exclude`,
--- and what `on_unreadable` is about.
function M.fields(words)
  return {
    { name = "path", type = "string", min_length = 1, required = true,
      doc = "folder of the class folders; relative to where a command is run" },
    M.dvc,
    { name = "split", type = "kind", section = "split", required = true, doc = words.split },
    { name = "classes", type = "list", of = { type = "string", min_length = 1 }, unique = true, min_length = 1,
      doc = "take only these folders (with `labels`: these classes); absent: all" },
    patterns("include", "take only files whose path within `path` matches one of these shell patterns; "
      .. "`*` matches `/` too: " .. words.include),
    patterns("exclude", "leave out files that match one of these: " .. words.exclude),
    { name = "on_unreadable", type = "enum", allowed = { "fail", "skip" }, default = "fail", doc = words.unreadable },
    { name = "labels", type = "record", optional = true,
      doc = "the classes of the files, from an export of Label Studio in place of the folders: files may then lie "
        .. "anywhere in `path`; docs/data.md has the rules",
      fields = {
        { name = "label_studio", type = "string", min_length = 1, required = true,
          doc = "the export, in JSON or JSON-MIN; locking reads it, the executable does not need it" },
        { name = "from", type = "string", min_length = 1, required = true,
          doc = "name of the labeling configuration's control whose choice is the class" },
        { name = "data_key", type = "string", min_length = 1,
          doc = "which of a task's data names the file; absent: the first that fits one, in byte order of the keys" },
        { name = "on_disagreement", type = "enum", allowed = { "fail", "majority", "skip" }, default = "fail",
          doc = "where annotations of a task differ: stop; take the class that most chose, leaving the file out where "
            .. "there is none; leave the file out" },
        { name = "on_missing", type = "enum", allowed = { "fail", "skip" }, default = "fail",
          doc = "where a task has no file or a file no task: stop, or leave them out" },
      } },
  }
end

--- The field and a message where a class is no name of a folder.
function M.check_classes(data)
  if data.labels then return end
  for _, name in ipairs(data.classes or {}) do
    if name == "." or name == ".." or name:find("/", 1, true) then
      return "classes", ("has \"%s\"; names of folders directly in `path` are needed"):format(name)
    end
  end
end

-- What is asked of the runtime. With labels from an export its folders are no classes, and the export itself is no
-- sample where it lies in the data's folder.
local function lists_of(data)
  local values = {}
  for _, list in ipairs(M.lists) do values[list] = data[list] end
  if not data.labels then return values end
  values.classes = nil
  local root, export = data.path:gsub("/+$", "") .. "/", data.labels.label_studio
  if export:sub(1, #root) == root then
    values.exclude = table.move(data.exclude or {}, 1, #(data.exclude or {}), 1, {})
    table.insert(values.exclude, (export:sub(#root + 1):gsub("[%[%]*?\\]", "\\%0")))
  end
  return values
end

--- C text of the lists, and { classes =, include =, exclude =, flat = } as a config names them.
function M.emit_lists(data, name)
  local parts, values, lists = {}, { flat = data.labels and "    .flat = 1,\n" or "" }, lists_of(data)
  for _, list in ipairs(M.lists) do
    values[list] = "NULL"
    if lists[list] then
      local words = {}
      for i, word in ipairs(lists[list]) do words[i] = "    " .. render.string(word) .. ",\n" end
      parts[#parts + 1] = ("static const char *const %s_%s[] = {\n%s    NULL,\n};\n")
        :format(name, list, table.concat(words))
      values[list] = name .. "_" .. list
    end
  end
  return table.concat(parts), values
end

--- What the scanner is asked, as far as it is the same for all.
function M.scan_arguments(data, reader)
  local arguments, lists = { reader = reader, path = data.path, flat = data.labels and true or nil }, lists_of(data)
  for _, list in ipairs(M.lists) do arguments[list] = lists[list] end
  return arguments
end

return M
