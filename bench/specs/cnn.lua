-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Two convolutions, two pools, two linear layers: the small net of every first tutorial.
-- The data is made by bench/data.lua: what a step costs does not depend on what is in the pictures.

return experiment {
  name = "bench_cnn",
  data = idx { path = "out/bench/data/images-28", split = given {} },
  features = pixels {},
  model = sequential {
    conv2d { channels = 32, kernel_size = 3, padding = 1 }, relu {}, max_pool { kernel_size = 2 },
    conv2d { channels = 64, kernel_size = 3, padding = 1 }, relu {}, max_pool { kernel_size = 2 },
    flatten {}, linear { outputs = 128 }, relu {}, linear { outputs = 10 },
  },
  train = {
    optimizer = sgd { learning_rate = 0.01, momentum = 0.9 },
    epochs = 1,
    batch_size = 32,
  },
  evaluate = { batch_size = 32 },
  predict = { batch_size = 1 },
  target = { isa = "x86-64-v4", threads = 2 },
}
