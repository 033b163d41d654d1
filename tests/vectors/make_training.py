# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""Optimizers and learning-rate schedules by the reference framework, in double.

python tests/vectors/make_training.py    writes tests/vectors/training.json
"""
import json
import os
import warnings

import torch
from torch.optim import lr_scheduler as lrs

warnings.filterwarnings("ignore")
RATE, EPOCHS = 0.1, 12


def rates(make, count=EPOCHS):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=RATE)
    schedule, values = make(optimizer), []
    for _ in range(count):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return values


def steps(make):
    w = torch.tensor([0.5, -1.25], dtype=torch.float64, requires_grad=True)
    optimizer, values = make([w]), []
    for step in range(10):
        w.grad = torch.tensor([0.3 * (step + 1) - 1.1, 0.7 / (step + 1)], dtype=torch.float64)
        optimizer.step()
        values.append(w.tolist())
    return values


out = {
    "schedules": {
        "step": rates(lambda o: lrs.StepLR(o, 5, 0.3)),
        "cosine": rates(lambda o: lrs.CosineAnnealingLR(o, EPOCHS, 0.01)),
        "warmup": rates(lambda o: lrs.SequentialLR(
            o, [lrs.LinearLR(o, 0.2, 1.0, 3), lrs.CosineAnnealingLR(o, EPOCHS - 3)], [3])),
    },
    "optimizers": {
        "sgd": steps(lambda p: torch.optim.SGD(p, lr=RATE)),
        "momentum": steps(lambda p: torch.optim.SGD(p, lr=RATE, momentum=0.9, weight_decay=5e-4)),
        "nesterov": steps(lambda p: torch.optim.SGD(p, lr=RATE, momentum=0.9, nesterov=True)),
        "adam": steps(lambda p: torch.optim.Adam(p, lr=RATE, weight_decay=0.01)),
    },
}
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "training.json")
with open(path, "w") as f:
    json.dump(out, f, indent=0, sort_keys=True)
