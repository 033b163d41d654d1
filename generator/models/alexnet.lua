-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- AlexNet (Krizhevsky 2014, "One weird trick", without local response normalisation), with torchvision's
-- names, order and initialisation, so that its state dict loads: features.0 … features.10,
-- classifier.1, .4 and .6.

return {
  kinds = { "alexnet" }, section = "model",
  doc = "Five convolutions and three linear layers (Krizhevsky 2014), as torchvision's.",
  fields = {
    { name = "width", type = "integer", min = 1, default = 64,
      doc = "channels of the first convolution; the following ones have 3, 6, 4 and 4 times as many" },
    { name = "hidden", type = "integer", min = 1, default = 4096, doc = "size of the two hidden linear layers" },
    { name = "dropout", type = "number", min = 0, below = 1, default = 0.5,
      doc = "probability of zero before each hidden linear layer" },
    { name = "stem", type = "enum", allowed = { "imagenet", "small" }, default = "imagenet",
      doc = "`imagenet`: 11x11 convolution of stride 4, for images of at least 63x63; `small`: a 3x3 convolution "
        .. "of stride 1, for at least 15x15" },
    { name = "pool", type = "integer", min = 1,
      doc = "height and width of the image that the linear layers see; default: 6, with the small stem 2" },
  },
  build = function(l, p, context)
    local small = p.stem == "small"
    local first = small and l.conv2d { channels = p.width, kernel_size = 3, padding = 1 }
      or l.conv2d { channels = p.width, kernel_size = 11, stride = 4, padding = 2 }
    local function pool() return l.max_pool { kernel_size = 3, stride = 2 } end
    local function conv(times, size)
      return l.conv2d { channels = times * p.width, kernel_size = size, padding = size // 2 }
    end
    return l.sequential {
      l.sequential {
        name = "features",
        first, l.relu {}, pool(),
        conv(3, 5), l.relu {}, pool(),
        conv(6, 3), l.relu {}, conv(4, 3), l.relu {}, conv(4, 3), l.relu {}, pool(),
      },
      l.adaptive_avg_pool { name = "avgpool", output_size = p.pool or small and 2 or 6 },
      l.flatten { name = "flatten" },
      l.sequential {
        name = "classifier",
        l.dropout { p = p.dropout }, l.linear { outputs = p.hidden }, l.relu {},
        l.dropout { p = p.dropout }, l.linear { outputs = p.hidden }, l.relu {},
        l.linear { outputs = context.classes },
      },
    }
  end,
}
