-- Fisher's iris (Fisher 1936): 150 flowers, four lengths, three species. The smallest classification of
-- a table; about 0.95 of the test flowers are told right.

return experiment {
  name = "iris_mlp",

  data = csv {
    path = "data/tables",
    files = { "iris.csv" },
    target = "species",
    split = by_fraction { test = 0.2 },
  },

  features = tabular {},

  model = sequential {
    flatten {},
    linear { outputs = 16 },
    relu {},
    linear { outputs = 3 },
  },

  train = {
    optimizer = adam { learning_rate = 0.01 },
    epochs = 60,
    batch_size = 16,
  },

  evaluate = { batch_size = 30 },

  target = { isa = "x86-64-v3", threads = 2 },
}
