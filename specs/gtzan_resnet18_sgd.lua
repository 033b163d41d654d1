-- Music genres: ResNet-18 on mel spectrograms of GTZAN (Tzanetakis and Cook 2002), ten genres with
-- a hundred clips of 30 s each at 22,050 Hz. You bring the data: the folder with one folder per
-- genre. `lua build.lua lock specs/gtzan_resnet18_sgd.lua` states it, then this builds anywhere.

return experiment {
  name = "gtzan_resnet18_sgd",

  data = audio_folder {
    path = "data/gtzan",
    classes = { "blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock" },
    -- One clip of the usual copy, jazz.00054.wav, cannot be read. It is named and left out.
    on_unreadable = "skip",
    -- Every clip by itself, the same share of each genre. Segments of a clip always stay together.
    split = by_fraction { validation = 0.1, test = 0.2, seed = 1 },
  },

  -- Three segments of 10 s from each clip; a clip's genre is the mean over its segments. For one
  -- sample per clip: segment_seconds = 30 (and a smaller batch).
  features = mel_spectrogram {
    sample_rate = 22050,
    segment_seconds = 10,
    tail = "pad", -- clips are a little under 30 s
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
