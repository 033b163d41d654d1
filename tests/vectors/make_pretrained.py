# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""Writes tests/vectors/pretrained/densenet121.safetensors: a state dict of torchvision's, converted.

    python tests/vectors/make_pretrained.py [--check]

torchvision's DenseNet-121 at growth 2, 4 channels first, bottleneck 2, for 3 channels and 7 classes, after a few
batches in training mode (so that running statistics are not those of a fresh model), saved as a .pth file
and converted as docs/transfer.md says: int64 counters num_batches_tracked are in it. --check writes nothing and
fails where names, shapes or types differ from the committed file."""

import argparse
import pathlib
import sys
import tempfile

import safetensors.torch
import torch
from torchvision.models.densenet import DenseNet

FILE = pathlib.Path(__file__).parent / "pretrained" / "densenet121.safetensors"


def state_dict():
    torch.manual_seed(1)
    model = DenseNet(growth_rate=2, num_init_features=4, bn_size=2, num_classes=7)
    with torch.no_grad():
        for _ in range(3):
            model.train()(torch.randn(4, 3, 32, 32))
    with tempfile.TemporaryDirectory() as folder:
        torch.save(model.state_dict(), folder + "/model.pth")
        state = torch.load(folder + "/model.pth", map_location="cpu", weights_only=True)
    return {name: t.contiguous() for name, t in state.items()}


def facts(state):
    return {name: (tuple(t.shape), str(t.dtype)) for name, t in state.items()}


def main():
    parser = argparse.ArgumentParser(description="Writes or checks a converted state dict.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args()
    state = state_dict()
    if options.check:
        sys.exit(0 if facts(state) == facts(safetensors.torch.load_file(FILE)) else f"{FILE}: tensors differ")
    FILE.parent.mkdir(exist_ok=True)
    safetensors.torch.save_file(state, FILE)


if __name__ == "__main__":
    main()
