# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""Augmentations from their definitions, in numpy, with the same random numbers.

Writes tests/vectors/augment.json: per case the kind, the numbers of its C config, seed, epoch, sample and
place, an input and what comes of it. Random numbers are Philox4x32-10 as in runtime/base/rng.h, written here
again from the paper. Rotation, brightness, contrast and flips are torchvision's functions, given what was drawn.

    python tests/vectors/make_augment.py      (needs numpy, torch, torchvision)
"""
import json
import math
import pathlib

import numpy as np
import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as F

MASK = 0xFFFFFFFF
STREAM = 0x80000100


class Rng:
    def __init__(self, seed, epoch, sample, place):
        self.key = (seed & MASK, seed >> 32)
        self.block, self.high = 0, sample
        self.stream = (epoch, STREAM + place)
        self.words, self.spare = [], None

    def u32(self):
        if not self.words:
            c = [self.block, self.high, *self.stream]
            k0, k1 = self.key
            for _ in range(10):
                a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
                c = [(b >> 32) ^ c[1] ^ k0, b & MASK, (a >> 32) ^ c[3] ^ k1, a & MASK]
                k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
            self.words = c
            self.block += 1
        return self.words.pop(0)

    def u64(self):
        low = self.u32()
        return self.u32() << 32 | low

    def double(self):
        return (self.u64() >> 11) * 2.0**-53

    def below(self, n):
        product = self.u64() * n
        if product & (2**64 - 1) < n:
            while product & (2**64 - 1) < (2**64 - n) % n:
                product = self.u64() * n
        return product >> 64

    def normal(self):
        if self.spare is not None:
            value, self.spare = self.spare, None
            return value
        radius = math.sqrt(-2 * math.log(1 - self.double()))
        angle = 2 * math.pi * self.double()
        self.spare = radius * math.sin(angle)
        return radius * math.cos(angle)


def filled(fill, middle):
    return np.array(middle if fill == "mean" else [fill] * len(middle), dtype=np.float64)


def flip(x, rng, c, _):
    x = torch.from_numpy(x)
    horizontal, vertical = rng.double() < c[0], rng.double() < c[1]
    x = F.horizontal_flip(x) if horizontal else x
    return (F.vertical_flip(x) if vertical else x).numpy()


def random_crop(x, rng, c, middle):
    p = int(c[0])
    down, right = rng.below(2 * p + 1), rng.below(2 * p + 1)
    planes = [np.pad(plane, p, constant_values=v) for plane, v in zip(x, filled(c[1], middle))]
    h, w = x.shape[1:]
    return np.stack(planes)[:, down:down + h, right:right + w]


def rotation(x, rng, c, middle):
    degrees = (2 * rng.double() - 1) * c[0]
    fill = filled(c[1], middle)[:, None, None]
    # torchvision blends a fill of its own twice at the edges; without one, what is outside is zero
    turned = F.rotate(torch.from_numpy(x - fill), degrees, InterpolationMode.BILINEAR, fill=None)
    return turned.numpy() + fill


def brightness(x, rng, c, _):
    factor = 1 + (2 * rng.double() - 1) * c[0]
    return F.adjust_brightness(torch.from_numpy(x / 255), factor).numpy() * 255


def contrast(x, rng, c, _):
    factor = 1 + (2 * rng.double() - 1) * c[0]
    return F.adjust_contrast(torch.from_numpy(x / 255), factor).numpy() * 255


def cutout(x, rng, c, middle):
    x = x.copy()
    height, width, count = map(int, c[:3])
    for _ in range(count):
        top, left = rng.below(x.shape[1]) - height // 2, rng.below(x.shape[2]) - width // 2
        x[:, max(top, 0):max(top + height, 0), max(left, 0):max(left + width, 0)] = \
            filled(c[3], middle)[:, None, None]
    return x


def spec_augment(x, rng, c, _):
    x = x.copy()
    mean = x.mean()
    time_masks, time_width, frequency_masks, frequency_width = map(int, c)
    for _ in range(frequency_masks):
        rows = rng.below(frequency_width + 1)
        top = rng.below(x.shape[1] - rows + 1)
        x[:, top:top + rows] = mean
    for _ in range(time_masks):
        columns = rng.below(time_width + 1)
        left = rng.below(x.shape[2] - columns + 1)
        x[:, :, left:left + columns] = mean
    return x


def gain(x, rng, c, _):
    return x * 10 ** ((c[0] + (c[1] - c[0]) * rng.double()) / 20)


def time_shift(x, rng, c, _):
    later = rng.below(2 * int(c[0]) + 1) - int(c[0])
    y = np.roll(x, later, 2)
    if not c[1]:
        if later > 0:
            y[:, :, :later] = 0
        elif later < 0:
            y[:, :, later:] = 0
    return y


def noise(x, rng, c, _):
    ratio = 10 ** ((c[0] + (c[1] - c[0]) * rng.double()) / 20)
    deviation = np.sqrt((x**2).mean()) / ratio
    return x + deviation * np.array([rng.normal() for _ in range(x.size)]).reshape(x.shape)


KINDS = [(flip, [0.5, 0.5]), (random_crop, [3, 7.0]), (random_crop, [2, "mean"]), (rotation, [30.0, 0.0]),
         (rotation, [180.0, "mean"]), (brightness, [0.9]), (contrast, [0.9]), (cutout, [3, 4, 2, "mean"]),
         (cutout, [5, 5, 1, 9.0])]
SOUNDS = [(gain, [-6.0, 6.0]), (time_shift, [9, 0]), (time_shift, [9, 1]), (noise, [3.0, 20.0])]


def main():
    draw = np.random.default_rng(3)
    cases = []

    def add(function, config, x, middle, seed, epoch, sample, place):
        rng = Rng(seed, epoch, sample, place)
        y = function(x.astype(np.float64), rng, config, middle)
        cases.append({"kind": function.__name__, "config": ["mean" if v == "mean" else float(v) for v in config],
                      "seed": seed, "epoch": epoch, "sample": sample, "place": place, "shape": list(x.shape),
                      "middle": middle, "x": x.ravel().tolist(), "y": [round(v, 6) for v in y.ravel().tolist()]})

    for number, (function, config) in enumerate(KINDS):
        for turn in range(3):
            shape = (1, 7, 7) if turn == 2 else (3, 6, 8)
            x = draw.integers(0, 256, shape).astype(np.float32)
            middle = [127.5] if turn == 2 else [127.5, 100.0, 80.25]
            add(function, config, x, middle, 1 + (turn << 40), turn * 7, number + (turn << 20), number)
    for turn in range(3):
        x = np.round(draw.normal(size=(1, 9, 13)), 3).astype(np.float32)
        add(spec_augment, [2, 5, 1, 4], x, [0.0], 5, turn, 3, 1)
        for function, config in SOUNDS:
            add(function, config, np.round(draw.normal(size=(1, 1, 40)), 3).astype(np.float32), [0.0], 9, turn, 11, 0)
    path = pathlib.Path(__file__).parent / "augment.json"
    path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


main()
