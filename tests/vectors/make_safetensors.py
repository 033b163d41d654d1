# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
#
# Writes tests/vectors/safetensors/reference.safetensors with the safetensors package (torch), which
# tests/runtime/test_safetensors.c reads. With an argument, reads that file with the package instead
# and prints what is in it.
import sys
import torch
from safetensors import safe_open
from safetensors.torch import save_file

if len(sys.argv) > 1:
    with safe_open(sys.argv[1], "pt") as file:
        print(file.metadata())
        for name in file.keys():
            tensor = file.get_tensor(name)
            print(name, tensor.dtype, list(tensor.shape), tensor.flatten().tolist()[:4])
    sys.exit()

ramp = torch.tensor([[0.0, 1.0, -2.5], [65504.0, 6e-8, 0.099975586]])
save_file({
    "f64": ramp.double(), "f32": ramp, "f16": ramp.half(), "bf16": ramp.bfloat16(),
    "i64": torch.arange(4), "scalar": torch.tensor(7.0), "empty": torch.zeros(0, 3),
}, "tests/vectors/safetensors/reference.safetensors", metadata={"made_by": "safetensors", "ümlaut": "grün"})
