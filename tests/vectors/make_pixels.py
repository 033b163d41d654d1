# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""Reference resizes of a small colour image: torch.nn.functional.interpolate, in double.

Run from the repository root with the peers' Python: python tests/vectors/make_pixels.py
Writes tests/vectors/pixels.json: {"image": {"channels", "height", "width", "bytes"}, "cases": [{"height",
"width", "antialias", "values" of [channels][height][width]}]}.
"""
import json
import pathlib

import torch

CHANNELS, HEIGHT, WIDTH = 3, 11, 7
CASES = [(5, 3, True), (5, 3, False), (22, 9, True), (22, 9, False), (11, 4, True), (1, 1, True), (13, 7, False)]


def main():
    state, data = 1, []
    for _ in range(CHANNELS * HEIGHT * WIDTH):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        data.append(state >> 56)
    image = torch.tensor(data, dtype=torch.float64).reshape(1, CHANNELS, HEIGHT, WIDTH)
    cases = []
    for height, width, antialias in CASES:
        y = torch.nn.functional.interpolate(image, (height, width), mode="bilinear", align_corners=False,
                                            antialias=antialias)
        cases.append({"height": height, "width": width, "antialias": antialias,
                      "values": [round(v, 6) for v in y.flatten().tolist()]})
    out = {"image": {"channels": CHANNELS, "height": HEIGHT, "width": WIDTH, "bytes": data}, "cases": cases}
    path = pathlib.Path(__file__).parent / "pixels.json"
    path.write_text(json.dumps(out, separators=(",", ":")).replace('{"height"', '\n{"height"') + "\n")


main()
