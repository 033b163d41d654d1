# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""Training of the model of specs/topics_mlp.lua in PyTorch, for bench/topics.lua: samples per second of each mode.

    python bench/peers/topics_torch.py --terms V --entries E --classes C --batch B --threads T --seconds S [--dense-only]

Prints one JSON object {mode: samples per second}. Texts are random rows with E of V numbers that are not 0, in memory
as a matrix, as after TfidfVectorizer(...).transform(...).toarray(). A step takes a batch of rows by index, as a
DataLoader does, without its overhead. Modes:

    dense         nn.Linear on the dense rows, torch.optim.Adam
    dense fused   the same with fused=True
    sparse        nn.EmbeddingBag with per_sample_weights for the first layer: what somebody writes who knows that the
                  rows are sparse; sparse=True with torch.optim.SparseAdam for it, Adam for the rest
"""

import argparse
import json
import time

import torch
from torch import nn


def tail(classes):
    return nn.Sequential(nn.LayerNorm(256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Dropout(0.5),
                         nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, classes))


def measure(step, rows, batch, seconds):
    order = torch.randperm(rows)
    at, done = 0, 0

    def next_batch():
        nonlocal at
        if at + batch > rows:
            at = 0
        at += batch
        return order[at - batch : at]

    for _ in range(3):
        step(next_batch())
    begin = time.perf_counter()
    while time.perf_counter() - begin < seconds:
        step(next_batch())
        done += batch
    return done / (time.perf_counter() - begin)


def main():
    parser = argparse.ArgumentParser()
    for name in ("terms", "entries", "classes", "batch", "threads"):
        parser.add_argument("--" + name, type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    rows = min(2000, 200_000_000 // a.terms)
    index = torch.stack([torch.randperm(a.terms)[: a.entries] for _ in range(rows)])
    values = torch.rand(rows, a.entries)
    labels = torch.randint(0, a.classes, (rows,))
    dense = torch.zeros(rows, a.terms).scatter_(1, index, values)
    loss = nn.CrossEntropyLoss()
    result = {}
    for mode in ("dense", "dense fused"):
        model = nn.Sequential(nn.Linear(a.terms, 256), tail(a.classes))
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=mode == "dense fused")

        def step(batch):
            optimizer.zero_grad(set_to_none=True)
            loss(model(dense[batch]), labels[batch]).backward()
            optimizer.step()

        result[mode] = measure(step, rows, a.batch, a.seconds)
    del dense
    first, rest = nn.EmbeddingBag(a.terms, 256, mode="sum", sparse=True), tail(a.classes)
    bias = nn.Parameter(torch.zeros(256))
    optimizers = [torch.optim.SparseAdam(list(first.parameters()), lr=1e-3),
                  torch.optim.Adam([bias, *rest.parameters()], lr=1e-3, fused=True)]

    def sparse_step(batch):
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        hidden = first(index[batch], per_sample_weights=values[batch]) + bias
        loss(rest(hidden), labels[batch]).backward()
        for optimizer in optimizers:
            optimizer.step()

    result["sparse"] = measure(sparse_step, rows, a.batch, a.seconds)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
