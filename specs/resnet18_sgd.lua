-- Which language is spoken? ResNet-18 on mel spectrograms of telephone prompts in five languages.
-- This is the demo: `make demo` fetches the data, builds this file and runs it.
--
-- The data is easy: each language has one voice, so the network may listen to the voice instead of
-- the language. It shows the whole way from sound files to a report, not the state of the art.

return experiment {
  name = "resnet18_sgd",

  data = audio_folder {
    path = "data/voices", -- en, es, fr, it, ru: 8 kHz WAV
    exclude = { "*/silence/*" }, -- recordings of nothing
    on_unreadable = "skip", -- ru/is.wav has no sound in it
    min_seconds = 1, -- single letters and digits tell little
    -- A prompt has the same name in each language ("en/sorry.wav", "fr/sorry.wav", and once more in
    -- "fr/followme/sorry.wav"). All of its recordings go to the same side, so that no sentence of the
    -- test was heard in training.
    split = by_group { group = "([^/]+)%.%w+$", validation = 0.1, test = 0.2, seed = 1 },
  },

  -- Segments of 1.016 s, one every second; 127 ms of silence round them would cost little, so what is
  -- left over at the end of a prompt is dropped. 64 bands by 64 frames: 1 + (8128 / 128) with the
  -- frames centred, so nothing has to be resized.
  features = mel_spectrogram {
    sample_rate = 8000,
    segment_seconds = 1.016,
    segment_hop_seconds = 1.0,
    short = "pad",
    tail = "drop",
    n_fft = 512, hop_length = 128, n_mels = 64,
    fmin = 60, fmax = 3800, -- what a telephone lets through
    top_db = 80,
    normalise = "standardise", -- each segment by itself: loudness says nothing about language
  },

  model = resnet18 {},

  train = {
    optimizer = sgd { learning_rate = 0.05, momentum = 0.9, weight_decay = 5e-4 },
    schedule = warmup { epochs = 1, before = cosine { by = "step" } },
    loss = cross_entropy {},
    epochs = 8,
    batch_size = 32,
    seed = 1,
  },

  evaluate = { batch_size = 32 },

  target = { isa = "x86-64-v4", threads = 2, backends = { "onednn", "openblas", "c" } },
}
