# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""Writes tests/vectors/optimizers.safetensors and tests/vectors/schedules.json, from torch.optim.

    python tests/vectors/make_optimizers.py [--check]

optimizers.safetensors, float64:
    start               the parameter before the first step [11]
    gradients           the gradient of each step [10][11], float32 numbers
    <case>.after        the parameter after each step [10][11]
and as JSON in the file's metadata under "cases" the settings of each case, by the names Ingot's specs
use, defaults filled in. Steps are computed in double, from the learning rate as a float, as programs have it; it changes
after step 5 (from rate to rate / 2, as a schedule does), so that what momentum keeps does not depend on it unnoticed.

schedules.json: for each case `schedule` (as a spec's constructors give it), `learning_rate`, `run`
(epochs and steps_per_epoch), `per_step`, and `rates`: the learning rate of every epoch or step, in
double. The reference: the classes of torch.optim.lr_scheduler that each case names; warm-up is LinearLR, then another
through SequentialLR.

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
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    OneCycleLR,
    PolynomialLR,
    SequentialLR,
    StepLR,
)

FOLDER = pathlib.Path(__file__).parent
STEPS, SIZE = 10, 11
LEARNING_RATE = 0.1  # of every schedule

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
    "sgd_dampening": {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.9, "dampening": 0.3},
    "sgd_dampening_weight_decay": {
        "kind": "sgd",
        "learning_rate": 0.05,
        "momentum": 0.7,
        "dampening": 1.0,
        "weight_decay": 0.02,
    },
    "sgd_dampening_alone": {"kind": "sgd", "learning_rate": 0.1, "dampening": 0.5},
    "adam_amsgrad": {"kind": "adam", "learning_rate": 0.01, "beta2": 0.7, "amsgrad": True},
    "adam_amsgrad_weight_decay": {
        "kind": "adam",
        "learning_rate": 0.02,
        "beta2": 0.6,
        "weight_decay": 0.05,
        "amsgrad": True,
    },
    "adamw": {"kind": "adamw", "learning_rate": 0.01},
    "adamw_strong": {
        "kind": "adamw",
        "learning_rate": 0.05,
        "weight_decay": 0.5,
        "beta1": 0.8,
        "eps": 1e-5,
    },
    "adamw_amsgrad": {"kind": "adamw", "learning_rate": 0.01, "beta2": 0.7, "amsgrad": True},
    "adamw_no_decay": {"kind": "adamw", "learning_rate": 0.01, "weight_decay": 0},
    "rmsprop": {"kind": "rmsprop", "learning_rate": 0.01},
    "rmsprop_momentum": {"kind": "rmsprop", "learning_rate": 0.01, "momentum": 0.9},
    "rmsprop_centered": {"kind": "rmsprop", "learning_rate": 0.01, "alpha": 0.9, "centered": True},
    "rmsprop_all": {
        "kind": "rmsprop",
        "learning_rate": 0.02,
        "alpha": 0.8,
        "eps": 1e-5,
        "momentum": 0.8,
        "weight_decay": 0.1,
        "centered": True,
    },
    "rmsprop_weight_decay": {"kind": "rmsprop", "learning_rate": 0.01, "weight_decay": 0.1},
    "adagrad": {"kind": "adagrad", "learning_rate": 0.1},
    "adagrad_all": {
        "kind": "adagrad",
        "learning_rate": 0.1,
        "lr_decay": 0.05,
        "initial_accumulator_value": 0.25,
        "eps": 1e-6,
        "weight_decay": 0.1,
    },
}


DEFAULTS = {
    "sgd": {"momentum": 0, "dampening": 0, "weight_decay": 0, "nesterov": False},
    "adam": {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0, "amsgrad": False},
    "adamw": {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.01, "amsgrad": False},
    "rmsprop": {"alpha": 0.99, "eps": 1e-8, "momentum": 0, "weight_decay": 0, "centered": False},
    "adagrad": {"lr_decay": 0, "initial_accumulator_value": 0, "eps": 1e-10, "weight_decay": 0},
}
CLASSES = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
    "adagrad": torch.optim.Adagrad,
}
OPTIMIZERS = {name: {**DEFAULTS[given["kind"]], **given} for name, given in OPTIMIZERS.items()}


def optimizer_of(parameter, settings):
    given = dict(settings)
    kind, rate = given.pop("kind"), float(np.float32(given.pop("learning_rate")))
    if "beta1" in given:
        given["betas"] = (given.pop("beta1"), given.pop("beta2"))
    return CLASSES[kind]([parameter], lr=rate, foreach=False, **given)


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


def multi_step(milestones, factor):
    return {"kind": "multi_step", "milestones": milestones, "factor": factor}


def exponential(factor, by="epoch"):
    return {"kind": "exponential", "factor": factor, "by": by}


def restarts(first, longer, minimum=0, by="epoch"):
    return {"kind": "cosine_restarts", "first": first, "longer": longer, "minimum": minimum, "by": by}


def polynomial(power, by="epoch", **more):
    return {"kind": "polynomial", "power": power, "by": by, **more}


def linear_rate(first, to, by="epoch", **more):
    return {"kind": "linear_rate", "from": first, "to": to, "by": by, **more}


def one_cycle(rise=0.3, shape="cosine", start=25, end=1e4, three=False):
    return {
        "kind": "one_cycle", "rise": rise, "shape": shape, "start_divisor": start, "end_divisor": end,
        "three_phases": three,
    }


def cycle(optimizer, total, rise=0.3, shape="cos", start=25, end=1e4, three=False):
    return OneCycleLR(
        optimizer, LEARNING_RATE, total_steps=total, pct_start=rise, anneal_strategy=shape, cycle_momentum=False,
        div_factor=start, final_div_factor=end, three_phase=three,
    )


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
    "multi_step": (multi_step([2, 5, 5, 9], 0.5), 12, 4, False, lambda o: MultiStepLR(o, [2, 5, 5, 9], 0.5)),
    "exponential": (exponential(0.9), 12, 4, False, lambda o: ExponentialLR(o, 0.9)),
    "exponential_by_step": (exponential(0.99, "step"), 3, 5, True, lambda o: ExponentialLR(o, 0.99)),
    "restarts": (
        restarts(4, 1, 0.01), 14, 4, False, lambda o: CosineAnnealingWarmRestarts(o, 4, 1, 0.01)
    ),
    "restarts_longer": (restarts(2, 3), 12, 4, False, lambda o: CosineAnnealingWarmRestarts(o, 2, 3)),
    "restarts_by_step": (
        restarts(3, 2, 0, "step"), 4, 6, True, lambda o: CosineAnnealingWarmRestarts(o, 3, 2)
    ),
    "polynomial": (polynomial(2), 10, 4, False, lambda o: PolynomialLR(o, 10, 2)),
    "polynomial_short": (polynomial(0.5, epochs=6), 10, 4, False, lambda o: PolynomialLR(o, 6, 0.5)),
    "polynomial_by_step": (polynomial(1, "step"), 4, 3, True, lambda o: PolynomialLR(o, 12, 1)),
    "linear_rate": (linear_rate(1, 0.1), 10, 4, False, lambda o: LinearLR(o, 1, 0.1, 10)),
    "linear_rate_short": (
        linear_rate(0.25, 1, "step", epochs=2), 4, 3, True, lambda o: LinearLR(o, 0.25, 1, 6)
    ),
    "one_cycle": (one_cycle(), 5, 4, True, lambda o: cycle(o, 20)),
    "one_cycle_linear": (
        one_cycle(0.4, "linear", 10, 100), 6, 5, True, lambda o: cycle(o, 30, 0.4, "linear", 10, 100)
    ),
    "one_cycle_three": (
        one_cycle(0.35, three=True), 6, 5, True, lambda o: cycle(o, 30, 0.35, three=True)
    ),
    "one_cycle_three_linear": (
        one_cycle(0.25, "linear", 5, 50, True), 4, 5, True, lambda o: cycle(o, 20, 0.25, "linear", 5, 50, True)
    ),
    "warmup_multi_step": (
        warmup(2, 0.5, "epoch", multi_step([3, 6], 0.1)), 10, 4, False,
        lambda o: warm_up(o, 0.5, 2, MultiStepLR(o, [3, 6], 0.1)),
    ),
    "warmup_polynomial": (
        warmup(2, 0.1, "epoch", polynomial(2)), 10, 4, False,
        lambda o: warm_up(o, 0.1, 2, PolynomialLR(o, 8, 2)),
    ),
    "warmup_exponential": (
        warmup(1, 0.1, "step", exponential(0.95, "step")), 4, 4, True,
        lambda o: warm_up(o, 0.1, 4, ExponentialLR(o, 0.95)),
    ),
}


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
