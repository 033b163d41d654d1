# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""Writes tests/vectors/models/lstm_*.safetensors: whole LSTM classifiers against torch.nn.LSTM.

    python tests/vectors/make_lstm.py [--check]

    lstm_last   embedding of 40 ids by 12, two layers of 8 in both directions, what both end with, linear 10
    lstm_max    embedding of 40 ids by 12, three layers of 16 forwards, the largest over the steps, linear 10

A file holds what tests/vectors/make_bert.py writes. Texts have different lengths, one is a single id; the reference
reads them packed (pack_padded_sequence), so that padding counts nowhere.

--check writes nothing and fails where a committed file differs.
"""

import argparse
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from make_resnet import FOLDER, compare, generator_for, to_array

CLASSES, IDS = 10, 40


class Model(nn.Module):
    def __init__(self, hidden, layers, bidirectional, last):
        super().__init__()
        self.last = last
        both = 2 if bidirectional else 1
        # named as the layers of a sequential are: by their places
        self.add_module("0", nn.Embedding(IDS, 12))
        self.add_module("1", nn.LSTM(12, hidden, layers, batch_first=True, bidirectional=bidirectional))
        self.add_module("2" if last else "3", nn.Linear(both * hidden, CLASSES))

    def forward(self, ids, lengths):
        modules = dict(self.named_children())
        packed = pack_padded_sequence(modules["0"](ids), lengths, batch_first=True, enforce_sorted=False)
        output, (ends, _) = modules["1"](packed)
        if self.last:
            directions = 2 if modules["1"].bidirectional else 1
            return modules["2"](torch.cat(list(ends[-directions:]), 1))
        output, _ = pad_packed_sequence(output, batch_first=True, padding_value=-torch.inf)
        return modules["3"](output.max(1).values)


MODELS = {"lstm_last": (lambda: Model(8, 2, True, True), (6, 1, 9, 4)),
          "lstm_max": (lambda: Model(16, 3, False, False), (7, 3, 1))}


def compute(name):
    build, lengths = MODELS[name]
    model = build().double().train()
    tensors = {}
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            draw = 0.5 * generator_for(name, key).standard_normal(tuple(parameter.shape))
            parameter.copy_(torch.from_numpy(draw.astype(np.float32).astype(np.float64)))
            tensors[f"weight.{key}"] = parameter.clone()
    generator = generator_for(name, "input")
    ids = np.zeros((len(lengths), max(lengths)), np.int64)
    for row, count in zip(ids, lengths):
        row[:count] = generator.integers(1, IDS, size=count)
    tensors["input"] = torch.from_numpy(np.concatenate([np.array(lengths)[:, None], ids], 1)).int()
    labels = torch.from_numpy(generator.integers(0, CLASSES, size=len(lengths)))
    tensors["labels"] = labels.int()
    logits = model(torch.from_numpy(ids), torch.tensor(lengths))
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    tensors["eval.logits"] = tensors["train.logits"] = logits
    tensors["train.loss"] = loss.reshape(1)
    for key, parameter in model.named_parameters():
        tensors[f"grad.{key}"] = parameter.grad
    return {key: to_array(value) for key, value in tensors.items()}


def main():
    parser = argparse.ArgumentParser(description="Writes or checks the vectors of LSTM classifiers.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args()
    torch.set_num_threads(1)
    problems = []
    for name in MODELS:
        tensors, path = compute(name), FOLDER / f"{name}.safetensors"
        if options.check:
            problems += compare(path, tensors)
        else:
            path.write_bytes(save(tensors))
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
