# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""Writes tests/vectors/models/<model>.safetensors: whole models against PyTorch and torchvision.

    python tests/vectors/make_resnet.py [--check]

Models, small in width and size so that the files stay small; names are torchvision's or those of
nn.Sequential:
    resnet18_rgb    torchvision's ResNet-18 at width 8, 3x32x32, batch 4, 10 classes
    resnet18_gray   the same at width 3, 1x33x33: one channel, odd sizes throughout
    resnet34_rgb    torchvision's ResNet-34 at width 2, 3x33x33, batch 4, 10 classes
    resnet50_gray   torchvision's ResNet-50 at width 2, 1x65x65, batch 4, 10 classes
    alexnet_rgb     torchvision's AlexNet at width 4, hidden layers of 16, pooled to 2x2; 3x67x67, batch 2
    vgg11_rgb, vgg13_bn_gray, vgg16_bn_rgb, vgg19_gray
                    torchvision's at width 2, hidden layers of 8, pooled to 2x2; 32x48, batch 4
    densenet121_gray torchvision's DenseNet-121 at growth 2, 4 channels first, bottleneck 2; 1x32x32, batch 8
    mobilenet_v2_gray torchvision's MobileNet v2 at width 0.1, expansion 2, 32 channels last; 1x40x40, batch 4
                    (dropout is off in all of them)
    dense_block     conv 3x3 (16) - three layers of batch norm, ReLU and conv 1x1 (16), each joined behind its
                    input - batch norm - ReLU - mean - linear 10; 1x9x7, batch 4
    mlp             flatten, linear 49-16, ReLU, linear 16-10; 1x7x7, batch 8
    cnn             conv 3x3 (8, no bias) - batch norm - ReLU - max pool - conv 3x3 (16) - ReLU -
                    max pool - flatten - linear 32 - ReLU - linear 10; 1x12x12, batch 6

A file holds, everything float32 but computed in float64 from the float32 inputs:
    input                     x [batch][channels][height][width]
    labels                    int32 [batch]
    weight.<name>             every parameter and buffer before; running statistics are not trivial
    eval.logits               logits in evaluation mode [batch][classes]
    train.logits, train.loss  logits in training mode; mean cross entropy [1]
    grad.<name>               gradient of the loss by every parameter
    after.<name>              running statistics after that one training forward

The reference's num_batches_tracked counters are left out: nothing depends on them here.

Weights and inputs come from numpy's Philox keyed by model and tensor name; gains are those of He's
initialisation, batch-norm scales lie around 1 and shifts around 0. A point close to a kink of ReLU or
a tie of max pooling would make single precision disagree for no fault of its own: margins are
measured for every ReLU and pool and the draw is repeated until the nearest is 1e-6 away.

--check writes nothing and fails where a committed file differs (beyond 2e-6 relative to the tensor's
largest value).
"""

import argparse
import hashlib
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import load_file, save
from torch import nn
from torchvision.models.densenet import DenseNet

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "bench" / "peers"))
import zoo  # noqa: E402  (the path is set one line above)
from models import resnet18, resnet34, resnet50  # noqa: E402

FOLDER = pathlib.Path(__file__).parent / "models"
MARGIN = 1e-6
ATTEMPTS = 50


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(49, 16), nn.ReLU(), nn.Linear(16, 10))


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 3 * 3, 32),
        nn.ReLU(),
        nn.Linear(32, 10),
    )


class Joined(nn.Module):
    """Its input with what one layer makes of it behind, joined along the channels."""

    def __init__(self, layer):
        super().__init__()
        self.add_module("1", layer)

    def forward(self, x):
        return torch.cat([x, getattr(self, "1")(x)], dim=1)


def dense_block():
    def layer(inputs):
        return Joined(nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(), nn.Conv2d(inputs, 16, 1, bias=False)))

    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1, bias=False),
        layer(16), layer(32), layer(48),
        nn.BatchNorm2d(64), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
    )


MODELS = {
    "resnet18_rgb": (lambda: resnet18(width=8, channels=3, classes=10), (4, 3, 32, 32)),
    "resnet18_gray": (lambda: resnet18(width=3, channels=1, classes=10), (4, 1, 33, 33)),
    "resnet34_rgb": (lambda: resnet34(width=2, channels=3, classes=10), (4, 3, 33, 33)),
    "resnet50_gray": (lambda: resnet50(width=2, channels=1, classes=10), (4, 1, 65, 65)),
    "alexnet_rgb": (lambda: zoo.alexnet(4, 16, 2, 0.0, 3, 10), (2, 3, 67, 67)),
    "vgg11_rgb": (lambda: zoo.vgg("vgg11", 2, 8, 2, 0.0, 3, 10), (4, 3, 32, 48)),
    "vgg13_bn_gray": (lambda: zoo.vgg("vgg13_bn", 2, 8, 2, 0.0, 1, 10), (4, 1, 32, 48)),
    "vgg16_bn_rgb": (lambda: zoo.vgg("vgg16_bn", 2, 8, 2, 0.0, 3, 10), (4, 3, 32, 48)),
    "vgg19_gray": (lambda: zoo.vgg("vgg19", 2, 8, 2, 0.0, 1, 10), (4, 1, 32, 48)),
    "densenet121_gray": (lambda: zoo.densenet121(4, 2, 2, 0.0, 1, 10), (8, 1, 32, 32)),
    "mobilenet_v2_gray": (lambda: zoo.mobilenet_v2(0.1, 2, 32, 0.0, 1, 10), (4, 1, 40, 40)),
    "dense_block": (dense_block, (4, 1, 9, 7)),
    "mlp": (mlp, (8, 1, 7, 7)),
    "cnn": (cnn, (6, 1, 12, 12)),
}


def generator_for(*key):
    digest = hashlib.sha256("/".join(map(str, key)).encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))


def fill(model, name, attempt):
    """Sets every parameter and buffer to float32 numbers."""
    with torch.no_grad():
        for key, tensor in model.state_dict().items():
            if key.endswith("num_batches_tracked"):
                continue
            draw = generator_for(name, key, attempt).standard_normal(tuple(tensor.shape))
            if key.endswith("running_var"):
                value = np.exp(0.3 * draw)
            elif key.endswith("running_mean"):
                value = 0.2 * draw
            elif key.endswith("weight") and tensor.dim() == 1:
                value = 1 + 0.2 * draw
            elif key.endswith("weight"):
                value = draw * np.sqrt(2 / np.prod(tensor.shape[1:]))
            else:
                value = 0.1 * draw
            tensor.copy_(torch.from_numpy(value.astype(np.float32).astype(np.float64)))


class Margins:
    """Watches every ReLU and max pool of a model: how close the nearest input is to where the
    derivative jumps. Hooks run in forward order; the smallest margin is kept."""

    def __init__(self, model):
        self.nearest = float("inf")
        for module in model.modules():
            if isinstance(module, (nn.ReLU, nn.ReLU6)):
                module.register_forward_pre_hook(self.relu)
            elif isinstance(module, nn.MaxPool2d):
                module.register_forward_pre_hook(self.pool)

        if isinstance(model, DenseNet):  # its last ReLU is no module
            model.features.register_forward_hook(lambda module, _, output: self.relu(module, [output]))

    def relu(self, module, inputs):
        x = inputs[0].detach()
        self.nearest = min(self.nearest, float(x.abs().min()))
        if isinstance(module, nn.ReLU6):
            self.nearest = min(self.nearest, float((x - 6).abs().min()))

    def pool(self, module, inputs):
        x = inputs[0].detach()
        pad, kernel, stride = module.padding, module.kernel_size, module.stride  # squares
        x = F.pad(x, (pad, pad, pad, pad), value=float("-inf"))
        windows = x.unfold(2, kernel, stride).unfold(3, kernel, stride).flatten(4)
        top = windows.topk(2, dim=4).values
        gap = (top[..., 0] - top[..., 1])[top[..., 0] > 0]  # zeros tie after a ReLU, harmlessly:
        if gap.numel():  # the gradient ends at the ReLU
            self.nearest = min(self.nearest, float(gap.min()))


def compute(name, attempt):
    """The tensors of one file, or None where the draw lies too close to a kink."""
    build, shape = MODELS[name]
    model = build().double()
    for module in model.modules():
        if isinstance(module, (nn.ReLU, nn.ReLU6)):
            module.inplace = False  # the margins look at its input
    fill(model, name, attempt)
    margins = Margins(model)
    generator = generator_for(name, "input", attempt)
    x = torch.from_numpy(generator.standard_normal(shape).astype(np.float32).astype(np.float64))
    labels = torch.from_numpy(generator.integers(0, 10, size=shape[0]))
    tensors = {"input": x, "labels": labels.int()}
    tracked = [key for key in model.state_dict() if not key.endswith("num_batches_tracked")]
    for key in tracked:
        tensors[f"weight.{key}"] = model.state_dict()[key].clone()

    model.eval()
    with torch.no_grad():
        tensors["eval.logits"] = model(x)
    margins.nearest = float("inf")  # kinks matter to gradients only
    model.train()
    logits = model(x)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    if margins.nearest < MARGIN:
        return None
    tensors["train.logits"] = logits
    tensors["train.loss"] = loss.reshape(1)
    for key, parameter in model.named_parameters():
        tensors[f"grad.{key}"] = parameter.grad
    for key in tracked:
        if "running_" in key:
            tensors[f"after.{key}"] = model.state_dict()[key]
    return {key: to_array(value) for key, value in tensors.items()}


def to_array(tensor):
    array = tensor.detach().numpy()
    if not np.isfinite(array).all():
        raise SystemExit("a tensor is not finite")
    return np.ascontiguousarray(array if array.dtype == np.int32 else array.astype(np.float32))


def compare(path, tensors):
    if not path.exists():
        return [f"{path.name}: is missing"]
    committed = load_file(path)
    problems = [f"{path.name}: {key}: not in both" for key in sorted(set(committed) ^ set(tensors))]
    for key in sorted(set(committed) & set(tensors)):
        old, new = committed[key], tensors[key]
        if old.shape != new.shape or old.dtype != new.dtype:
            problems.append(f"{path.name}: {key}: was {old.dtype}{old.shape}, is {new.dtype}{new.shape}")
        elif np.abs(old - new).max() > 2e-6 * np.abs(new).max():
            problems.append(f"{path.name}: {key}: differs by {np.abs(old - new).max():g}")
    return problems


def main():
    parser = argparse.ArgumentParser(description="Writes or checks the vectors of whole models.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("names", nargs="*", help="models; all where none is named")
    options = parser.parse_args()
    torch.set_num_threads(1)
    problems = []
    FOLDER.mkdir(exist_ok=True)
    for name in options.names or MODELS:
        found = (compute(name, attempt) for attempt in range(ATTEMPTS))
        tensors = next((t for t in found if t is not None), None)
        if tensors is None:
            raise SystemExit(f"{name}: every draw lies within {MARGIN:g} of a kink")
        path = FOLDER / f"{name}.safetensors"
        if options.check:
            problems += compare(path, tensors)
        else:
            path.write_bytes(save(tensors))
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
