-- Topics of texts: descriptions of Debian's packages, six sections of the archive. Words as rows of a trained table,
-- convolutions over three, four and five of them side by side, and of each filter what it found most of anywhere in the
-- text (Kim, "Convolutional neural networks for sentence classification", 2014). A source package is for training or
-- for the test, not for both.

local function filters(size)
  return sequential { conv1d { outputs = 100, kernel_size = size }, relu {}, max_over_time {} }
end

return experiment {
  name = "topics_cnn",

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
    concat { filters(3), filters(4), filters(5) },
    dropout { p = 0.5 },
    linear { outputs = 6 },
  },

  train = {
    optimizer = adam { learning_rate = 0.001 },
    epochs = 12,
    batch_size = 32,
  },

  evaluate = { batch_size = 64 },

  target = { isa = "x86-64-v3", threads = 2 },
}
