-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Kinds for the tests of the spec language, so that they do not change with the real ones.

return {
  { kind = "folder", section = "reader", doc = "a reader of sounds", yields = "audio", fields = {
    { name = "path", type = "string", min_length = 1, required = true, doc = "where" },
    { name = "extensions", type = "list", unique = true, min_length = 1, max_length = 3, default = { "wav" },
      of = { type = "string", min_length = 1, pattern = "%l+", pattern_doc = "lower-case letters" }, doc = "endings" },
    { name = "group", type = "any_of", default = "none", doc = "how files go together",
      of = { { type = "function" }, { type = "string" }, { type = "enum", allowed = { false } } } },
  } },
  { kind = "images", section = "reader", doc = "a reader of images", yields = "image", fields = {} },
  { kind = "mels", section = "features", doc = "features of sounds", accepts = "audio", fields = {
    { name = "n_fft", type = "integer", min = 2, default = 512, doc = "size" },
    { name = "hop", type = "integer", min = 1, default = function(o) return o.n_fft // 4 end,
      default_doc = "a quarter of n_fft", doc = "step" },
  } },
  { kind = "pix", section = "features", doc = "features of images", accepts = "image", fields = {
    { name = "top", type = "any_of", default = "none", doc = "number or none",
      of = { { type = "number", min = 0 }, { type = "enum", allowed = { "none" } } } },
  } },
  { kind = "chain", section = "layer", doc = "a container", children = true, fields = {} },
  { kind = "dense", section = "layer", doc = "a layer", fields = {
    { name = "outputs", type = "integer", min = 1, required = true, doc = "features" },
    { name = "bias", type = "boolean", default = true, doc = "bias" },
  } },
  { kind = "conv", section = "layer", doc = "a layer", fields = {
    { name = "kernel", type = "pair", min = 1, max = 31, default = 3, doc = "window" },
    { name = "padding", type = "enum", allowed = { "same", "valid", 0, 1 }, default = "same", doc = "padding" },
  }, check = function(o) if o.kernel[1] % 2 == 0 then return "kernel", "must be odd" end end },
  { kind = "act", section = "layer", doc = "a layer", fields = {} },
  { kinds = { "net18", "net34" }, section = "model", doc = "models by name", fields = {
    { name = "width", type = "integer", min = 1, default = 64, doc = "channels" },
  } },
  { kind = "descent", section = "optimizer", doc = "an optimizer", fields = {
    { name = "rate", type = "number", above = 0, required = true, doc = "step" },
    { name = "momentum", type = "number", min = 0, below = 1, default = 0, doc = "memory" },
  } },
  { kind = "cross_entropy", section = "loss", doc = "a loss", fields = {} },
  { kind = "constant", section = "schedule", doc = "a schedule", fields = {} },
  { kind = "ramp", section = "schedule", doc = "a schedule", fields = {
    { name = "epochs", type = "integer", min = 1, default = 2, doc = "length" },
    { name = "before", type = "kind", section = "schedule", default = { kind = "constant" }, doc = "what follows" },
  } },
}
