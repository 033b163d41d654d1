-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- ResNet-18 for images of CIFAR's size, 3x32x32: a stem without stride or pooling.
-- The data is made by bench/data.lua: what a step costs does not depend on what is in the pictures.

return experiment {
  name = "bench_resnet18_32",
  data = idx { path = "out/bench/data/images-32", split = given {} },
  features = pixels { channels = 3 },
  model = resnet18 { stem = "small" },
  train = {
    optimizer = sgd { learning_rate = 0.01, momentum = 0.9, weight_decay = 1e-4 },
    epochs = 1,
    batch_size = 64,
  },
  evaluate = { batch_size = 64 },
  predict = { batch_size = 1 },
  target = { isa = "x86-64-v4", threads = 2 },
}
