-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Resolved pipelines for tests of the rooms behind the spec, without data: synthetic images of a given
-- shape, ten classes, plain SGD.

local M = {}

--- options: model, batch, tail, channels, height, width, isa, backends, optimizer, classes.
function M.images(options)
  local classes = {}
  for i = 1, options.classes or 10 do classes[i] = tostring(i - 1) end
  return {
    name = options.name or "test", stamp = ("0"):rep(64), classes = classes,
    sample = { channels = options.channels or 1, height = options.height or 28, width = options.width or 28,
               stored_channels = options.channels or 1, stored_u8 = true, scale = { 1 / 255 }, shift = { 0.0 } },
    model = options.model,
    data = { kind = "idx", path = "data/test", train_images = "a", train_labels = "b", test_images = "c",
             test_labels = "d" },
    features = { kind = "pixels", scale = 1 / 255, channels = options.channels or 1, mean = 0.0, std = 1.0 },
    features_key = ("0"):rep(64),
    train = {
      optimizer = options.optimizer or { kind = "sgd", learning_rate = 0.1, momentum = 0.9, weight_decay = 0.0,
                                         nesterov = false },
      loss = { kind = "cross_entropy" }, epochs = 2, seed = 1, shuffle = true, last_batch = "keep",
    },
    batch = options.batch or 8, tail = options.tail or 0, evaluate = { batch_size = options.batch or 8 },
    predict = { batch_size = 1 },
    target = { isa = options.isa or "x86-64-v4", threads = 2,
               backends = options.backends or { "onednn", "openblas", "c" } },
    items = { train = 80, validation = 0, test = 8 }, samples = { train = 80, validation = 0, test = 8 },
    steps_per_epoch = 10, learning_rates = { 0.1, 0.1 }, learning_rate_per_step = false,
  }
end

return M
