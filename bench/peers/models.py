# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""The models that are compared, as the reference framework's users write them."""

import torch
from torch import nn
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet

import zoo


class NarrowResNet(ResNet):
    """torchvision's ResNet with another width and number of input channels; same names, same
    initialisation. Width 64 and 3 channels are resnet18 / 34 / 50 themselves."""

    def __init__(self, blocks, width=64, channels=3, classes=1000, stem="imagenet", block=BasicBlock):
        super().__init__(block, blocks, num_classes=classes)
        self.inplanes = width
        self.conv1 = nn.Conv2d(channels, width, kernel_size=7, stride=2, padding=3, bias=False)
        if stem == "small":  # for images of about 32x32
            self.conv1 = nn.Conv2d(channels, width, kernel_size=3, stride=1, padding=1, bias=False)
            self.maxpool = nn.Identity()
        self.bn1 = nn.BatchNorm2d(width)
        self.layer1 = self._make_layer(block, width, blocks[0])
        self.layer2 = self._make_layer(block, width * 2, blocks[1], stride=2)
        self.layer3 = self._make_layer(block, width * 4, blocks[2], stride=2)
        self.layer4 = self._make_layer(block, width * 8, blocks[3], stride=2)
        self.fc = nn.Linear(width * 8 * block.expansion, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")


def resnet18(width=64, channels=3, classes=1000, stem="imagenet"):
    return NarrowResNet([2, 2, 2, 2], width, channels, classes, stem)


def resnet34(width=64, channels=3, classes=1000, stem="imagenet"):
    return NarrowResNet([3, 4, 6, 3], width, channels, classes, stem)


def resnet50(width=64, channels=3, classes=1000, stem="imagenet"):
    return NarrowResNet([3, 4, 6, 3], width, channels, classes, stem, Bottleneck)


def mlp(inputs=784, hidden=(128,), classes=10):
    layers = [nn.Flatten()]
    for outputs in hidden:
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
        inputs = outputs
    return nn.Sequential(*layers, nn.Linear(inputs, classes))


def cnn(channels=1, size=28, classes=10):
    """Two convolutions, two pools, two linear layers: the small net of every first tutorial."""
    after = size // 4
    return nn.Sequential(
        nn.Conv2d(channels, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64 * after * after, 128),
        nn.ReLU(),
        nn.Linear(128, classes),
    )


def make(request):
    """The model a request names, its weights drawn from a fixed seed."""
    torch.manual_seed(1)
    name = request["model"]
    if name.startswith("resnet"):
        build = {"resnet18": resnet18, "resnet34": resnet34, "resnet50": resnet50}[name]
        stem = request.get("stem", "imagenet")
        return build(request.get("width", 64), request["channels"], request["classes"], stem)
    if name == "mlp":
        return mlp(request["channels"] * request["size"] ** 2, (128,), request["classes"])
    if name == "cnn":
        return cnn(request["channels"], request["size"], request["classes"])
    return zoo.make(name, channels=request["channels"], classes=request["classes"])
