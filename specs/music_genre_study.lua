-- The family of runs of a music-genre study: five networks, three optimizers, three losses, side by
-- side, from one file. A spec may return a list; each experiment of it gets an executable and a stamp.
--
--   lua build.lua list specs/music_genre_study.lua
--   lua build.lua run specs/music_genre_study.lua                        all of them, and the table
--   lua build.lua run specs/music_genre_study.lua --only "resnet18_*"    some
--   lua build.lua run specs/music_genre_study.lua --set train.epochs=20
--
-- As it stands it is small, so that the whole family runs in minutes on two cores: narrow networks on
-- mel spectrograms of 32 x 32, the speech data of `make data` in the place of music. For the study itself
-- put GTZAN (specs/gtzan_resnet18_sgd.lua has its data and features) in `data` and `features`, and the
-- published sizes in `networks`: alexnet {}, vgg16 {}, resnet18 {}, resnet34 {}, densenet121 {}.

local data = audio_folder {
  path = "data/voices",
  exclude = { "*/silence/*" },
  on_unreadable = "skip",
  min_seconds = 1,
  split = by_group { group = "([^/]+)%.%w+$", validation = 0.1, test = 0.2, seed = 1 },
}

local features = mel_spectrogram { -- 32 bands by 32 frames of a second
  sample_rate = 8000,
  segment_seconds = 0.992, segment_hop_seconds = 2.0,
  short = "pad", tail = "drop",
  n_fft = 512, hop_length = 256, n_mels = 32,
  fmin = 60, fmax = 3800, top_db = 80,
  normalise = "standardise",
}

-- AlexNet has no batch norms: with batches of 32, plain SGD does not get away from its initial weights in this time
-- (test accuracy 0.217, that of one class of five; rates 0.02 to 0.2, 6 to 12 epochs). Many small steps do it: 0.680.
local networks = {
  { name = "alexnet", model = alexnet { stem = "small", width = 16, hidden = 128 }, batch_size = 8, epochs = 8,
    sgd = sgd { learning_rate = 0.01, momentum = 0.9, weight_decay = 5e-4 } },
  { name = "vgg16", model = vgg16_bn { stem = "small", width = 8, hidden = 128 } },
  { name = "resnet18", model = resnet18 { stem = "small", width = 8 } },
  { name = "resnet34", model = resnet34 { stem = "small", width = 8 } },
  { name = "densenet121", model = densenet121 { stem = "small", width = 8, growth = 4 } },
}

local optimizers = {
  { name = "sgd", optimizer = sgd { learning_rate = 0.02, momentum = 0.9, weight_decay = 5e-4 } },
  { name = "adam", optimizer = adam { learning_rate = 1e-3 } },
  { name = "rmsprop", optimizer = rmsprop { learning_rate = 3e-4 } },
}

local losses = {
  { name = "cross_entropy", loss = cross_entropy {} },
  { name = "kl_divergence", loss = kl_divergence {} },
  { name = "label_smoothing", loss = cross_entropy { label_smoothing = 0.1 } },
}

-- Every network with every optimizer under cross entropy; the other losses with the network in the
-- middle. `complete` makes all 45.
local complete = false

local family = {}
for _, network in ipairs(networks) do
  for _, by in ipairs(optimizers) do
    for _, of in ipairs(losses) do
      if complete or of.name == "cross_entropy" or network.name == "resnet18" then
        family[#family + 1] = experiment {
          name = network.name .. "_" .. by.name .. "_" .. of.name,
          data = data,
          features = features,
          model = network.model,
          train = {
            optimizer = network[by.name] or by.optimizer,
            loss = of.loss,
            schedule = warmup { epochs = 1, before = cosine { by = "step" } },
            epochs = network.epochs or 6,
            batch_size = network.batch_size or 32,
            seed = 1,
          },
          evaluate = { batch_size = 32 },
          target = { isa = "x86-64-v4", threads = 2 },
        }
      end
    end
  end
end
return family
