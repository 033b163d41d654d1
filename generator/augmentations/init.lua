-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What augmentations share: the number that fills what they uncover. Not a kind: the registry passes over
-- this file.

local render = require("generator.base.render")

local M = {}

--- The field `fill`.
function M.fill(default, doc)
  return { name = "fill", type = "any_of", default = default, doc = doc,
    of = { { type = "number", min = 0, max = 255 }, { type = "enum", allowed = { "mean" } } } }
end

--- Its C initialiser.
function M.emit_fill(fill)
  if fill == "mean" then return "{0.0f, 1}" end
  return render.render("{${v}f, 0}", { v = fill + 0.0 })
end

--- Why a mask is too wide for samples, or nil.
function M.too_large(what, size, limit, of)
  if size > limit then return ("%s is %d, the samples have %d %s"):format(what, size, limit, of) end
end

return M
