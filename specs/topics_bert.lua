-- Topics of texts: descriptions of Debian's packages, six sections of the archive. A small BERT (Devlin et al. 2019)
-- from scratch: WordPiece tokens made of the training texts, two transformer layers, AdamW without decay on biases and
-- norms, a rate that warms up and then falls in a line, limited gradients, and the weights of the best epoch. A source
-- package is for training or for the test, not for both.
--
-- To start from weights that others trained (docs/text.md, "BERT"), give their vocabulary, their sizes, their file:
--
--   features = wordpiece { vocabulary = "weights/minilm/vocab.txt", max_length = 128 },
--   model = bert { layers = 6, hidden = 384, heads = 12, pooling = "mean", dropout = 0.1 },
--   train = { pretrained = "weights/minilm/model.safetensors", pretrained_skip = { "head", "pooler" },
--             freeze = { "bert.embeddings", "bert.encoder.layer.0" }, … optimizer = adamw { learning_rate = 5e-5, … } }

return experiment {
  name = "topics_bert",

  data = text_folder {
    path = "data/topics",
    min_length = 20,
    split = by_group { group = "([^/]+)%.txt$", validation = 0.1, test = 0.2, seed = 1 },
  },

  features = wordpiece { tokens = 6000, max_length = 128 },

  model = bert { layers = 2, hidden = 128, heads = 4, intermediate = 256, max_position = 128, pooling = "mean",
                 dropout = 0.2 },

  train = {
    optimizer = adamw { learning_rate = 1e-3, weight_decay = 0.05 },
    groups = { { match = "vectors", weight_decay = 0 } },
    schedule = warmup { epochs = 2, before = linear_rate { from = 1, to = 0.02, by = "step" } },
    clip_gradient_norm = 1,
    epochs = 16,
    batch_size = 16,
    early_stopping = { metric = "validation.accuracy", patience = 6 },
    keep = "best",
    seed = 1,
  },

  evaluate = { batch_size = 64 },

  target = { isa = "x86-64-v3", threads = 2 },
}
