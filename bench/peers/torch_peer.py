# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""PyTorch as a peer of the benchmark: see serve.py for the protocol.

A "prepare" request says what and how:
    model, channels, size, classes, width, batch   the work (models.py)
    phase     "train" (forward, loss, backward, SGD) or "infer"
    mode      "eager", "channels_last", "compile", "compile_channels_last", and for the MLP's
              training the tuned variants of tuned_mlp.py ("foreach", "fused", "manual", ...)
    precision "bf16": the model converted to bf16 in the modes above, by autocast in "autocast",
              "autocast_channels_last" (parameters in fp32); absent: fp32
    threads, learning_rate, momentum, weight_decay

Every mode gets what a careful user would give it: inference_mode, gradients set to None, the fused
optimizer, warm caches. TF32-like or bf16 shortcuts are off where fp32 is asked for: both sides compute alike.
"""

import contextlib

import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

import models
import tuned_mlp
from serve import serve


def prepare(request):
    torch.set_num_threads(request["threads"])
    if request["mode"] in tuned_mlp.MODES:
        return tuned_mlp.prepare(request), {}
    model = models.make(request)
    torch.manual_seed(2)
    x = torch.randn(request["batch"], request["channels"], request["size"], request["size"])
    labels = torch.randint(0, request["classes"], (request["batch"],))
    mode = request["mode"]
    if mode.endswith("channels_last"):
        model = model.to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    training = request["phase"] == "train"
    model.train(training)
    facts = {"flops": count_flops(model, x, labels, training)}
    bf16 = request.get("precision") == "bf16"
    autocast = bf16 and mode.startswith("autocast")
    if bf16 and not autocast:
        model, x = model.bfloat16(), x.bfloat16()
    call = torch.compile(model) if mode.startswith("compile") else model

    def narrow():
        if autocast:
            return torch.autocast("cpu", dtype=torch.bfloat16)
        return contextlib.nullcontext()

    if not training:

        def infer():
            with torch.inference_mode(), narrow():
                call(x)

        return infer, facts

    optimizer = torch.optim.SGD(
        model.parameters(),
        lr=request.get("learning_rate", 0.01),
        momentum=request.get("momentum", 0.9),
        weight_decay=request.get("weight_decay", 0),
        fused=True,
    )

    def train():
        optimizer.zero_grad(set_to_none=True)
        with narrow():
            loss = F.cross_entropy(call(x), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return train, facts


def count_flops(model, x, labels, training):
    """Floating point operations of one step, two per multiply-add, products and convolutions."""
    with FlopCounterMode(display=False) as counter:
        if training:
            F.cross_entropy(model(x), labels).backward()
        else:
            with torch.no_grad():
                model(x)
    for parameter in model.parameters():
        parameter.grad = None
    return counter.get_total_flops()


if __name__ == "__main__":
    torch.backends.mkldnn.enabled = True
    serve(prepare)
