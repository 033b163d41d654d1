# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""Writes tests/vectors/plateau.json, from torch.optim.lr_scheduler.ReduceLROnPlateau.

    python tests/vectors/make_plateau.py [--check]

A list of cases: `name`, `settings` (by the names of runtime/train/policy.h), `metrics` (one value for each
epoch) and `rates` (the learning rate after each, in double).

--check writes nothing and fails where the committed file differs.
"""

import argparse
import json
import pathlib
import sys

import numpy as np
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

FILE = pathlib.Path(__file__).parent / "plateau.json"
EPOCHS = 60
PLAIN = {"higher": 0, "rate": 0.1, "factor": 0.1, "threshold": 1e-4, "relative": 1, "minimum": 0,
         "patience": 10, "cooldown": 0}
CASES = {
    "defaults": {},
    "impatient": {"patience": 0, "factor": 0.7},
    "higher": {"higher": 1, "patience": 2, "factor": 0.5},
    "higher_absolute": {"higher": 1, "relative": 0, "threshold": 0.02, "patience": 1, "factor": 0.5},
    "absolute": {"relative": 0, "threshold": 0.05, "patience": 2, "factor": 0.3},
    "cooldown": {"patience": 1, "cooldown": 4, "factor": 0.5},
    "minimum": {"patience": 0, "factor": 0.2, "minimum": 0.003},
    "tiny": {"patience": 0, "factor": 0.1, "rate": 1e-6},
    "wide_threshold": {"patience": 1, "threshold": 0.1, "factor": 0.5, "cooldown": 1},
}


def metrics_of(name, higher):
    """A curve that falls (rises), flattens, jumps and falls again, with noise."""
    rng = np.random.Generator(np.random.Philox(key=sum(name.encode())))
    t = np.arange(EPOCHS)
    curve = np.exp(-t / 8) + 0.3 * (t > 35) * np.exp(-(t - 35) / 5) + 0.03 * rng.standard_normal(EPOCHS)
    return [float(v) for v in (1 - curve if higher else curve)]


def rates_of(settings, metrics):
    parameter = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = torch.optim.SGD([parameter], lr=settings["rate"])
    scheduler = ReduceLROnPlateau(
        optimizer, mode="max" if settings["higher"] else "min", factor=settings["factor"],
        patience=settings["patience"], threshold=settings["threshold"],
        threshold_mode="rel" if settings["relative"] else "abs", cooldown=settings["cooldown"],
        min_lr=settings["minimum"])
    rates = []
    for value in metrics:
        scheduler.step(value)
        rates.append(optimizer.param_groups[0]["lr"])
    return rates


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    cases = []
    for name, changes in CASES.items():
        settings = {**PLAIN, **changes}
        metrics = metrics_of(name, settings["higher"])
        cases.append({"name": name, "settings": settings, "metrics": metrics, "rates": rates_of(settings, metrics)})
    text = json.dumps(cases, indent=1) + "\n"
    if not arguments.check:
        FILE.write_text(text)
    elif FILE.read_text() != text:
        sys.exit(f"{FILE} differs from what was computed now")


if __name__ == "__main__":
    main()
