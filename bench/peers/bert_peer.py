# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""PyTorch's side of bench/bert.lua, and its rounds: in each the program of the other side runs first, then this.

    python bench/peers/bert_peer.py REQUEST

REQUEST is a JSON object: own (the other side's command, which prints milliseconds), rounds, seconds, threads,
length (0: ragged), most, batch, train, layers, hidden, heads, vocabulary. Prints {"own": [...], "peer": [...]},
milliseconds of a step.
"""

import json
import logging
import statistics
import subprocess
import sys
import time

import torch
from transformers import BertConfig, BertForSequenceClassification

logging.disable(logging.WARNING)
asked = json.loads(sys.argv[1])
torch.set_num_threads(asked["threads"])
torch.manual_seed(1)
model = BertForSequenceClassification(BertConfig(
    vocab_size=asked["vocabulary"], hidden_size=asked["hidden"], num_hidden_layers=asked["layers"],
    num_attention_heads=asked["heads"], intermediate_size=4 * asked["hidden"], num_labels=2))
most, batch = asked["most"], asked["batch"]
lengths = [asked["length"] or most // 4 + (n * 7919 % 97) * (most - most // 4) // 96 for n in range(batch)]
width = max(lengths)  # a collator pads to the longest text
ids = torch.randint(0, asked["vocabulary"], (batch, width))
mask = (torch.arange(width)[None] < torch.tensor(lengths)[:, None]).long()
labels = torch.arange(batch) % 2
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6, weight_decay=0.01)
model.train(asked["train"])


def step():
    if asked["train"]:
        optimizer.zero_grad()
        model(input_ids=ids, attention_mask=mask, labels=labels).loss.backward()
        optimizer.step()
    else:
        with torch.inference_mode():
            model(input_ids=ids, attention_mask=mask)


def measure():
    times, begun = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - begun < asked["seconds"]:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


step()
step()
result = {"own": [], "peer": []}
for _ in range(asked["rounds"]):
    result["own"].append(float(subprocess.run(asked["own"], check=True, capture_output=True, text=True).stdout.split()[0]))
    result["peer"].append(measure())
print(json.dumps(result))
