# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""Writes tests/vectors/optimizers.safetensors and tests/vectors/schedules.json, from torch.optim.

    python tests/vectors/make_optimizers.py [--check]

optimizers.safetensors, float64:
    start               the parameter before the first step [11]
    gradients           the gradient of each step [10][11], float32 numbers
    <case>.after        the parameter after each step [10][11]
and as JSON in the file's metadata under "cases" the settings of each case, by the names Ingot's specs
use, defaults filled in. Steps are computed in double; the learning rate changes after step 5 (from rate to rate / 2, as a
schedule does), so that what momentum keeps does not depend on it unnoticed.

schedules.json: for each case `schedule` (as a spec's constructors give it), `learning_rate`, `run`
(epochs and steps_per_epoch), `per_step`, and `rates`: the learning rate of every epoch or step, in
double. The reference: StepLR, CosineAnnealingLR, LinearLR then another through SequentialLR.

--check writes nothing and fails where a committed file differs (beyond 1e-14 relative).
"""

import argparse
import json
import math
import pathlib
import sys

import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import save
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, LinearLR, SequentialLR, StepLR

FOLDER = pathlib.Path(__file__).parent
STEPS, SIZE = 10, 11

OPTIMIZERS = {
    "sgd": {"kind": "sgd", "learning_rate": 0.1},
    "sgd_momentum": {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.9},
    "sgd_nesterov": {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
    "sgd_weight_decay": {"kind": "sgd", "learning_rate": 0.1, "weight_decay": 0.05},
    "sgd_all": {
        "kind": "sgd",
        "learning_rate": 0.05,
        "momentum": 0.8,
        "nesterov": True,
        "weight_decay": 0.01,
    },
    "sgd_momentum_weight_decay": {
        "kind": "sgd",
        "learning_rate": 0.05,
        "momentum": 0.9,
        "weight_decay": 5e-4,
    },
    "adam": {"kind": "adam", "learning_rate": 0.001},
    "adam_betas": {
        "kind": "adam",
        "learning_rate": 0.01,
        "beta1": 0.8,
        "beta2": 0.95,
        "eps": 1e-6,
    },
    "adam_weight_decay": {"kind": "adam", "learning_rate": 0.01, "weight_decay": 0.1},
}


DEFAULTS = {
    "sgd": {"momentum": 0, "weight_decay": 0, "nesterov": False},
    "adam": {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0},
}
OPTIMIZERS = {name: {**DEFAULTS[given["kind"]], **given} for name, given in OPTIMIZERS.items()}


def optimizer_of(parameter, settings):
    given = dict(settings)
    kind, rate = given.pop("kind"), given.pop("learning_rate")
    if kind == "sgd":
        return torch.optim.SGD([parameter], lr=rate, foreach=False, **given)
    betas = (given.pop("beta1"), given.pop("beta2"))
    return torch.optim.Adam([parameter], lr=rate, betas=betas, foreach=False, **given)


def optimizer_tensors():
    generator = np.random.Generator(np.random.Philox(key=20))
    start = generator.standard_normal(SIZE).astype(np.float32).astype(np.float64)
    gradients = generator.standard_normal((STEPS, SIZE)) * np.logspace(-3, 1, SIZE)
    gradients[:, 0] = 0  # a parameter without a gradient still decays
    gradients = gradients.astype(np.float32).astype(np.float64)
    tensors = {"start": start, "gradients": gradients}
    for name, settings in OPTIMIZERS.items():
        parameter = torch.nn.Parameter(torch.from_numpy(start.copy()))
        optimizer = optimizer_of(parameter, settings)
        after = np.empty((STEPS, SIZE))
        for step in range(STEPS):
            if step == STEPS // 2:
                for group in optimizer.param_groups:
                    group["lr"] *= 0.5
            parameter.grad = torch.from_numpy(gradients[step].copy())
            optimizer.step()
            after[step] = parameter.detach().numpy()
        tensors[f"{name}.after"] = after
    return tensors


def warm_up(optimizer, start_factor, length, then):
    warm = LinearLR(optimizer, start_factor=start_factor, end_factor=1.0, total_iters=length)
    return SequentialLR(optimizer, [warm, then], milestones=[length])


def constant():
    return {"kind": "constant"}


def step(every, factor):
    return {"kind": "step", "every": every, "factor": factor}


def cosine(by="epoch", minimum=0):
    return {"kind": "cosine", "by": by, "minimum": minimum}


def warmup(epochs, first, by, before):
    return {"kind": "warmup", "epochs": epochs, "from": first, "by": by, "before": before}


# name: (schedule, epochs, steps per epoch, whether the rate moves by step, the reference's own).
# CosineAnnealingLR's T_max is the number of moves that Ingot's "whole run" stands for.
SCHEDULES = {
    "constant": (constant(), 10, 4, False, lambda o: StepLR(o, 10**9)),
    "step": (step(3, 0.5), 12, 4, False, lambda o: StepLR(o, 3, 0.5)),
    "cosine": (cosine(), 20, 4, False, lambda o: CosineAnnealingLR(o, 20)),
    "cosine_minimum": (
        cosine(minimum=0.001), 10, 4, False, lambda o: CosineAnnealingLR(o, 10, 0.001)
    ),
    "cosine_by_step": (cosine("step"), 5, 4, True, lambda o: CosineAnnealingLR(o, 20)),
    "warmup_constant": (
        warmup(5, 0.01, "epoch", constant()), 10, 4, False,
        lambda o: warm_up(o, 0.01, 5, StepLR(o, 10**9)),
    ),
    "warmup_step": (
        warmup(3, 0.25, "epoch", step(4, 0.1)), 15, 4, False,
        lambda o: warm_up(o, 0.25, 3, StepLR(o, 4, 0.1)),
    ),
    "warmup_cosine": (
        warmup(4, 0.1, "epoch", cosine()), 16, 4, False,
        lambda o: warm_up(o, 0.1, 4, CosineAnnealingLR(o, 12)),
    ),
    "warmup_cosine_by_step": (
        warmup(2, 0.1, "step", cosine("step")), 6, 5, True,
        lambda o: warm_up(o, 0.1, 10, CosineAnnealingLR(o, 20)),
    ),
    # moves by step while it warms up, by epoch afterwards: T_max counts epochs
    "warmup_by_step_cosine_by_epoch": (
        warmup(1, 0.1, "step", cosine()), 5, 4, True,
        lambda o: warm_up(o, 0.1, 4, LambdaLR(o, lambda t: (1 + math.cos(math.pi * (t // 4) / 4)) / 2)),
    ),
}
LEARNING_RATE = 0.1


def schedule_tables():
    tables = {}
    for name, (settings, epochs, steps, per_step, build) in SCHEDULES.items():
        parameter = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
        optimizer = torch.optim.SGD([parameter], lr=LEARNING_RATE)
        schedule = build(optimizer)
        rates = []
        for _ in range(epochs * steps if per_step else epochs):
            rates.append(float(optimizer.param_groups[0]["lr"]))
            optimizer.step()
            schedule.step()
        tables[name] = {
            "schedule": settings,
            "learning_rate": LEARNING_RATE,
            "run": {"epochs": epochs, "steps_per_epoch": steps},
            "per_step": per_step,
            "rates": rates,
        }
    return tables


def compare_optimizers(path, tensors):
    if not path.exists():
        return [f"{path.name}: is missing"]
    problems = []
    with safe_open(path, "numpy") as file:
        if file.metadata() != {"cases": json.dumps(OPTIMIZERS, sort_keys=True)}:
            problems.append(f"{path.name}: the settings differ")
        committed = {key: file.get_tensor(key) for key in file.keys()}
    for key in sorted(set(committed) | set(tensors)):
        old, new = committed.get(key), tensors.get(key)
        if old is None or new is None or not np.allclose(old, new, rtol=1e-14, atol=1e-16):
            problems.append(f"{path.name}: {key} differs")
    return problems


def compare_schedules(path, tables):
    if not path.exists():
        return [f"{path.name}: is missing"]
    committed = json.loads(path.read_text())
    problems = []
    for name in sorted(set(committed) | set(tables)):
        old, new = committed.get(name), tables.get(name)
        same = old and new and old["schedule"] == new["schedule"]
        if not same or not np.allclose(old["rates"], new["rates"], rtol=1e-14, atol=1e-17):
            problems.append(f"{path.name}: {name} differs")
    return problems


def main():
    parser = argparse.ArgumentParser(description="Writes or checks optimizers and schedules.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args()
    tensors, tables = optimizer_tensors(), schedule_tables()
    optimizers, schedules = FOLDER / "optimizers.safetensors", FOLDER / "schedules.json"
    if options.check:
        problems = compare_optimizers(optimizers, tensors) + compare_schedules(schedules, tables)
        for problem in problems:
            print(problem, file=sys.stderr)
        sys.exit(1 if problems else 0)
    optimizers.write_bytes(save(tensors, {"cases": json.dumps(OPTIMIZERS, sort_keys=True)}))
    schedules.write_text(json.dumps(tables, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
