# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""librosa at what bench/mel_bench.c does, on one thread, with the same columns: case, path, hours of
audio per minute (median of processor time), microseconds per frame.

python bench/mel_librosa.py [repetitions]
"""
import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402

import librosa  # noqa: E402
import numpy as np  # noqa: E402
import soundfile  # noqa: E402

SECONDS = 60
CASES = (
    ("prompt", dict(sr=8000, n_fft=256, hop_length=80, n_mels=64), 1.5, 1.0),
    ("music", dict(sr=22050, n_fft=2048, hop_length=512, n_mels=128), 1.2, np.max),
)


def tone(i):
    return (0.3 * np.sin((i % 44100) * 0.05) + 0.1 * np.sin((i % 7919) * 1.7)).astype(np.float32)


def features(y, options, ref):
    return librosa.power_to_db(librosa.feature.melspectrogram(y=y, **options), ref=ref)


def from_file(path, options, seconds, ref):
    y, rate = librosa.load(path, sr=options["sr"], mono=True, res_type="soxr_hq")
    step = round(seconds * rate)
    for start in range(0, len(y) - step + 1, step):
        features(y[start : start + step], options, ref)


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
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    for name, options, seconds, ref in CASES:
        rate = options["sr"]
        samples = round(seconds * rate)
        frames = 1 + samples // options["hop_length"]
        y = tone(np.arange(samples))
        inner = 20
        used = median(lambda: [features(y, options, ref) for _ in range(inner)], repetitions) / inner
        report(name, "features", used, seconds, frames)
        # One call over a minute, so that librosa's cost per call does not count.
        long = tone(np.arange(SECONDS * rate))
        used = median(lambda: features(long, options, ref), repetitions)
        report(name, "features, whole minute", used, SECONDS, 1 + len(long) // options["hop_length"])
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            for path, file_rate, channels in (("file", rate, 1), ("resampled", 44100, 2)):
                i = np.arange(SECONDS * file_rate)
                x = np.stack([tone(i + 11 * c) for c in range(channels)], 1)
                soundfile.write(file.name, x, file_rate, subtype="PCM_16")
                used = median(lambda: from_file(file.name, options, seconds, ref), repetitions)
                report(name, path, used, SECONDS, SECONDS / seconds * frames)


main()
