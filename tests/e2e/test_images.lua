-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Images in class folders, end to end: of any size, augmented, cached or decoded for every batch; what is
-- wrong with them, and that what is trained on is what was hashed.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local json = require("generator.base.json")
local png = require("tests.support.png")

local bench = e2e.new()

local augmentations = [[augment = { random_resized_crop { scale = { 0.3, 1 } }, flip {},
    random_crop { padding = 2 }, rotation { degrees = 15, fill = "mean" }, brightness {}, contrast {},
    cutout { size = 6 },
    mixup { alpha = 0.4 } },]]

local function spec(options)
  return ([[
return experiment {
  data = image_folder { path = "%s", split = by_fraction { validation = 0.1, test = 0.2, seed = 1 }, %s },
  features = pixels { %s, mean = 0.5, std = 0.25 },
  %s
  model = sequential { conv2d { channels = 6, kernel_size = 3 }, relu {}, global_avg_pool {}, linear { outputs = 3 } },
  train = { optimizer = adam { learning_rate = 0.02 }, epochs = %d, batch_size = 8 },
  target = { threads = 2, backends = { "c" } },
}
]]):format(options.path or "pictures", options.data or "", options.features or "shorter = 18, crop = 16",
    options.augment or "", options.epochs or 8)
end

-- Noise with more of one colour; heights and widths differ.
local function make_pictures(folder, each)
  local state = 1
  local function draw(n)
    state = (state * 1103515245 + 12345) % 2147483648
    return state // 65536 % n
  end
  for number, class in ipairs { "red", "green", "blue" } do
    for i = 1, each do
      local text = png.encode(20 + draw(20), 20 + draw(20), function()
        local colour = { draw(100), draw(100), draw(100) }
        colour[number] = colour[number] + 120
        return table.unpack(colour)
      end)
      bench:write(("%s/%s/%02d.png"):format(folder, class, i), text)
    end
  end
end

make_pictures("pictures", 15)

local function train(name, options)
  bench:write(name .. ".lua", spec(options))
  return bench:build(name .. ".lua")
end

local function run(built, arguments, environment)
  local ran = bench:exec(built, "run --json " .. (arguments or ""), environment)
  lu.assertEquals(ran.status, 0, ran.err)
  return ran
end

-- Without the header, which says on how many threads they were trained.
local function weights(work, built)
  local text = bench:read(("%s/%s/weights.safetensors"):format(work, built.folder))
  return text:sub(9 + string.unpack("<I8", text))
end

TestImages = {}

function TestImages.test_learns_and_predicts()
  local built = train("plain", {})
  local ran = run(built)
  local metrics = json.decode(bench:read("work/" .. built.folder .. "/metrics.json"))
  lu.assertEquals(metrics.metrics.test.accuracy, 1)
  local said = bench:exec(built, "predict pictures/red/01.png pictures/blue/02.png")
  lu.assertEquals(said.status, 0, said.err)
  lu.assertStrContains(said.out, "pictures/red/01.png\tred\t")
  lu.assertStrContains(said.out, "pictures/blue/02.png\tblue\t")
  lu.assertNil(ran.last.waited) -- nothing is made beside training
  local lock = json.decode(bench:read("plain.lock"))
  lu.assertEquals(lock.files[1].channels, 3)
  lu.assertTrue(lock.files[1].height >= 20 and lock.files[1].width >= 20)
end

-- Large images and little to compute: prediction works through its batch in parts (generator/passes/parts.lua).
function TestImages.test_prediction_in_parts()
  bench:write("large.lua", (spec { features = "shorter = 224, crop = 224", epochs = 1 }:gsub("conv2d %b{}, relu {}",
    "conv2d { channels = 8, kernel_size = 3, padding = 1 }, relu {}, "
    .. "conv2d { channels = 32, kernel_size = 3, padding = 1, stride = 2 }, relu {}")
    :gsub('backends = { "c" }', 'backends = { "onednn", "c" }')))
  local whole = bench:build("large.lua", "--set evaluate.batch_size=1")
  local first = run(whole, "--work whole").last
  local parts = bench:build("large.lua", "--set evaluate.batch_size=8 --set predict.batch_size=9")
  local text = bench:read("out/" .. parts.folder .. ".src/inference.c")
  if e2e.isa == "x86-64-v3" then -- two images by a thread; of nine, one
    lu.assertStrContains(text, ".batch = 8, .parts = 4, .slots = 2,")
    lu.assertStrContains(text, ".batch = 9, .parts = 9, .slots = 2,")
  end
  local use = " --json --any-stamp --weights " .. first.weights.path
  for _, threads in ipairs { "", " --threads 1", " --threads 3" } do
    local said = bench:exec(parts, "evaluate" .. use .. threads)
    lu.assertEquals(said.status, 0, said.err)
    lu.assertEquals(said.last.metrics.test.accuracy, first.metrics.test.accuracy)
    lu.assertAlmostEquals(said.last.metrics.test.log_loss, first.metrics.test.log_loss, 1e-6)
  end
  local files, texts = " pictures/red/*.png pictures/blue/0[1-5].png", {}
  for i, built in ipairs { whole, parts } do
    local said = bench:exec(built, "predict" .. use .. files)
    lu.assertEquals(said.status, 0, said.err)
    texts[i] = {}
    for line in said.out:gmatch("{[^\n]*probabilities[^\n]*}") do table.insert(texts[i], json.decode(line)) end
  end
  lu.assertEquals({ #texts[1], #texts[2] }, { 20, 20 })
  for i, one in ipairs(texts[1]) do
    for class, share in pairs(one.probabilities) do
      lu.assertAlmostEquals(texts[2][i].probabilities[class], share, 1e-6)
    end
  end
  -- a profile is of the whole batch
  local flops = {}
  for i, built in ipairs { whole, parts } do
    flops[i] = 0
    for _, node in ipairs(bench:exec(built, "bench --json --profile --repeats 2").last.bench.evaluate_step.nodes) do
      flops[i] = flops[i] + node.flops
    end
  end
  lu.assertEquals(flops[2], 8 * flops[1])
end

function TestImages.test_augmented_the_same_on_any_number_of_threads()
  for _, cache in ipairs { "decoded", "none" } do
    local built = train("augmented_" .. cache, { augment = augmentations,
      features = ('shorter = 18, crop = 16, cache = "%s"'):format(cache) })
    local one, three = run(built, "--threads 1 --work one"), run(built, "--threads 3 --work three")
    lu.assertTrue(weights("one", built) == weights("three", built))
    lu.assertTrue(one.last.waited.share >= 0 and three.last.waited.share < 1)
    lu.assertEquals(bench:exists("one/cache/" .. "features-" .. one.last.features.key), cache == "decoded")
    local said = bench:exec(built, "train --fresh --work one")
    lu.assertNotNil(said.err:find("train: waited for data %d+%.%d %% of its time"), said.err)
  end
end

function TestImages.test_without_augmentation_the_cache_changes_nothing()
  local cached = train("cached", {})
  local streamed = train("streamed", { features = 'shorter = 18, crop = 16, cache = "none"' })
  run(cached)
  run(streamed)
  lu.assertTrue(weights("work", cached) == weights("work", streamed))
end

function TestImages.test_a_file_that_changes_after_the_check_is_named()
  local built = train("changing", { epochs = 2000, features = 'shorter = 18, crop = 16, cache = "none"',
    augment = "augment = { flip {} }," })
  -- Replaced as soon as the data has been compared with the lock; there are epochs enough to meet it.
  local ran = bench:shell(([[
cp pictures/red/03.png kept.png
./%s train --json > out.txt 2> err.txt &
pid=$!
while kill -0 $pid 2>/dev/null; do
  grep -q "matches the lock" err.txt && cp pictures/red/04.png pictures/red/03.png && break
done
wait $pid; status=$?
cp kept.png pictures/red/03.png
cat err.txt >&2
exit $status]]):format(built.path))
  lu.assertEquals(ran.status, 4, ran.err)
  lu.assertStrContains(ran.err, "pictures/red/03.png: not the file of the lock: its bytes have changed")
end

local function refused(ran, ...)
  lu.assertEquals(ran.status, 1, ran.err .. ran.out)
  for _, part in ipairs { ... } do lu.assertStrContains(ran.err, part) end
  lu.assertNil(ran.err:find("stack traceback", 1, true), ran.err)
end

function TestImages.test_files_that_are_no_images()
  make_pictures("spoilt", 6)
  local whole = bench:read("spoilt/red/01.png")
  bench:write("spoilt/red/empty.png", "")
  bench:write("spoilt/red/short.png", whole:sub(1, #whole // 2))
  bench:write("spoilt/green/flipped.png", whole:sub(1, 60) .. string.char(whole:byte(61) ~ 1) .. whole:sub(62))
  bench:write("spoilt/green/text.jpg", "hello")
  bench:write("spoilt.lua", spec { path = "spoilt" })
  refused(bench:build_lua("spoilt.lua --json"), "4 of 22 files", "red/empty.png: an empty file",
    "red/short.png: truncated PNG: the file ends within the image", "green/flipped.png: damaged PNG: ",
    "green/text.jpg: neither JPEG nor PNG; it begins with 68 65 6c 6c 6f", "on_unreadable")
  bench:write("skipped.lua", spec { path = "spoilt", data = 'on_unreadable = "skip"' })
  bench:build("skipped.lua")
  lu.assertEquals(#json.decode(bench:read("skipped.lock")).skipped, 4)
end

function TestImages.test_misuse_is_told_by_field()
  local function told(options, ...)
    bench:write("wrong.lua", spec(options))
    bench:shell("cp plain.lock wrong.lock")
    refused(bench:build_lua("wrong.lua --json"), ...)
  end
  told({ features = "antialias = true" }, "features: images differ in size: ", "`shorter` and `crop`")
  told({ features = "crop = 30" }, "features: ", "too small to crop 30 x 30")
  told({ features = "shorter = 9, height = 9" }, "features.shorter: and `height` or `width` are given")
  told({ augment = "augment = { gain {} }," }, "augment[1]: `gain` changes sound, the reader gives images")
  told({ augment = "augment = { flip {}, random_resized_crop {} }," },
    "augment[2]: `random_resized_crop` comes before `flip`")
  told({ augment = "augment = { mixup {}, mixup {} }," }, "augment[2]: `mixup` is there twice")
  told({ augment = "augment = { cutout { size = 17 } }," },
    "augment[1]: `cutout`: size is 17, the samples have 16 rows")
  told({ augment = "augment = { random_crop { padding = 17 } }," }, "padding is 17, the samples have 16 pixels a side")
  told({ augment = "augment = { flip { horizontal = 0 } }," }, "nothing is flipped")
  told({ augment = "augment = { random_resized_crop { scale = { 1, 0.5 } } }," },
    "scale", "the smaller number goes first")
  told({ data = "channels = 2" }, "data.channels: must be 1 or 3, not 2")
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)
