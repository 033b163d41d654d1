-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- What is done to samples when they are loaded, as the list `augment` and `features.cache` of a spec say.
--
--   augment.check(list, yields, kinds) -> field, message where a list of augmentations cannot be
--   augment.resolve(experiment, sample, kinds) -> loading, nil where samples are cached and trained on as they
--                                                 are; nil, field, message for a misfit
--   augment.bytes(loading, resolved) -> what the loader takes, as ingot_loader_bytes (runtime/data/loader.h) has it
--
-- loading: { stream =, waves =, source =, wave =, sample =, batch = }: the last four lists of { kind, place,
-- symbol, config, text }, in the order of the spec; place counts from 0 over all.

local M = {}

local order = { source = 1, wave = 2, sample = 3, batch = 4 }
local gives = { audio = "sound", image = "images", row = "rows of a table", text = "texts" }
local ring = 3 -- batches under way

--- Where a list of augmentations cannot be: the field and a message. yields: what the reader does.
function M.check(list, yields, kinds)
  local before, seen = nil, {}
  for i, step in ipairs(list) do
    local module, field = kinds[step.kind].module, ("augment[%d]"):format(i)
    if not module.accepts[yields] then
      return field, ("`%s` changes %s, the reader gives %s"):format(step.kind,
        module.accepts.image and "images" or "sound", gives[yields])
    end
    if before and order[module.stage] < order[before.module.stage] then
      return field, ("`%s` comes before `%s`: first parts of images, then segments of sound, then samples, then "
        .. "batches"):format(step.kind, before.kind)
    end
    if seen[step.kind] and (module.stage == "source" or module.stage == "batch") then
      return field, ("`%s` is there twice"):format(step.kind)
    end
    before, seen[step.kind] = { module = module, kind = step.kind }, true
  end
end

--- What a program needs to know, or nil where it is nothing special; nil, field and message for a misfit.
function M.resolve(experiment, sample, kinds)
  local features, list = experiment.features, experiment.augment or {}
  local stream = features.cache == "none"
  if #list == 0 and not stream then return nil end
  local loading = { stream = stream, waves = 0, source = {}, wave = {}, sample = {}, batch = {}, }
  local context = { features = features, sample = sample }
  for i, step in ipairs(list) do
    local module = kinds[step.kind].module
    local wrong = module.check_sample and module.check_sample(step, context)
    if wrong then return nil, ("augment[%d]"):format(i), ("`%s`: %s"):format(step.kind, wrong) end
    local steps = loading[module.stage]
    steps[#steps + 1] = { kind = step.kind, place = i - 1, symbol = module.symbol, config = module.config,
      text = module.emit(step, context) }
    if module.stage == "wave" then loading.waves = kinds[features.kind].module.waves(features) end
  end
  return loading
end

--- Bytes of the loader beside the store.
function M.bytes(loading, resolved)
  if not loading then return 0 end
  local s, batch, mixed = resolved.sample, resolved.batch, #loading.batch
  local values = s.channels * s.height * s.width
  local slots = ring * (batch * (values + 3) + mixed * values)
  return (slots + mixed * values + 3 * math.max(values, loading.waves) * (resolved.target.threads + 1)) * 4
end

return M
