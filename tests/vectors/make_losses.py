# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""Writes tests/vectors/losses.safetensors: ten steps of training with every loss, with clipped gradients
and with groups of parameters, by PyTorch in double.

    python tests/vectors/make_losses.py [--check]

The model is nn.Sequential(Flatten, Linear(4, 5), ReLU, Linear(5, 3)) on one batch of six samples.
    x [6][1][2][2], labels and labels2 int32 [6], mix [6], targets [6][3]
    start.<name>          parameters before the first step
    <case>.<name>         parameters after ten steps
    <case>.first.<name>   parameters after one
    <case>.losses [10]    the loss of each step
    <case>.norms [10]     the norm of the gradients before clipping by norm, where a case clips by it
and as JSON in the metadata under "cases" what each case trains with, by the names Ingot's specs use:
loss, optimizer, groups, clip_gradient_norm, clip_gradient_value; "data" is "classes", "mixed" or
"numbers". Rates, inputs and parameters are float32 numbers.

--check writes nothing and fails where the committed file differs (beyond 1e-12 relative).
"""

import argparse
import fnmatch
import json
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.numpy import save
from torch import nn

PATH = pathlib.Path(__file__).parent / "losses.safetensors"
STEPS, CLASSES = 10, 3
WEIGHTS = [0.5, 2.0, 1.25]

LOSSES = {
    "cross_entropy": {"kind": "cross_entropy", "label_smoothing": 0},
    "smoothed": {"kind": "cross_entropy", "label_smoothing": 0.1},
    "weighted": {"kind": "cross_entropy", "label_smoothing": 0, "class_weights": WEIGHTS},
    "smoothed_weighted": {"kind": "cross_entropy", "label_smoothing": 0.2, "class_weights": WEIGHTS},
    "kl": {"kind": "kl_divergence", "label_smoothing": 0},
    "kl_smoothed": {"kind": "kl_divergence", "label_smoothing": 0.1},
    "bce": {"kind": "binary_cross_entropy"},
    "bce_weight": {"kind": "binary_cross_entropy", "pos_weight": 2.5},
    "bce_weights": {"kind": "binary_cross_entropy", "pos_weight": [0.5, 3.0, 1.5]},
    "mse": {"kind": "mse"},
    "l1": {"kind": "l1"},
    "huber": {"kind": "huber", "delta": 0.4},
}
SGD = {
    "kind": "sgd", "learning_rate": 0.1, "momentum": 0.9, "dampening": 0, "weight_decay": 0, "nesterov": False,
}
ADAMW = {
    "kind": "adamw", "learning_rate": 0.02, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.1,
    "amsgrad": False,
}
CASES = {}
for name, loss in LOSSES.items():
    CASES[name] = {"loss": loss, "optimizer": SGD, "data": "classes"}
    CASES[name + "_mixed"] = {"loss": loss, "optimizer": SGD, "data": "mixed"}
    if loss["kind"] in ("mse", "l1", "huber", "binary_cross_entropy"):
        CASES[name + "_numbers"] = {"loss": loss, "optimizer": SGD, "data": "numbers"}
for name, more in {
    "norm": {"clip_gradient_norm": 0.3},
    "norm_far": {"clip_gradient_norm": 1000},
    "value": {"clip_gradient_value": 0.05},
    "both": {"clip_gradient_norm": 0.1, "clip_gradient_value": 0.05},
    "decay_of_matrices": {"groups": [{"match": "vectors", "weight_decay": 0}]},
    "rates": {
        "groups": [{"match": "3.bias", "learning_rate": 0.05}, {"match": ["1", "3.bias"], "learning_rate": 0.0025}],
    },
    "everything": {
        "clip_gradient_norm": 0.5,
        "clip_gradient_value": 0.25,
        "groups": [
            {"match": "*.bias", "weight_decay": 0, "learning_rate": 0.05},
            {"match": "head", "learning_rate": 0.004, "weight_decay": 0.3},
            {"match": "*", "weight_decay": 0.02},
        ],
    },
}.items():
    CASES[f"sgd_{name}"] = {"loss": LOSSES["cross_entropy"], "optimizer": SGD, "data": "classes", **more}
    CASES[f"adamw_{name}"] = {"loss": LOSSES["cross_entropy"], "optimizer": ADAMW, "data": "classes", **more}
CASES["sgd_momenta"] = {
    "loss": LOSSES["mse"], "optimizer": SGD, "data": "classes",
    "groups": [{"match": "1.weight", "momentum": 0}, {"match": "1", "momentum": 0.5, "dampening": 0.5}],
}


def float32(value):
    return np.asarray(value, np.float32).astype(np.float64)


def data():
    generator = np.random.Generator(np.random.Philox(key=7))
    tensors = {
        "x": float32(generator.standard_normal((6, 1, 2, 2))),
        "labels": np.array([0, 1, 2, 2, 1, 0], np.int32),
        "labels2": np.array([1, 1, 0, 2, 0, 1], np.int32),
        "mix": float32([0.75, 0.3, 0.5, 0.9, 1.0, 0.0]),
        "targets": float32(generator.random((6, CLASSES))),
    }
    for name, shape in {"1.weight": (5, 4), "1.bias": (5,), "3.weight": (3, 5), "3.bias": (3,)}.items():
        tensors["start." + name] = float32(generator.standard_normal(shape) * 0.5)
    return tensors


def loss_of(loss, logits, given, what):
    kind = loss["kind"]
    labels, labels2 = (torch.from_numpy(given[n]).long() for n in ("labels", "labels2"))
    target = F.one_hot(labels, CLASSES).double()
    mix = torch.from_numpy(given["mix"])
    if what == "mixed":
        target = mix[:, None] * target + (1 - mix[:, None]) * F.one_hot(labels2, CLASSES).double()
    elif what == "numbers":
        target = torch.from_numpy(given["targets"])
    smoothing = loss.get("label_smoothing", 0)
    if kind == "cross_entropy":
        weights = torch.tensor(loss["class_weights"]).double() if "class_weights" in loss else None
        if what == "classes":
            return F.cross_entropy(logits, labels, weights, label_smoothing=smoothing)
        if weights is None:
            return F.cross_entropy(logits, target, label_smoothing=smoothing)
        # mixed and weighted: each label's own loss by its share, over the sum of the weights
        first, second = (
            F.cross_entropy(logits, y, weights, label_smoothing=smoothing, reduction="none")
            for y in (labels, labels2)
        )
        whole = (mix * weights[labels] + (1 - mix) * weights[labels2]).sum()
        return (mix * first + (1 - mix) * second).sum() / whole
    if kind == "kl_divergence":
        target = (1 - smoothing) * target + smoothing / CLASSES
        return F.kl_div(F.log_softmax(logits, 1), target, reduction="batchmean")
    if kind == "binary_cross_entropy":
        weight = torch.tensor(loss["pos_weight"]).double() if "pos_weight" in loss else None
        return F.binary_cross_entropy_with_logits(logits, target, pos_weight=weight)
    if kind == "huber":
        return F.huber_loss(logits, target, delta=loss["delta"])
    return {"mse": F.mse_loss, "l1": F.l1_loss}[kind](logits, target)


def matches(pattern, name, parameter):
    if isinstance(pattern, list):
        return any(matches(one, name, parameter) for one in pattern)
    if pattern == "vectors":
        return parameter.dim() == 1
    if pattern == "head":
        return name.startswith("3.")
    return fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(name.split(".")[0], pattern)


def optimizer_of(model, case):
    names = {"sgd": torch.optim.SGD, "adamw": torch.optim.AdamW}

    def settings(given):
        given = {k: v for k, v in given.items() if k not in ("kind", "match")}
        if "learning_rate" in given:
            given["lr"] = given.pop("learning_rate")
        if "beta1" in given:
            given["betas"] = (given.pop("beta1"), given.pop("beta2"))
        return given

    left, groups = dict(model.named_parameters()), []
    base = settings(case["optimizer"])
    factor = float(np.float32(base["lr"])) / base["lr"]  # a program has the rate as a float
    base["lr"] *= factor
    for group in case.get("groups", []):
        mine = [name for name, p in left.items() if matches(group["match"], name, p)]
        own = settings(group)
        if "lr" in own:
            own["lr"] *= factor
        groups.append({"params": [left.pop(name) for name in mine], **own})
    if left:
        groups.append({"params": list(left.values())})
    return names[case["optimizer"]["kind"]](groups, foreach=False, **base)


def run(name, case, given):
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, CLASSES)).double()
    model.load_state_dict({key: torch.from_numpy(given["start." + key].copy()) for key in model.state_dict()})
    optimizer, x, tensors = optimizer_of(model, case), torch.from_numpy(given["x"]), {}
    losses, norms = [], []
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(case["loss"], model(x), given, case["data"])
        loss.backward()
        losses.append(loss.item())
        if "clip_gradient_value" in case:
            nn.utils.clip_grad_value_(model.parameters(), case["clip_gradient_value"])
        if "clip_gradient_norm" in case:
            norms.append(nn.utils.clip_grad_norm_(model.parameters(), case["clip_gradient_norm"]).item())
        optimizer.step()
        if step in (0, STEPS - 1):
            for key, p in model.named_parameters():
                tensors[f"{name}.{'first.' if step == 0 else ''}{key}"] = p.detach().numpy().copy()
    tensors[f"{name}.losses"] = np.array(losses)
    if norms:
        tensors[f"{name}.norms"] = np.array(norms)
    return tensors


def main():
    parser = argparse.ArgumentParser(description="Writes or checks ten steps of training.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args()
    torch.set_num_threads(1)
    tensors = data()
    for name, case in CASES.items():
        tensors.update(run(name, case, tensors))
    metadata = {"cases": json.dumps(CASES, sort_keys=True)}
    if not options.check:
        PATH.write_bytes(save(tensors, metadata))
        return
    with safe_open(PATH, "numpy") as file:
        problems = [] if file.metadata() == metadata else ["the cases differ"]
        committed = {key: file.get_tensor(key) for key in file.keys()}
    for key in sorted(set(committed) | set(tensors)):
        old, new = committed.get(key), tensors.get(key)
        if old is None or new is None or not np.allclose(old, new, rtol=1e-12, atol=1e-14):
            problems.append(f"{key} differs")
    for problem in problems:
        print(f"{PATH.name}: {problem}", file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
