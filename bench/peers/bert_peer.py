# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""PyTorch's side of bench/bert.lua, and its rounds: in each the program of the other side runs first, then this.

    python bench/peers/bert_peer.py REQUEST

REQUEST is a JSON object: own (the other side's command, whose first word of output is milliseconds), rounds, seconds,
threads, cpu (time of the processor), length (ids of each text) or texts (a file of bench/bert_texts.c), most, batch,
train, layers, hidden, heads, vocabulary. Prints {"own": [...], "peer": [...]}, milliseconds of a step.
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
clock = time.process_time if asked["cpu"] else time.perf_counter
if asked.get("texts"):
    records = torch.frombuffer(bytearray(open(asked["texts"], "rb").read()), dtype=torch.int32).view(-1, most + 1).long()
    records = records[:len(records) - len(records) % 16]
else:
    records = torch.randint(0, asked["vocabulary"], (batch, most + 1))
    records[:, 0] = asked["length"]
batches = []
for first in range(0, len(records), batch):
    lengths = records[first:first + batch, 0]
    width = int(lengths.max())  # a collator pads to the longest text
    batches.append((records[first:first + batch, 1:1 + width].contiguous(),
                    (torch.arange(width)[None] < lengths[:, None]).long()))
labels = torch.arange(batch) % 2
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6, weight_decay=0.01, fused=True)
model.train(asked["train"])


def step(ids, mask):
    if asked["train"]:
        optimizer.zero_grad()
        model(input_ids=ids, attention_mask=mask, labels=labels).loss.backward()
        optimizer.step()
    else:
        with torch.inference_mode():
            model(input_ids=ids, attention_mask=mask)


def measure():
    times, begun = [], time.perf_counter()
    while len(times) < 2 or time.perf_counter() - begun < asked["seconds"]:
        start = clock()
        for ids, mask in batches:
            step(ids, mask)
        times.append((clock() - start) / len(batches))
    return statistics.median(times) * 1e3


step(*batches[0])
step(*batches[-1])
result = {"own": [], "peer": []}
for _ in range(asked["rounds"]):
    result["own"].append(float(subprocess.run(asked["own"], check=True, capture_output=True, text=True).stdout.split()[0]))
    result["peer"].append(measure())
print(json.dumps(result))
