-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- How bytes become a text (runtime/data/text_rules.h): the fields that all readers of texts have, and what they
-- compile to.

local render = require("generator.base.render")

local M = {
  sources = { "runtime/data/text_rules.c", "runtime/data/text_rules.h", "runtime/text/clean.c",
    "runtime/text/clean.h", "runtime/text/unicode.c", "runtime/text/unicode_tables.c", "runtime/text/utf8.c" },
}

M.fields = {
  { name = "encoding", type = "enum", allowed = { "utf-8", "latin-1" }, default = "utf-8",
    doc = "of the files; what is no UTF-8 is replaced by U+FFFD and counted, the lock says in which files" },
  { name = "headers", type = "enum", allowed = { "keep", "strip" }, default = "keep",
    doc = "`strip`: what comes before the first empty line is no part of a text, as the headers of messages" },
  { name = "min_length", type = "integer", min = 0, max = 1000000000, default = 0,
    doc = "leave out texts of fewer characters (white space at both ends aside); the lock lists them as skipped. "
      .. "With 0 a text without any character is an error" },
}

--- C text of an ingot_text_rules.
function M.emit(data)
  return render.render("{.min_length = ${min}, .latin1 = ${latin1}, .strip_headers = ${strip}}", {
    min = data.min_length, latin1 = data.encoding == "latin-1" and 1 or 0, strip = data.headers == "strip" and 1 or 0 })
end

--- What the scanner is asked: what differs from its defaults.
function M.scan_arguments(data)
  return { min_length = data.min_length > 0 and data.min_length or nil,
    latin1 = data.encoding == "latin-1" and 1 or nil, strip_headers = data.headers == "strip" and 1 or nil }
end

return M
