-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Which files are tests, in byte order of their paths, and what their `link:` line asks for.
-- A test is { path, kind = "lua" | "c" | "fuzz", name, sources, libraries, problem }.

local files = require("generator.base.files")
local shell = require("generator.toolchain.shell")

local M = {}

local function words(text)
  local list = {}
  for word in text:gmatch("%S+") do list[#list + 1] = word end
  return list
end

--- Sources and libraries of a C test from its text; nil and why where the line is missing or wrong.
--- The comment may go over several lines.
function M.parse_link(text, kind)
  local marker = kind == "fuzz" and "fuzz" or "link"
  local body = text:match("/%*%s*" .. marker .. ":(.-)%*/")
  if not body then return nil, "no line /* " .. marker .. ": sources ; libs: names */" end
  body = body:gsub("\n%s*%*", "\n")
  local sources, libraries = body:match("^(.-);%s*libs:(.*)$")
  if not sources then sources, libraries = body, "" end
  return { sources = words(sources), libraries = words(libraries) }
end

local function kind_of(path)
  if path:find("/test_[^/]*%.lua$") then return "lua" end
  if path:find("/test_[^/]*%.c$") then return "c" end
  if path:find("/fuzz/fuzz_[^/]*%.c$") then return "fuzz" end
  return nil
end

local function wanted(path, filters)
  if #filters == 0 then return true end
  for _, filter in ipairs(filters) do
    if path:find(filter, 1, true) then return true end
  end
  return false
end

--- Tests below `folder` whose path contains one of `filters` (all where there are none).
function M.find(folder, filters)
  local tests = {}
  for _, relative in ipairs(shell.list_files(folder)) do
    local path = folder .. "/" .. relative
    local kind = kind_of(path)
    if kind and wanted(path, filters) then
      local test = { path = path, kind = kind,
        name = path:match("([^/]+)%.%w+$"):gsub("^fuzz_", "") }
      if kind ~= "lua" then
        local link, why = M.parse_link(assert(files.read(path)), kind)
        if link then
          test.sources, test.libraries = link.sources, link.libraries
        else
          test.problem = why
        end
      end
      tests[#tests + 1] = test
    end
  end
  return tests
end

--- The filters that no test of the list matches.
function M.unmatched(tests, filters)
  local missing = {}
  for _, filter in ipairs(filters) do
    local found = false
    for _, test in ipairs(tests) do
      found = found or test.path:find(filter, 1, true) ~= nil
    end
    if not found then missing[#missing + 1] = filter end
  end
  return missing
end

return M
