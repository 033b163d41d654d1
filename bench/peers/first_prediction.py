# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""A whole process that loads a model and predicts one image: what starting costs a PyTorch user.

    python bench/peers/first_prediction.py MODEL --size N --save F      saves weights
    python bench/peers/first_prediction.py MODEL --size N --weights F   loads them, predicts, prints

Imports no more than it needs (torchvision only for ResNet, as its users must).
"""

import argparse

import torch
from safetensors.torch import load_file, save_file


def build(name, size):
    if name == "mlp":
        return torch.nn.Sequential(
            torch.nn.Flatten(), torch.nn.Linear(size * size, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10)
        )
    from torchvision.models import resnet18

    model = resnet18(num_classes=10)
    model.conv1 = torch.nn.Conv2d(1, 64, kernel_size=7, stride=2, padding=3, bias=False)
    return model


def main():
    parser = argparse.ArgumentParser(description="Load a model and predict one image.")
    parser.add_argument("model", choices=["mlp", "resnet18"])
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--save")
    parser.add_argument("--weights")
    options = parser.parse_args()
    if options.save:
        save_file(build(options.model, options.size).state_dict(), options.save)
        return
    with torch.device("meta"):
        model = build(options.model, options.size)
    model.load_state_dict(load_file(options.weights), assign=True)
    model.eval()
    with torch.inference_mode():
        x = torch.rand(1, 1, options.size, options.size)
        p = torch.softmax(model(x), 1)[0]
    best = int(p.argmax())
    print(best, float(p[best]))


if __name__ == "__main__":
    main()
