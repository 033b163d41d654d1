# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""Writes tests/vectors/state_dicts.json: what torchvision's models call their tensors.

    python tests/vectors/make_state_dicts.py [--check]

By model, for 3 channels and 10 classes, in the order of the state dict, one tensor a line:
    [name, shape, mean, standard deviation]     of the values a fresh model begins with (seed 1)
The counters num_batches_tracked are left out: nothing depends on them here. --check writes nothing and
fails where names, order or shapes differ from the committed file."""

import argparse
import json
import pathlib
import sys

import torch
from torchvision import models

FILE = pathlib.Path(__file__).parent / "state_dicts.json"
VGGS = [f"vgg{depth}{form}" for depth in (11, 13, 16, 19) for form in ("", "_bn")]
NAMES = ["alexnet", "densenet121", "mobilenet_v2", "resnet18", "resnet34", "resnet50", *VGGS]


def tensors(name):
    torch.manual_seed(1)
    model = getattr(models, name)(num_classes=10)
    rows = []
    for key, tensor in model.state_dict().items():
        if not key.endswith("num_batches_tracked"):
            mean, deviation = float(tensor.mean()), float(tensor.std(unbiased=False))
            rows.append([key, list(tensor.shape), float(f"{mean:.5g}"), float(f"{deviation:.5g}")])
    return rows


def main():
    parser = argparse.ArgumentParser(description="Writes or checks the names of torchvision's tensors.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args()
    found = {name: tensors(name) for name in NAMES}
    if options.check:
        committed = json.loads(FILE.read_text())
        names = [name for name in NAMES if [r[:2] for r in committed.get(name, [])] != [r[:2] for r in found[name]]]
        for name in names:
            print(f"{name}: tensors differ", file=sys.stderr)
        sys.exit(1 if names or list(committed) != NAMES else 0)
    parts = [json.dumps(name) + ": [\n" + ",\n".join(map(json.dumps, rows)) + "]" for name, rows in found.items()]
    FILE.write_text("{\n" + ",\n".join(parts) + "\n}\n")


if __name__ == "__main__":
    main()
