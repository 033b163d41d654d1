# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""torchaudio at what bench/mel_bench.c does, on one thread, with the same columns: case, path, hours
of audio per minute (median of processor time), microseconds per frame.

    python bench/peers/mel_torchaudio.py [repetitions]

Transforms are made once and kept, as a data loader does; files are read with soundfile, because
torchaudio no longer reads files without an extra decoder library.
"""

import sys
import tempfile
import time

import numpy as np
import soundfile
import torch

# torchaudio refuses a PyTorch built with another CUDA than its own, and the newest releases of both
# differ there. Nothing here uses CUDA; saying that there is none passes the check.
torch.version.cuda = None

import torchaudio  # noqa: E402

SECONDS = 60
CASES = (
    ("prompt", dict(sample_rate=8000, n_fft=256, hop_length=80, n_mels=64), 1.5),
    ("music", dict(sample_rate=22050, n_fft=2048, hop_length=512, n_mels=128), 1.2),
)


def tone(i):
    return (0.3 * np.sin((i % 44100) * 0.05) + 0.1 * np.sin((i % 7919) * 1.7)).astype(np.float32)


def median(call, repetitions):
    times = []
    for i in range(repetitions + 1):
        begin = time.process_time()
        call()
        if i > 0:
            times.append(time.process_time() - begin)
    return sorted(times)[len(times) // 2]


def report(name, path, used, seconds, frames):
    print(f"{name}\t{path}\t{seconds / used / 60:.1f}\t{1e6 * used / frames:.3f}", flush=True)


def main():
    torch.set_num_threads(1)
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    for name, options, seconds in CASES:
        rate = options["sample_rate"]
        samples = round(seconds * rate)
        frames = 1 + samples // options["hop_length"]
        mel = torchaudio.transforms.MelSpectrogram(norm="slaney", mel_scale="slaney", **options)
        decibels = torchaudio.transforms.AmplitudeToDB(stype="power", top_db=80.0)
        resample = torchaudio.transforms.Resample(44100, rate)
        y = torch.from_numpy(tone(np.arange(samples)))
        inner = 20

        def features():
            for _ in range(inner):
                decibels(mel(y))

        def from_file(path):
            read, file_rate = soundfile.read(path, dtype="float32", always_2d=True)
            x = torch.from_numpy(read.mean(axis=1))
            if file_rate != rate:
                x = resample(x)
            whole = len(x) // samples * samples
            decibels(mel(x[:whole].reshape(-1, samples)))  # all segments in one batch

        with torch.inference_mode():
            report(name, "features", median(features, repetitions) / inner, seconds, frames)
            with tempfile.NamedTemporaryFile(suffix=".wav") as file:
                for path, file_rate, channels in (("file", rate, 1), ("resampled", 44100, 2)):
                    i = np.arange(SECONDS * file_rate)
                    x = np.stack([tone(i + 11 * c) for c in range(channels)], 1)
                    soundfile.write(file.name, x, file_rate, subtype="PCM_16")
                    used = median(lambda: from_file(file.name), repetitions)
                    report(name, path, used, SECONDS, SECONDS / seconds * frames)


main()
