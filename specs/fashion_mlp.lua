-- Fashion-MNIST with a small multilayer perceptron: the "hello, world" of image classification.
-- 28x28 grey images of ten kinds of clothing (Xiao et al. 2017); about 0.88 of the test images are
-- told right.

return experiment {
  name = "fashion_mlp",

  data = idx {
    path = "data/fashion-mnist",
    classes = { "T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot" },
    -- The test files are the test. Training's last fifth is looked at after every epoch.
    split = given { validation = 0.2, take = "last" },
  },

  features = pixels { scale = 1 / 255 }, -- bytes to 0 … 1

  model = sequential {
    flatten {},
    linear { outputs = 128 },
    relu {},
    linear { outputs = 10 }, -- one number per class; softmax is part of the loss
  },

  train = {
    optimizer = adam { learning_rate = 1e-3 },
    loss = cross_entropy {},
    epochs = 10,
    batch_size = 50,
    seed = 1,
  },

  evaluate = { batch_size = 100 },

  target = { isa = "x86-64-v4", threads = 2 },
}
