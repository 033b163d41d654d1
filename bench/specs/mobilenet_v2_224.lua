-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- MobileNet v2 as ImageNet's users run it, 3x224x224: batches of 16, prediction one by one.
-- The data is made by bench/data.lua: what a step costs does not depend on what is in the pictures.

return experiment {
  name = "bench_mobilenet_v2_224",
  data = idx { path = "out/bench/data/images-224", split = given {} },
  features = pixels { channels = 3 },
  model = mobilenet_v2 {},
  train = {
    optimizer = sgd { learning_rate = 0.01, momentum = 0.9, weight_decay = 1e-4 },
    epochs = 1,
    batch_size = 16,
  },
  evaluate = { batch_size = 16 },
  predict = { batch_size = 1 },
  target = { isa = "x86-64-v4", threads = 2 },
}
