-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The MLP that is compared: 784-128-10, batch 32, plain SGD.
-- The data is made by bench/data.lua: what a step costs does not depend on what is in the pictures.

return experiment {
  name = "bench_mlp",
  data = idx { path = "out/bench/data/images-28", split = given {} },
  features = pixels {},
  model = mlp { hidden = { 128 } },
  train = {
    optimizer = sgd { learning_rate = 0.01 },
    epochs = 1,
    batch_size = 32,
  },
  evaluate = { batch_size = 32 },
  predict = { batch_size = 1 },
  target = { isa = "x86-64-v4", threads = 2 },
}
