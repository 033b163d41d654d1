# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""Writes tests/vectors/resnet18_names.json: names, types and shapes of torchvision's ResNet-18 state
dict as safetensors keeps it (1000 classes; the counters of the batch norms are I64 scalars).

    python tests/vectors/make_names.py [--check]
"""

import argparse
import json
import pathlib
import struct

import torchvision
from safetensors.torch import save

PATH = pathlib.Path(__file__).parent / "resnet18_names.json"


def main():
    parser = argparse.ArgumentParser(description="Writes or checks the names of a state dict.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args()
    data = save(torchvision.models.resnet18(weights=None).state_dict())
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    lines = []
    for name in sorted(header):
        entry = {"dtype": header[name]["dtype"], "shape": header[name]["shape"]}
        lines.append(f"{json.dumps(name)}: {json.dumps(entry, separators=(',', ':'))}")
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    if not options.check:
        PATH.write_text(text)
    elif PATH.read_text() != text:
        raise SystemExit(f"{PATH.name}: differs")


main()
