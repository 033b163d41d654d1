-- Fashion-MNIST with a small convolutional network: what fashion_mlp.lua gains when neighbouring
-- pixels are looked at together. At least 0.91 on the test images, in a few minutes on two cores.

-- Convolution, normalisation, activation: the brick of most convolutional networks. The bias is
-- left out, batch norm has one of its own.
local function brick(channels)
  return {
    conv2d { channels = channels, kernel_size = 3, padding = 1, bias = false },
    batch_norm {},
    relu {},
  }
end

return experiment {
  name = "fashion_cnn",

  data = idx {
    path = "data/fashion-mnist",
    classes = { "T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot" },
    split = given { validation = 0.1, take = "last" },
  },

  -- The mean and standard deviation of the training pixels, so that inputs are around 0.
  features = pixels { mean = 0.286, std = 0.353 },

  model = sequential {
    brick(32), brick(32),
    max_pool { kernel_size = 2 }, -- 28x28 to 14x14
    brick(64), brick(64),
    max_pool { kernel_size = 2 }, -- 7x7
    flatten {},
    dropout { p = 0.3 },
    linear { outputs = 128 },
    relu {},
    linear { outputs = 10 },
  },

  train = {
    optimizer = sgd { learning_rate = 0.05, momentum = 0.9, nesterov = true, weight_decay = 5e-4 },
    schedule = cosine { by = "step" },
    epochs = 8,
    batch_size = 64,
    seed = 1,
  },

  evaluate = { batch_size = 100 },

  target = { isa = "x86-64-v4", threads = 2 },
}
