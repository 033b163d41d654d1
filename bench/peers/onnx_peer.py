# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime as a peer of the benchmark: see serve.py for the protocol.

A "prepare" request names model, channels, size, classes, width, batch and threads as for
torch_peer.py; the phase is "infer" and the mode "onnx". The model is PyTorch's, exported with a fixed
batch and every optimization on, as its users are told to; input and output are bound once, so that
a run copies nothing.
"""

import io

import numpy as np
import onnxruntime
import torch

import models
from serve import serve


def prepare(request):
    if request["phase"] != "infer":
        raise ValueError("ONNX Runtime only infers")
    model = models.make(request).eval()
    shape = (request["batch"], request["channels"], request["size"], request["size"])
    file = io.BytesIO()
    torch.onnx.export(model, (torch.zeros(shape),), file, dynamo=False, input_names=["x"], output_names=["y"])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = request["threads"]
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(file.getvalue(), options, providers=["CPUExecutionProvider"])
    x = np.random.default_rng(2).standard_normal(shape, dtype=np.float32)
    binding = session.io_binding()
    binding.bind_cpu_input("x", x)
    binding.bind_output("y")

    def infer():
        session.run_with_iobinding(binding)

    return infer, {}


if __name__ == "__main__":
    serve(prepare)
