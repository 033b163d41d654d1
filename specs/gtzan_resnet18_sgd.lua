-- Music genres: ResNet-18 on mel spectrograms of GTZAN (Tzanetakis and Cook 2002), ten genres with
-- a hundred clips of 30 s each at 22,050 Hz. You bring the data: the folder with one folder per
-- genre. `lua build.lua lock specs/gtzan_resnet18_sgd.lua` states it, then this builds anywhere.
-- Without data and lock it builds too, for what `declared` says: such an executable predicts with
-- weights made elsewhere (--any-stamp) and measures its own speed, and refuses to train.

return experiment {
  name = "gtzan_resnet18_sgd",

  data = audio_folder {
    path = "data/gtzan",
    classes = { "blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock" },
    -- One clip of the usual copy, jazz.00054.wav, cannot be read. It is named and left out.
    on_unreadable = "skip",
    declared = { files_per_class = 100, seconds = 30, rate = 22050 },
    -- Every clip by itself, the same share of each genre. Segments of a clip always stay together.
    split = by_fraction { validation = 0.1, test = 0.2, seed = 1 },
  },

  -- Three segments of 10 s from each clip; a clip's genre is the mean over its segments. They overlap
  -- by 0.1 s because clips last from 29.9 s to 30.7 s: cut every 10 s, the shortest would give two. For
  -- one sample per clip: segment_seconds = 30, short = "pad" (and a smaller batch).
  features = mel_spectrogram {
    sample_rate = 22050,
    segment_seconds = 10,
    segment_hop_seconds = 9.9,
    tail = "drop",
    n_fft = 2048, hop_length = 512, n_mels = 128,
    top_db = 80,
    normalise = "standardise",
    channels = 3, -- repeated: the stem is that of networks for colour images
  },

  model = resnet18 {},

  train = {
    optimizer = sgd { learning_rate = 0.01, momentum = 0.9, weight_decay = 1e-4 },
    schedule = step { every = 15, factor = 0.1 },
    epochs = 40,
    batch_size = 16,
    seed = 1,
  },

  target = { isa = "x86-64-v4", threads = 2 },
}
