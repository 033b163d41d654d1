# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""Writes tests/vectors/ops/<op>.safetensors: values and gradients of every op, computed with PyTorch.

    lua5.4 tests/support/dump_ops.lua > ops.json
    python tests/vectors/make_ops.py [--check] [ops.json]   (standard input where no file is given)

Each op file in generator/ops names its test cases and a `reference`: a Python expression, or lines
that assign the outputs by name. It is evaluated with torch, F (torch.nn.functional), math, the inputs
as float64 tensors and the attributes as Python values, by name and as members of `a` (an input of
the same name wins). An optional input that a case leaves out is None. It gives the outputs in the
order of the test's `outputs`, or else of the op's; those it leaves out are left to other tests.

For case i (from 1) a file holds, all float64 except integer inputs (int32):
    i.x            input x
    i.out.y        output y
    i.dout.y       cotangent of y: random, but 1 where the reference gives a scalar (a loss)
    i.d.x          gradient of sum_y <dout.y, y> by x, where the op has a gradient rule and y depends
                   on x
    i.after.x      what an input that the op changes (mutates) holds afterwards, where the reference
                   changes it
Inputs and cotangents are float32 numbers, so that single-precision kernels see the same inputs.

Inputs come from numpy's Philox keyed by the op's name and the case, and are no noise: a random
permutation of evenly spaced values with a little jitter, magnitudes 0.1 to 1.1. No two are equal and
none is near zero, so that derivatives of max and ReLU exist. Those a test lists as `positive` lie in
0.5 to 1.5, those it lists as `share` between 0 and 1. Where a kink lies inside the op (a ReLU after a sum), the gradient is
compared with central differences along a random direction, and a case that disagrees is drawn again;
a case that never agrees is an error: its reference is not differentiable as written.

--check writes nothing and fails where a committed file belongs to no op, or differs in names, shapes or values (beyond
1e-12 relative: another build of PyTorch may add in another order).
"""

import argparse
import hashlib
import json
import math
import pathlib
import sys
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import load_file, save

FOLDER = pathlib.Path(__file__).parent / "ops"
ATTEMPTS = 20


def generator_for(*key):
    """numpy's Philox keyed by a text: the same numbers on every machine."""
    digest = hashlib.sha256("/".join(map(str, key)).encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))


def spread(generator, shape):
    """Distinct values with magnitudes in [0.1, 1.1], in random order, each a float32."""
    count = math.prod(shape)
    place = generator.permutation(count) + 0.5 + 0.4 * (generator.random(count) - 0.5)
    value = 2 * place / count - 1
    value += np.where(value < 0, -0.1, 0.1)
    return value.astype(np.float32).astype(np.float64).reshape(shape)


def sparse_rows(generator, what):
    """int rows: how many entries (none in the last, as many as there is room for in the first), then an
    index, ascending, and a float32's bits for each, then zeros."""
    count, width = what["shape"]
    rows = np.zeros((count, width), np.int32)
    for n in range(count):
        most = min((width - 1) // 2, what["rows"])
        entries = most if n == 0 else 0 if n == count - 1 else int(generator.integers(1, most, endpoint=True))
        rows[n, 0] = entries
        rows[n, 1 : 1 + 2 * entries : 2] = np.sort(generator.permutation(what["rows"])[:entries])
        rows[n, 2 : 2 + 2 * entries : 2] = spread(generator, [entries]).astype(np.float32).view(np.int32)
    return rows


def draw(op, case, generator):
    inputs = {}
    for name in op["inputs"]:
        if name in case["shapes"]:
            value = spread(generator, case["shapes"][name])
            if name in case["positive"]:
                value = (1 + value / 2.2).astype(np.float32).astype(np.float64)
            if name in case["share"]:
                value = (0.5 + value / 2.3).astype(np.float32).astype(np.float64)
            inputs[name] = torch.from_numpy(value)
        elif name in case["int"]:
            what = case["int"][name]
            if "values" in what:
                drawn = np.array(what["values"]).reshape(what["shape"])
            elif "rows" in what:
                drawn = sparse_rows(generator, what)
            else:
                drawn = generator.integers(0, what["max"], size=what["shape"], endpoint=True)
            inputs[name] = torch.from_numpy(drawn.astype(np.int64))
        elif name in op["optional"]:
            inputs[name] = None
        else:
            raise SystemExit(f"{op['name']}: a test lacks the input '{name}'")
    return inputs


def evaluate(op, case, inputs):
    """The reference's outputs as a list of tensors; changes the mutated inputs where they are."""
    names = {"torch": torch, "F": F, "math": math}
    names.update(case["attrs"])
    names["a"] = SimpleNamespace(**case["attrs"])
    names.update(inputs)
    source = op["reference"].strip()
    try:
        code = compile(source, f"{op['name']}.reference", "eval")
    except SyntaxError:
        exec(compile(source, f"{op['name']}.reference", "exec"), names)
        outputs = [names[name] for name in case["outputs"] if name in names]
    else:
        outputs = eval(code, names)
        outputs = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
    if not outputs or len(outputs) > len(case["outputs"]):
        raise SystemExit(f"{op['name']}: the reference gives {len(outputs)} outputs")
    return outputs


def total(outputs, cotangents):
    return sum((out * by).sum() for out, by in zip(outputs, cotangents))


def smooth(op, case, inputs, cotangents, gradients, generator):
    """Whether the gradients predict the change along a random direction, kinks being what breaks
    that."""
    directions = {n: torch.from_numpy(generator.standard_normal(tuple(g.shape))) for n, g in gradients.items()}
    predicted = sum(float((g * directions[n]).sum()) for n, g in gradients.items())
    if not gradients:
        return True

    def value(step):
        moved = {
            n: x + step * directions[n] if n in directions else (x.clone() if x is not None else None)
            for n, x in inputs.items()
        }
        with torch.no_grad():
            return float(total(evaluate(op, case, moved), cotangents))

    scale = sum(float((g * directions[n]).abs().sum()) for n, g in gradients.items()) + 1e-12
    for step in (1e-4, 1e-5):  # a kink within 1e-4 of the point shows in the first
        measured = (value(step) - value(-step)) / (2 * step)
        if abs(measured - predicted) > 1e-6 * scale:
            return False
    return True


def run_case(op, case, index):
    for attempt in range(ATTEMPTS):
        generator = generator_for(op["name"], index, attempt)
        inputs = draw(op, case, generator)
        leaves = {}
        for name, value in inputs.items():
            if value is None:
                continue
            leaf = value.clone()
            if value.is_floating_point() and name not in op["mutates"] and op["differentiable"]:
                leaf.requires_grad_(True)
            leaves[name] = leaf
        outputs = evaluate(op, case, {n: leaves.get(n) for n in inputs})
        cotangents = [
            torch.ones_like(out) if out.dim() == 0 else torch.from_numpy(spread(generator, tuple(out.shape)))
            for out in outputs
        ]
        gradients = {}
        asked = [n for n, leaf in leaves.items() if leaf.requires_grad]
        if asked:
            found = torch.autograd.grad(
                total(outputs, cotangents), [leaves[n] for n in asked], allow_unused=True
            )
            gradients = {n: g for n, g in zip(asked, found) if g is not None}
            if not gradients:
                raise SystemExit(f"{op['name']}: has a gradient rule, but its reference has no gradient")
        if smooth(op, case, inputs, cotangents, gradients, generator):
            return tensors_of(op, case, index, inputs, leaves, outputs, cotangents, gradients)
    raise SystemExit(f"{op['name']}, test {index}: gradients and differences disagree in every attempt")


def tensors_of(op, case, index, inputs, leaves, outputs, cotangents, gradients):
    tensors = {}

    def put(name, tensor):
        array = tensor.detach().numpy()
        if array.ndim == 0:
            array = array.reshape(1)
        if not np.isfinite(array).all():
            raise SystemExit(f"{op['name']}: {index}.{name} is not finite")
        kind = np.int32 if array.dtype == np.int64 else np.float64
        tensors[f"{index}.{name}"] = np.ascontiguousarray(array, dtype=kind)

    for name, value in inputs.items():
        if value is not None:
            put(name, value)
    for name, out, by in zip(case["outputs"], outputs, cotangents):
        put(f"out.{name}", out)
        if op["differentiable"]:
            put(f"dout.{name}", by)
    for name, gradient in gradients.items():
        put(f"d.{name}", gradient)
    for name in op["mutates"]:
        if name in leaves and not torch.equal(leaves[name], inputs[name]):
            put(f"after.{name}", leaves[name])
    return tensors


def compare(path, tensors):
    """Differences between a committed file and what was computed now, as lines."""
    if not path.exists():
        return [f"{path.name}: is missing"]
    committed = load_file(path)
    problems = [f"{path.name}: {name}: not in both" for name in sorted(set(committed) ^ set(tensors))]
    for name in sorted(set(committed) & set(tensors)):
        old, new = committed[name], tensors[name]
        if old.shape != new.shape or old.dtype != new.dtype:
            problems.append(f"{path.name}: {name}: was {old.dtype}{old.shape}, is {new.dtype}{new.shape}")
        elif not np.allclose(old, new, rtol=1e-12, atol=1e-12):
            problems.append(f"{path.name}: {name}: differs by {np.abs(old - new).max():g}")
    return problems


def main():
    parser = argparse.ArgumentParser(description="Writes or checks the op vectors.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("ops", nargs="?", help="what tests/support/dump_ops.lua printed")
    options = parser.parse_args()
    torch.set_num_threads(1)  # one order of sums
    text = pathlib.Path(options.ops).read_text() if options.ops else sys.stdin.read()
    problems, written = [], set()
    for op in json.loads(text):
        tensors = {}
        for index, case in enumerate(op["cases"], 1):
            tensors.update(run_case(op, case, index))
        if not tensors:
            raise SystemExit(f"{op['name']}: has a reference but no tests")
        path = FOLDER / f"{op['name']}.safetensors"
        written.add(path)
        if options.check:
            problems += compare(path, tensors)
        else:
            FOLDER.mkdir(exist_ok=True)
            path.write_bytes(save(tensors))
    if options.check:
        problems += [f"{path.name}: no op has it" for path in sorted(set(FOLDER.iterdir()) - written)]
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
