-- Topics of texts: descriptions of Debian's packages, six sections of the archive. Words as rows of a trained table,
-- read from both ends by a long short-term memory; of each of its numbers the largest over the text decides. A source
-- package is for training or for the test, not for both.

return experiment {
  name = "topics_lstm",

  data = text_folder {
    path = "data/topics",
    min_length = 20,
    split = by_group { group = "([^/]+)%.txt$", validation = 0.1, test = 0.2, seed = 1 },
  },

  features = word_ids {
    max_length = 200,
    min_documents = 2,
    max_terms = 20000,
  },

  model = sequential {
    embedding { features = 128, deviation = 0.1 },
    dropout { p = 0.3 },
    lstm { outputs = 128, bidirectional = true },
    max_over_time {},
    dropout { p = 0.5 },
    linear { outputs = 6 },
  },

  train = {
    optimizer = adam { learning_rate = 0.002 },
    epochs = 10,
    batch_size = 32,
  },

  evaluate = { batch_size = 64 },

  target = { isa = "x86-64-v3", threads = 2 },
}
