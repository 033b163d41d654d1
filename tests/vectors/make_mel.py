# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""Reference mel spectrograms, resamplings and resizes, from librosa 0.11 and PyTorch.

Run from the repository root with the peers' Python: python tests/vectors/make_mel.py
Reads tests/vectors/mel/cases.json and writes beside it
  INPUT.i16            signals, int16 little-endian (value / 32768), one channel
  CASE.f32             float32 [height][width], row 0 the lowest band
  resample_A_B.f32     INPUT of A Hz at B Hz
Then run lua tests/vectors/make_mel_configs.lua, which writes the same cases as C tables.
"""
import json
import pathlib

import librosa
import numpy as np
import torch

HERE = pathlib.Path(__file__).parent / "mel"


def signal(rate, seconds, seed):
    """A chirp, three partials with an envelope, noise, and a stretch of digital silence."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(rate * seconds)) / rate
    y = 0.3 * np.sin(2 * np.pi * (100 * t + 0.5 * (0.4 * rate / seconds) * t * t))
    for partial, level in ((220.0, 0.2), (441.5, 0.1), (1234.5, 0.05)):
        y += level * np.sin(2 * np.pi * partial * t) * np.exp(-3 * (t % 0.4))
    y += 0.003 * rng.standard_normal(len(t))
    y[int(0.30 * rate) : int(0.40 * rate)] = 0.0
    return np.clip(np.round(y * 32768), -32768, 32767).astype("<i2")


def mel(y, f):
    rate, n_fft = f["sample_rate"], f.get("n_fft", 2048)
    win = f.get("win_length", n_fft)
    power = f.get("power", 2)
    window = {"rectangular": "boxcar"}.get(f.get("window", "hann"), f.get("window", "hann"))
    m = librosa.feature.melspectrogram(
        y=y, sr=rate, n_fft=n_fft, win_length=win, hop_length=f.get("hop_length", win // 4),
        window=window, center=f.get("center", True), pad_mode=f.get("pad_mode", "constant"),
        power=power, n_mels=f.get("n_mels", 128), fmin=f.get("fmin", 0.0), fmax=f.get("fmax"),
        htk=f.get("mel_scale", "slaney") == "htk",
        norm=None if f.get("mel_norm", "slaney") == "none" else "slaney")
    to = f.get("decibels", "amplitude" if power == 1 else "power")
    ref = np.max if f.get("reference") == "max" else f.get("reference", 1.0)
    top_db = None if f.get("top_db") == "none" else f.get("top_db", 80.0)
    if to == "power":
        m = librosa.power_to_db(m, ref=ref, amin=f.get("amin", 1e-10), top_db=top_db)
    elif to == "amplitude":
        m = librosa.amplitude_to_db(m, ref=ref, amin=f.get("amin", 1e-5), top_db=top_db)
    if "height" in f:
        m = torch.nn.functional.interpolate(
            torch.from_numpy(m)[None, None], size=(f["height"], f["width"]), mode="bilinear",
            align_corners=False, antialias=f.get("antialias", False))[0, 0].numpy()
    m = (m - f.get("mean", 0.0)) / f.get("std", 1.0)
    if f.get("normalise") == "standardise":
        m = (m - m.astype(np.float64).mean()) / m.astype(np.float64).std()
    elif f.get("normalise") == "min_max":
        m = (m - m.min()) / (m.max() - m.min())
    return m.astype("<f4")


def main():
    inputs = {"voice_8k": signal(8000, 1.5, 1), "music_22k": signal(22050, 1.2, 2)}
    for name, pcm in inputs.items():
        pcm.tofile(HERE / f"{name}.i16")
    for case in json.loads((HERE / "cases.json").read_text()):
        f = case["features"]
        y = inputs[case["input"]][: round(f["segment_seconds"] * f["sample_rate"])]
        mel(y.astype(np.float32) / 32768, f).tofile(HERE / f"{case['name']}.f32")
    for name, rate, to in (("voice_8k", 8000, 11025), ("music_22k", 22050, 8000)):
        y = inputs[name].astype(np.float32) / 32768
        librosa.resample(y, orig_sr=rate, target_sr=to, res_type="soxr_hq").astype("<f4").tofile(
            HERE / f"resample_{rate}_{to}.f32")


main()
