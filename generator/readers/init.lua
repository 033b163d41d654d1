-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What readers share: the field `dvc`; of those of class folders (runtime/data/folder_tree.h) the fields that
-- choose files, and what they compile to; of those of tables (runtime/data/table_files.h) the names of files and
-- columns. Not a kind: the registry passes over this file.

local render = require("generator.base.render")
local sorted = require("generator.base.sorted")

local M = { lists = { "classes", "include", "exclude" } }

--- Every reader has it, after `path`.
M.dvc = { name = "dvc", type = "string", min_length = 1,
  doc = "the `.dvc` file or `dvc.lock` that says which data `path` is: a lock is made of nothing else "
    .. "([data.md](data.md#dvc))" }

--- A field that is a list of strings, none of them empty; `more`: what else the field says.
function M.strings(name, doc, more)
  local field = { name = name, type = "list", of = { type = "string", min_length = 1 }, min_length = 1, doc = doc }
  for key, value in next, more or {} do field[key] = value end
  return field
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
    M.strings("include", "take only files whose path within `path` matches one of these shell patterns; "
      .. "`*` matches `/` too: " .. words.include),
    M.strings("exclude", "leave out files that match one of these: " .. words.exclude),
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
      values[list] = name .. "_" .. list
      parts[#parts + 1] = render.strings(values[list], lists[list])
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

--- Fields that all tables have.
M.table_path = { name = "path", type = "string", min_length = 1, required = true,
  doc = "folder of the files; relative to where a command is run" }
M.table_names = M.strings("names", "names of the columns where there is no header; absent: \"1\", \"2\", …",
  { unique = true })

--- The field and a message where a file is not in the folder, or names come with a header.
function M.check_table(data)
  for _, name in ipairs(data.files) do
    if name:find("^/") or ("/" .. name .. "/"):find("/../", 1, true) then
      return "files", ("has \"%s\"; names inside the folder `path` are needed"):format(name)
    end
  end
  if data.names and data.header then return "names", "are for files without a header (`header = false`)" end
end

--- Names of a table's files as the runtime wants them: in byte order.
function M.table_files(data) return sorted.sort(table.move(data.files, 1, #data.files, 1, {})) end

--- C text of `lists`, a sequence of { field, strings or nil }; each field in `values` then names its array or is NULL.
function M.emit_table_lists(name, lists, values)
  local parts = {}
  for _, list in ipairs(lists) do
    local field, words = list[1], list[2]
    values[field] = words and name .. "_" .. field or "NULL"
    if words then parts[#parts + 1] = render.strings(values[field], words) end
  end
  return table.concat(parts)
end

return M
