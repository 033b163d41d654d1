# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""Writes tests/vectors/models/bert_*.safetensors: small BERT models against Hugging Face's transformers.

    python tests/vectors/make_bert.py [--check]

    bert_cls    BertForSequenceClassification: 2 layers of 64 features, 2 heads, 64 between; batch 3, 20 ids
    bert_mean   BertModel without a pooler, the mean of a text's tokens, a linear classifier: 1 layer of 32
                features, 2 heads, 40 between; batch 4, 9 ids

A file holds what tests/vectors/make_resnet.py writes, with `input` int32 [batch][1 + ids]: how many ids a text
has, then the ids, padded with 0. Texts have different lengths, one is a single id. Dropout is off.

--check writes nothing and fails where a committed file differs.
"""

import argparse
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save
from torch import nn
from transformers import BertConfig, BertForSequenceClassification, BertModel

from make_resnet import FOLDER, compare, generator_for, to_array

CLASSES = 10


def config(**sizes):
    return BertConfig(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, num_labels=CLASSES,
                      attn_implementation="eager", **sizes)


class Cls(nn.Module):
    def __init__(self):
        super().__init__()
        self.sizes = config(vocab_size=40, hidden_size=64, num_hidden_layers=2, num_attention_heads=2,
                            intermediate_size=64, max_position_embeddings=24)
        self.whole = BertForSequenceClassification(self.sizes)

    def forward(self, ids, mask):
        return self.whole(input_ids=ids, attention_mask=mask).logits

    def named(self):
        return [(n.removeprefix("whole."), p) for n, p in self.named_parameters()]


class Mean(nn.Module):
    def __init__(self):
        super().__init__()
        self.sizes = config(vocab_size=30, hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
                            intermediate_size=40, max_position_embeddings=9)
        self.bert = BertModel(self.sizes, add_pooling_layer=False)
        self.classifier = nn.Linear(32, CLASSES)

    def forward(self, ids, mask):
        hidden = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        share = mask.to(hidden.dtype) / mask.sum(1, keepdim=True)
        return self.classifier((hidden * share[:, :, None]).sum(1))

    def named(self):
        return list(self.named_parameters())


MODELS = {"bert_cls": (Cls, 20, (20, 7, 1)), "bert_mean": (Mean, 9, (4, 9, 1, 6))}


def compute(name):
    build, length, lengths = MODELS[name]
    model = build().double().train()
    tensors = {}
    with torch.no_grad():
        for key, parameter in model.named():
            draw = generator_for(name, key).standard_normal(tuple(parameter.shape))
            if key.endswith("LayerNorm.weight"):
                draw = 1 + 0.2 * draw
            elif key.endswith("bias"):
                draw = 0.1 * draw
            elif "embeddings" not in key:
                draw = draw * np.sqrt(1 / parameter.shape[1])
            parameter.copy_(torch.from_numpy(draw.astype(np.float32).astype(np.float64)))
            tensors[f"weight.{key}"] = parameter.clone()
    generator = generator_for(name, "input")
    ids = np.zeros((len(lengths), length), np.int64)
    for row, count in zip(ids, lengths):
        row[:count] = generator.integers(1, model.sizes.vocab_size, size=count)
    mask = torch.from_numpy((np.arange(length)[None] < np.array(lengths)[:, None]).astype(np.int64))
    tensors["input"] = torch.from_numpy(np.concatenate([np.array(lengths)[:, None], ids], 1)).int()
    labels = torch.from_numpy(generator.integers(0, CLASSES, size=len(lengths)))
    tensors["labels"] = labels.int()
    logits = model(torch.from_numpy(ids), mask)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    tensors["eval.logits"] = tensors["train.logits"] = logits
    tensors["train.loss"] = loss.reshape(1)
    for key, parameter in model.named():
        tensors[f"grad.{key}"] = parameter.grad
    return {key: to_array(value) for key, value in tensors.items()}


def main():
    parser = argparse.ArgumentParser(description="Writes or checks the vectors of BERT models.")
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
