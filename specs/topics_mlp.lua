-- Topics of texts: descriptions of Debian's packages, six sections of the archive. Counts of word stems over a
-- vocabulary that the lock fixes, and a small MLP behind them, as it is often used for news (BBC News). The first layer
-- reads what is not 0 only. A source package is for training or for the test, not for both.

return experiment {
  name = "topics_mlp",

  data = text_folder {
    path = "data/topics",
    min_length = 20,
    split = by_group { group = "([^/]+)%.txt$", validation = 0.1, test = 0.2, seed = 1 },
  },

  features = tf_idf {
    sublinear_tf = true,
    stem = "porter",
    stop_words = "english",
    min_documents = 2,
    max_terms = 20000,
  },

  model = sequential {
    linear { outputs = 256 },
    layer_norm {},
    relu {},
    linear { outputs = 128 },
    relu {},
    dropout { p = 0.5 },
    linear { outputs = 64 },
    relu {},
    linear { outputs = 6 },
  },

  train = {
    optimizer = adam { learning_rate = 0.001 },
    epochs = 8,
    batch_size = 32,
  },

  evaluate = { batch_size = 64 },

  target = { isa = "x86-64-v3", threads = 2 },
}
