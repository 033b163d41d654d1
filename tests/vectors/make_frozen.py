# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""Writes tests/vectors/models/frozen.safetensors: a training step of a partly frozen network.

    python tests/vectors/make_frozen.py [--check]

The network, its weights and its input are those of resnet18_rgb (make_resnet.py). Two cases:
    middle   layer2 and the norm of the stem frozen, statistics too (the modules are in evaluation
             mode): what lies below must still get its gradients
    head     all but fc frozen, statistics too

For each, computed in float64 and kept as float32: <case>.logits, <case>.loss, and <case>.grad.<name>
for every parameter that trains. --check writes nothing and fails where the committed file differs.
"""

import argparse
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import load_file, save

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "bench" / "peers"))
from models import resnet18  # noqa: E402  (the path is set one line above)

FOLDER = pathlib.Path(__file__).parent / "models"
CASES = {
    "middle": lambda name: name.startswith(("layer2.", "bn1.")),
    "head": lambda name: not name.startswith("fc."),
}


def compute():
    source = load_file(FOLDER / "resnet18_rgb.safetensors")
    tensors = {}
    for case, frozen in CASES.items():
        model = resnet18(width=8, channels=3, classes=10).double()
        state = {k[7:]: torch.from_numpy(v).double() for k, v in source.items() if k.startswith("weight.")}
        missing, left = model.load_state_dict(state, strict=False)
        assert not left and all(name.endswith("num_batches_tracked") for name in missing)
        model.train()
        for name, module in model.named_modules():
            if isinstance(module, torch.nn.BatchNorm2d) and frozen(name + "."):
                module.eval()
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(not frozen(name))
        logits = model(torch.from_numpy(source["input"]).double())
        loss = F.cross_entropy(logits, torch.from_numpy(source["labels"]).long())
        loss.backward()
        tensors[f"{case}.logits"] = logits.detach().numpy()
        tensors[f"{case}.loss"] = loss.detach().numpy().reshape(1)
        for name, parameter in model.named_parameters():
            assert (parameter.grad is None) == frozen(name)
            if parameter.grad is not None:
                tensors[f"{case}.grad.{name}"] = parameter.grad.numpy()
    return {name: np.ascontiguousarray(value, dtype=np.float32) for name, value in sorted(tensors.items())}


def main():
    parser = argparse.ArgumentParser(description="Writes or checks the vectors of frozen training.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args()
    torch.set_num_threads(1)
    path, tensors = FOLDER / "frozen.safetensors", compute()
    if not options.check:
        path.write_bytes(save(tensors))
        return
    committed = load_file(path)
    if sorted(committed) != sorted(tensors):
        raise SystemExit(f"{path.name}: other tensors")
    for name, value in tensors.items():
        if np.abs(committed[name] - value).max() > 2e-6 * np.abs(value).max():
            raise SystemExit(f"{path.name}: {name} differs")


main()
