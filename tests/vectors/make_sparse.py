# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""Writes tests/vectors/sparse_updates.safetensors: steps of optimizers on some rows of a matrix, from torch.optim.

    python tests/vectors/make_sparse.py [--check]

float64, but rows int32:
    start               the parameter before the first step [9][3]
    rows                the rows that have a gradient in each step [10][4], none twice
    gradients           their gradients [10][4][3], float32 numbers
    <case>.after        the parameter after each step [10][9][3]
and as JSON in the file's metadata under "cases" the settings of each case, by the names Ingot's specs use, defaults
filled in. A step takes the rows and what the optimizer keeps of them out of their matrices, steps on them as on a
parameter of their own with the class of torch.optim, and puts them back. `adam_no_eps` is torch.optim.SparseAdam, which
differs in where eps is added. The learning rate is halved after step 5.

--check writes nothing and fails where the committed file differs (beyond 1e-14 relative).
"""

import argparse
import json
import pathlib
import sys

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

PATH = pathlib.Path(__file__).parent / "sparse_updates.safetensors"
STEPS, ROWS, WIDTH, EACH = 10, 9, 3, 4

ADAM = {"kind": "adam", "weight_decay": 0, "amsgrad": False, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
SGD = {"kind": "sgd", "momentum": 0, "weight_decay": 0, "nesterov": False, "dampening": 0}
CASES = {
    "adam": {**ADAM, "learning_rate": 0.05},
    "adam_no_eps": {**ADAM, "learning_rate": 0.05, "eps": 0},
    "adam_settings": {**ADAM, "learning_rate": 0.01, "beta1": 0.7, "beta2": 0.9, "eps": 1e-3, "weight_decay": 0.01},
    "amsgrad": {**ADAM, "learning_rate": 0.05, "amsgrad": True},
    "adamw": {**ADAM, "kind": "adamw", "learning_rate": 0.02, "weight_decay": 0.1},
    "sgd": {**SGD, "learning_rate": 0.1},
    "sgd_momentum": {**SGD, "learning_rate": 0.1, "momentum": 0.9},
    "adagrad": {"kind": "adagrad", "learning_rate": 0.1, "lr_decay": 0, "weight_decay": 0, "eps": 1e-10,
                "initial_accumulator_value": 0},
}


def make(case, p):
    if case["kind"] in ("adam", "adamw"):
        of = torch.optim.Adam if case["kind"] == "adam" else torch.optim.AdamW
        return of([p], betas=(case["beta1"], case["beta2"]), eps=case["eps"], weight_decay=case["weight_decay"],
                  amsgrad=case["amsgrad"])
    if case["kind"] == "sgd":
        return torch.optim.SGD([p], lr=0.1, momentum=case["momentum"])
    return torch.optim.Adagrad([p], eps=case["eps"])


def rows_step(case, rate, p, kept, index, gradient, step):
    """One step on the rows `index` of the matrix p; `kept` has the optimizer's matrices by name."""
    part = torch.nn.Parameter(p[index].clone())
    optimizer = make(case, part)
    optimizer.param_groups[0]["lr"] = rate
    state = optimizer.state[part]
    if step > 0 or case["kind"] == "adagrad":
        for name in kept:
            state[name] = kept[name][index].clone()
        if case["kind"] != "sgd":
            state["step"] = torch.tensor(float(step))
    part.grad = gradient
    optimizer.step()
    p[index] = part.detach()
    for name, value in optimizer.state[part].items():
        if torch.is_tensor(value) and value.shape == part.shape:
            kept.setdefault(name, torch.zeros_like(p))[index] = value.detach()


def sparse_adam(case, rates, start, rows, gradients):
    p = torch.nn.Parameter(torch.from_numpy(start.copy()))
    optimizer = torch.optim.SparseAdam([p], betas=(case["beta1"], case["beta2"]), eps=1e-300)
    after = []
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = rates[step]
        p.grad = torch.sparse_coo_tensor(
            torch.from_numpy(rows[step].astype(np.int64))[None], torch.from_numpy(gradients[step]), (ROWS, WIDTH),
            check_invariants=True,
        ).coalesce()
        optimizer.step()
        after.append(p.detach().numpy().copy())
    return np.stack(after)


def by_rows(case, rates, start, rows, gradients):
    p, kept, after = torch.from_numpy(start.copy()), {}, []
    if case["kind"] == "adagrad":
        kept["sum"] = torch.zeros_like(p)
    for step in range(STEPS):
        index = torch.from_numpy(rows[step].astype(np.int64))
        rows_step(case, rates[step], p, kept, index, torch.from_numpy(gradients[step]), step)
        after.append(p.numpy().copy())
    return np.stack(after)


def main():
    parser = argparse.ArgumentParser(description="Writes or checks the vectors of updates by rows.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args()
    generator = np.random.Generator(np.random.Philox(key=20))
    start = generator.standard_normal((ROWS, WIDTH)).astype(np.float32).astype(np.float64)
    rows = np.stack([generator.permutation(ROWS)[:EACH] for _ in range(STEPS)]).astype(np.int32)
    gradients = generator.standard_normal((STEPS, EACH, WIDTH)).astype(np.float32).astype(np.float64)
    tensors = {"start": start, "rows": rows, "gradients": gradients}
    for name, case in CASES.items():
        rates = [float(np.float32(case["learning_rate"] * (0.5 if i >= STEPS // 2 else 1))) for i in range(STEPS)]
        steps = sparse_adam if name == "adam_no_eps" else by_rows
        tensors[f"{name}.after"] = steps(case, rates, start, rows, gradients)
    if not options.check:
        save_file(tensors, PATH, {"cases": json.dumps(CASES, sort_keys=True)})
        return
    committed = load_file(PATH)
    same = set(committed) == set(tensors) and all(
        np.allclose(committed[n], tensors[n], rtol=1e-14, atol=1e-14) for n in tensors
    )
    sys.exit(0 if same else f"{PATH.name}: differs")


if __name__ == "__main__":
    main()
